package grafana

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/siaga-id/siaga/firmware-sim/world"
)

// Asked is one query of a panel or variable, and what it has to find of the seeded
// nodes.
type Asked struct {
	Where, InfluxQL string
	// panel is nil for a variable's.
	panel *Panel
	since time.Duration
}

// Since is how far back the view looks.
func (q Asked) Since() time.Duration { return q.since }

// Queries are those of all views, with their variables filled.
func Queries() []Asked {
	var all []Asked
	words := strings.NewReplacer("${besaran}", "pm2_5", "$besaran", "pm2_5", "$node", seedNode(viewed), "$sensor", "pm-1")
	for _, d := range Dashboards() {
		for _, v := range d.Variables {
			if v.Query != "" {
				all = append(all, Asked{d.UID + "/$" + v.Name, words.Replace(v.Query), nil, 0})
			}
		}
		for _, p := range d.Panels {
			for i, q := range p.Queries {
				if q.Plugin != nil {
					continue // dashboards/datasource tests what the plugin answers
				}
				since, err := time.ParseDuration(strings.TrimPrefix(d.From, "now-"))
				if err != nil {
					panic(err)
				}
				all = append(all, Asked{d.UID + "/" + p.Title.ID + "/" + refID(i), words.Replace(q.InfluxQL), &p, since})
			}
		}
	}
	return all
}

// expected says which seeded nodes a query has to find, by what it asks of them.
var expected = []struct {
	asks  *regexp.Regexp
	nodes func(i int) bool
}{
	{regexp.MustCompile(`"river_order"`), func(int) bool { return true }},
	{regexp.MustCompile(`"rank" = -99999`), func(i int) bool { return i == unranked }},
	{regexp.MustCompile(`"margin", "node" FROM|max\("rank"\) FROM`), func(i int) bool { return i != unranked && i != silentGauge }},
	{regexp.MustCompile(`"withheld" = 1`), func(i int) bool { return i == held }},
	{regexp.MustCompile(`"ispu", "parameter"`), func(i int) bool { return i != held }},
	{regexp.MustCompile(`^SELECT "(level_cm", "rank|rise_15|rise)"|max\("level_cm"\)`), func(i int) bool { return i != silentGauge }},
	{regexp.MustCompile(`"doubt" = 1`), func(i int) bool { return i == suspectNow }},
	{regexp.MustCompile(`"gap" > 60`), func(i int) bool { return i == silentNode }},
	{regexp.MustCompile(`"online" = 0`), func(i int) bool { return i == silentNode }},
	{regexp.MustCompile(`"health" = 0`), func(i int) bool { return i == badSensor }},
}

// of are the seeded nodes that a query has to name.
func (q Asked) of() []string {
	wants := func(int) bool { return true }
	if rank := regexp.MustCompile(`"rank" = (\d)`).FindStringSubmatch(q.InfluxQL); rank != nil {
		wants = func(i int) bool { return i != unranked && i != silentGauge && fmt.Sprint(max(3-i, 0)) == rank[1] }
	}
	for _, e := range expected {
		if e.asks.MatchString(q.InfluxQL) {
			wants = e.nodes
			break
		}
	}
	var all []string
	for i := range seeds {
		if wants(i) && (!q.ofOne() || i == viewed) {
			all = append(all, seedNode(i))
		}
	}
	return all
}

// ofOne reports whether only the node that is looked at is asked for.
func (q Asked) ofOne() bool { return strings.Contains(q.InfluxQL, `'`+seedNode(viewed)+`'`) }

// Simulated reports whether the query asks for newest values of quantities that
// all simulated villages have.
func (q Asked) Simulated() bool {
	return regexp.MustCompile(`last\("(pm2_5|pm10|flow|occupancy|speed)"\) AS "mentah"`).MatchString(q.InfluxQL)
}

// Check compares what was found with what is seeded, and where the simulator has
// such values with its villages.
func (q Asked) Check(found []Found, simulated int) error {
	named, values := map[string]bool{}, 0
	for _, s := range found {
		node := slices.Index(s.Columns, "node")
		for _, row := range s.Values {
			if node >= 0 {
				named[row[node].(string)] = true
			} else if s.Tags["node"] != "" {
				named[s.Tags["node"]] = true
			}
			for c, v := range row {
				if v != nil && s.Columns[c] != "time" && c != node {
					values++
				}
			}
		}
	}
	if (values == 0) != (len(q.of()) == 0) {
		return fmt.Errorf("%d values", values)
	}
	if q.panel == nil {
		return nil
	}
	seeded := maps.Clone(named)
	maps.DeleteFunc(seeded, func(node string, _ bool) bool { return !strings.HasPrefix(node, "uji-") })
	byNode := strings.Contains(q.InfluxQL, `, "node"`) || strings.Contains(q.InfluxQL, `GROUP BY "node"`)
	outer, _, _ := strings.Cut(q.InfluxQL, "FROM (")
	if byNode && (strings.Contains(outer, `"node"`) || strings.HasSuffix(q.InfluxQL, `GROUP BY "node"`)) && !strings.Contains(outer, "max(") {
		if want, got := q.of(), slices.Sorted(maps.Keys(seeded)); !slices.Equal(want, got) {
			return fmt.Errorf("found %v, want %v", got, want)
		}
	}
	if q.Simulated() {
		for i := range simulated {
			if node := string(world.VillageAt(i).Node); !named[node] {
				return errors.New("no values of " + node)
			}
		}
	}
	return nil
}

// Found is one series of InfluxDB's answer.
type Found struct {
	Name    string
	Tags    map[string]string
	Columns []string
	Values  [][]any
}

var client = &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}

// Ask asks InfluxDB as Grafana does, of a time until now in as many steps as a graph
// has points.
func Ask(t testing.TB, address, influxQL string, since time.Duration) []Found {
	t.Helper()
	now := time.Now()
	q := Expand(influxQL, now.Add(-since), now, max(since/maxPoints, 10*time.Second))
	resp, err := client.PostForm(address+"/query", url.Values{"db": {"siaga"}, "epoch": {"ms"}, "q": {q}})
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	var a struct {
		Error   string
		Results []struct {
			Error  string
			Series []Found
		}
	}
	if err := json.Unmarshal(body, &a); err != nil || a.Error != "" || len(a.Results) != 1 || a.Results[0].Error != "" {
		t.Fatalf("%s: %v %s", q, err, body)
	}
	return a.Results[0].Series
}

// Write stores lines of line protocol. A busy InfluxDB that gives up is asked
// again: the same lines are the same points.
func Write(t testing.TB, address, lines string) {
	t.Helper()
	for limit := time.Now().Add(2 * time.Minute); ; time.Sleep(time.Second) {
		resp, err := client.Post(address+"/write?db=siaga&precision=ms", "text/plain", strings.NewReader(lines))
		if err != nil {
			t.Fatal(err)
		}
		body, _ := io.ReadAll(resp.Body)
		resp.Body.Close()
		if resp.StatusCode == http.StatusNoContent {
			return
		}
		if resp.StatusCode < http.StatusInternalServerError || time.Now().After(limit) {
			t.Fatalf("write: %d %s", resp.StatusCode, body)
		}
	}
}

// On reports whether the query is of a dashboard.
func (q Asked) On(uid string) bool { return strings.HasPrefix(q.Where, uid+"/") }

// Counts returns what the query's panel counts, if it counts what should be none.
func (q Asked) Counts() (title string, ok bool) {
	if q.panel == nil || !strings.Contains(q.InfluxQL, `sum("is")`) {
		return "", false
	}
	return q.panel.Title.ID, true
}
