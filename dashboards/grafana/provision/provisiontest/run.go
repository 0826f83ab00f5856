package provisiontest

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/siaga-id/siaga/dashboards/grafana/provision"
	"github.com/siaga-id/siaga/gateway/api"
)

// Run asks the InfluxDB at base, whose database siaga must be empty, as Grafana
// does: first while nothing was ever written, then after an hour of a center with
// every kind of trouble, then when the center has fallen silent.
func Run(t *testing.T, base string) {
	t.Helper()
	influx, err := api.NewInflux(base, "siaga", "")
	if err != nil {
		t.Fatal(err)
	}
	defer influx.Close()
	now := time.Now()
	for _, r := range provision.Rules() {
		if got := ask(t, influx, r, now); len(got) != 0 {
			t.Errorf("%s, where nothing was written: %+v, want nothing", r.UID, got)
		}
	}
	write(t, base, hour(now))
	for _, r := range provision.Rules() {
		t.Run(r.UID, func(t *testing.T) { fires(t, r, ask(t, influx, r, now)) })
	}
	// Without data, Grafana goes by the rule's state for that, and not by zeros.
	for _, r := range provision.Rules() {
		if got := ask(t, influx, r, now.Add(2*time.Hour)); len(got) != 0 {
			t.Errorf("%s, two hours after the last point: %+v, want nothing", r.UID, got)
		}
	}
}

// ask expands the query as Grafana does.
func ask(t *testing.T, influx *api.Influx, r provision.Rule, now time.Time) []api.Series {
	t.Helper()
	span := fmt.Sprintf("time >= %dms and time <= %dms", now.Add(-r.Window).UnixMilli(), now.UnixMilli())
	query := strings.ReplaceAll(r.Query, "$timeFilter", span)
	if strings.Contains(query, "$") {
		t.Fatalf("%s: a macro is left in %s", r.UID, query)
	}
	found, err := influx.Query(t.Context(), query)
	if err != nil {
		t.Fatalf("%s: %s: %v", r.UID, query, err)
	}
	return found
}

// fires reduces every series to its last value and holds it against the limit, as
// the expressions B and C do.
func fires(t *testing.T, r provision.Rule, found []api.Series) {
	var all, told []string
	for _, s := range found {
		name := s.Tags["node"] + s.Tags["center"]
		if s.Tags["node"] != "" && (s.Tags["site"] != "35.05.12.1001" || s.Tags["district"] != "35.05.12") || name == "" != r.Heartbeat {
			t.Errorf("labels %v", s.Tags)
		}
		if len(s.Columns) != 2 {
			t.Errorf("columns %v: Grafana makes a series of each", s.Columns)
		}
		all = append(all, name)
		var last *float64
		for _, row := range s.Values {
			if row[1] != nil {
				last = row[1]
			}
		}
		if last != nil && r.Fires(*last) {
			told = append(told, name)
		}
	}
	if r.Heartbeat {
		if len(found) != 1 || told != nil {
			t.Errorf("it fires for %q in %+v, while the center writes", told, found)
		}
		return
	}
	var names []string
	if strings.HasPrefix(firing[r.UID], "pusat-") {
		for _, c := range centers {
			names = append(names, c.name)
		}
	} else {
		for _, n := range nodes {
			names = append(names, n.name)
		}
	}
	if slices.Sort(all); !slices.Equal(all, names) {
		t.Errorf("series of %q, want one of each: %q", all, names)
	}
	if want := []string{firing[r.UID]}; !slices.Equal(told, want) {
		t.Errorf("it fires for %q, want %q", told, want)
	}
}

func write(t *testing.T, base, lines string) {
	t.Helper()
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	resp, err := client.Post(base+"/write?db=siaga&precision=ms", "text/plain", strings.NewReader(lines))
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusNoContent {
		t.Fatalf("write: %s", resp.Status)
	}
}
