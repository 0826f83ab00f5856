package api

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"math"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/siaga-id/siaga/gateway/tsdb"
	"github.com/siaga-id/siaga/internal/reading"
)

// The queries mean to InfluxDB's own engine what they are meant to.
func TestAgainstTheEngine(t *testing.T) {
	engine, err := tsdb.Open(tsdb.Options{Dir: t.TempDir(), Addr: "127.0.0.1:0", Database: "siaga", Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := engine.Close(); err != nil {
			t.Error(err)
		}
	}()
	start := time.Now().Truncate(time.Hour).Add(-24 * time.Hour)
	var lines strings.Builder
	for i, v := range []struct {
		pm float64
		qc int
	}{{10, 2}, {20, 2}, {30, 3}, {40, 2}} {
		at := start.Add(time.Duration(i) * 30 * time.Second).UnixMilli()
		fmt.Fprintf(&lines, "air,node=aa,sensor=pm-1,site=35.05.12.1001,district=35.05.12 pm2_5=%v,pm2_5_qc=%di %d\n", v.pm, v.qc, at)
		fmt.Fprintf(&lines, "air,node=aa,sensor=pm-1,site=35.05.12.1001,district=35.05.12 pm2_5_cor=%v,pm2_5_cor_qc=%di %d\n", v.pm/2, v.qc, at)
		fmt.Fprintf(&lines, "traffic,node=aa,sensor=beam-1,site=35.05.12.1001,district=35.05.12 count=%v,count_qc=2i %d\n", v.pm, at)
	}
	fmt.Fprintf(&lines, "air,node=bb,sensor=pm-1,site=35.05.12.1001,district=35.05.12 pm2_5=1,pm2_5_qc=1i %d\n", start.UnixMilli())
	fmt.Fprintf(&lines, "air,node=bb,sensor=pm-1,site=35.05.12.1001,district=35.05.12 pm2_5=1000,pm2_5_qc=4i %d\n", start.Add(time.Second).UnixMilli())
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	resp, err := client.Post("http://"+engine.Addr()+"/write?db=siaga&precision=ms", "text/plain", strings.NewReader(lines.String()))
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusNoContent {
		t.Fatalf("write: %d", resp.StatusCode)
	}

	influx, err := NewInflux("http://"+engine.Addr(), "siaga", "")
	if err != nil {
		t.Fatal(err)
	}
	defer influx.Close()
	c := build(t, time.Now, func(o *Options) { o.Influx = influx })
	span := fmt.Sprintf("&from=%s&to=%s", start.UTC().Format(time.RFC3339), start.Add(3*time.Minute-time.Second).UTC().Format(time.RFC3339))
	for _, tc := range []struct{ query, want string }{
		{"quantity=pm2_5", "pm-1: 10 not evaluated, 20 not evaluated, 30 suspect, 40 not evaluated"},
		{"quantity=pm2_5&every=1m", "pm-1: 15 not evaluated, 35 suspect, null missing"},
		{"quantity=pm2_5_cor", "pm-1: 5 not evaluated, 10 not evaluated, 15 suspect, 20 not evaluated"},
		{"quantity=pm2_5_cor&every=1m", "pm-1: 7.5 not evaluated, 17.5 suspect, null missing"},
		{"quantity=pm10_cor", ""},
		{"quantity=count&every=1m", "beam-1: 30 not evaluated, 70 not evaluated, null missing"},
		{"quantity=pm2_5&sensor=pm-2", ""},
		{"quantity=level", ""},
	} {
		w := c.do("GET", "/api/v1/readings?node=aa&"+tc.query+span, "")
		if got := say(t, w.Body.Bytes()); w.Code != 200 || got != tc.want {
			t.Errorf("%s: %d %q, want %q", tc.query, w.Code, got, tc.want)
		}
	}

	for _, tc := range []struct{ query, want string }{
		{"quantity=pm2_5", "aa/pm-1 35.05.12 bad 0: 10 2, 20 2, 30 3, 40 2; bb/pm-1 35.05.12 bad 1: 1 1, 1000 4"},
		{"quantity=pm2_5&every=1m", "aa/pm-1 35.05.12 bad 0: 15 2, 35 3; bb/pm-1 35.05.12 bad 1: 1 1"},
		{"quantity=pm2_5_cor&every=1m&district=35.05.12", "aa/pm-1 35.05.12 bad 0: 7.5 2, 17.5 3"},
		{"quantity=pm2_5&every=1m&node=bb,cc&sensor=pm-1&site=35.05.12.1001", "bb/pm-1 35.05.12 bad 1: 1 1"},
		{"quantity=pm2_5&site=35.05.12.1002", ""},
		{"quantity=count&every=1m", "aa/beam-1 35.05.12 bad 0: 30 2, 70 2"},
	} {
		w := c.do("GET", "/api/v1/readings/series?"+tc.query+span, "")
		if got := sayMany(t, w.Body.Bytes()); w.Code != 200 || got != tc.want {
			t.Errorf("%s: %d %q, want %q", tc.query, w.Code, got, tc.want)
		}
	}

	latest, err := LoadLatest(t.Context(), influx, func(reading.NodeID) bool { return true })
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, r := range latest {
		got[fmt.Sprintf("%s/%s/%s", r.Node, r.Sensor, r.Quantity)] = fmt.Sprint(r.Value, " ", r.Quality, " ", time.UnixMilli(r.TimeMS).Sub(start))
	}
	want := map[string]string{
		"aa/pm-1/pm2_5":     "40 not evaluated 1m30s",
		"aa/pm-1/pm2_5_cor": "20 not evaluated 1m30s",
		"bb/pm-1/pm2_5":     "1000 bad 1s",
		"aa/beam-1/count":   "40 not evaluated 1m30s",
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("latest %v, want %v", got, want)
	}
}

// say puts a history into a line.
func say(t *testing.T, body []byte) string {
	t.Helper()
	var h struct {
		Series []struct {
			Sensor string
			Points []struct {
				Value   *float64
				Quality string
			}
		}
	}
	if err := json.Unmarshal(body, &h); err != nil {
		t.Fatalf("%v in %s", err, body)
	}
	var all []string
	for _, s := range h.Series {
		var points []string
		for _, p := range s.Points {
			value := "null"
			if p.Value != nil {
				value = fmt.Sprint(*p.Value)
			}
			points = append(points, value+" "+p.Quality)
		}
		all = append(all, s.Sensor+": "+strings.Join(points, ", "))
	}
	return strings.Join(all, "; ")
}

// sayMany puts many series into a line.
func sayMany(t *testing.T, body []byte) string {
	t.Helper()
	var h struct{ Series []columnsBody }
	if err := json.Unmarshal(body, &h); err != nil {
		t.Fatalf("%v in %s", err, body)
	}
	var all []string
	for _, s := range h.Series {
		var points []string
		for i, v := range s.Values {
			points = append(points, fmt.Sprint(math.Round(v*1000)/1000, " ", s.Qualities[i]))
		}
		all = append(all, fmt.Sprintf("%s/%s %s bad %d: %s", s.Node, s.Sensor, s.District, s.Bad, strings.Join(points, ", ")))
	}
	return strings.Join(all, "; ")
}
