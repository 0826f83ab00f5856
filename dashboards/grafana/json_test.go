package grafana

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/siaga-id/siaga/firmware-sim/world"
)

// parsed is a generated file as a linter sees it.
type parsed struct {
	UID, Title, Refresh string
	Tags                []string
	Templating          struct {
		List []struct {
			Name, Type string
			DataSource *dataSource
		}
	}
	Panels []struct {
		ID          int
		Type        Kind
		Title       string
		GridPos     gridPos
		DataSource  *dataSource
		Targets     []target
		FieldConfig struct {
			Defaults struct {
				Thresholds struct{ Steps []struct{ Value *float64 } }
				Links      []struct{ URL string }
			}
		}
		Options struct{ Content string }
	}
}

func read(t *testing.T) map[string]parsed {
	t.Helper()
	files, err := Files()
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]parsed{}
	for name, b := range files {
		var d parsed
		if err := json.Unmarshal(b, &d); err != nil {
			t.Fatal(err)
		}
		all[name] = d
	}
	return all
}

// TestJSONIsWhatGrafanaProvisions lints the files.
func TestJSONIsWhatGrafanaProvisions(t *testing.T) {
	kinds := []Kind{Stat, TimeSeries, Gauge, BarGauge, StateTimeline, StatusHistory, Table, Geomap, Heatmap, BarChart, Markdown}
	used := map[Kind]bool{}
	files, err := Files()
	if err != nil {
		t.Fatal(err)
	}
	address := regexp.MustCompile(`https?://|//[a-z]`)
	variable := regexp.MustCompile(`\$\{?([a-z]+)`)
	uids := map[string]bool{}
	all := read(t)
	for _, d := range all {
		if uids[d.UID] || d.UID == "" || len(d.UID) > 40 {
			t.Errorf("uid %q is empty, taken or too long", d.UID)
		}
		uids[d.UID] = true
	}
	for name, d := range all {
		if address.Match(files[name]) {
			t.Errorf("%s names an address: %s", name, address.Find(files[name]))
		}
		for i := range 2 * len(world.Villages()) {
			if v := world.VillageAt(i); strings.Contains(string(files[name]), string(v.Node)) {
				t.Errorf("%s names %s", name, v.Node)
			}
		}
		var m map[string]any
		if err := json.Unmarshal(files[name], &m); err != nil {
			t.Fatal(err)
		}
		for _, key := range []string{"id", "version", "iteration", "__inputs"} {
			if _, ok := m[key]; ok {
				t.Errorf("%s: %q must not be in a provisioned file", name, key)
			}
		}
		known := []string{"timeFilter", "__interval", "__data", "__field", "tag", "col"}
		for _, v := range d.Templating.List {
			known = append(known, v.Name)
			if v.Type == "query" && *v.DataSource != influx {
				t.Errorf("%s: variable %s asks %v", name, v.Name, v.DataSource)
			}
		}
		ids := map[int]bool{}
		for _, p := range d.Panels {
			if ids[p.ID] || p.ID == 0 || !slices.Contains(kinds, p.Type) {
				t.Errorf("%s: panel %d of kind %q", name, p.ID, p.Type)
			}
			ids[p.ID], used[p.Type] = true, true
			if p.Type == Markdown {
				continue
			}
			source := influx
			if strings.HasPrefix(d.UID, "siaga-langsung") {
				source = plugin
			}
			if *p.DataSource != source || len(p.Targets) == 0 {
				t.Errorf("%s: panel %q asks %v", name, p.Title, p.DataSource)
			}
			refs := map[string]bool{}
			texts := p.Title
			for _, q := range p.Targets {
				if refs[q.RefID] || q.DataSource != source || q.RawQuery != (source == influx) {
					t.Errorf("%s: panel %q: %+v", name, p.Title, q)
				}
				refs[q.RefID] = true
				texts += q.Query + strings.NewReplacer("$tag_node", "", "$tag_sensor", "").Replace(q.Alias)
			}
			for _, l := range p.FieldConfig.Defaults.Links {
				texts += l.URL
				to, _, _ := strings.Cut(strings.TrimPrefix(l.URL, "/d/"), "?")
				if !uids[to] {
					t.Errorf("%s: panel %q leads to %q, which is no dashboard", name, p.Title, to)
				}
			}
			for _, v := range variable.FindAllStringSubmatch(strings.ReplaceAll(texts, "$__", "$"), -1) {
				if !slices.Contains(known, v[1]) && !slices.Contains([]string{"interval", "time"}, v[1]) {
					t.Errorf("%s: panel %q: nothing fills $%s", name, p.Title, v[1])
				}
			}
			for i, s := range p.FieldConfig.Defaults.Thresholds.Steps {
				if (s.Value == nil) != (i == 0) {
					t.Errorf("%s: panel %q: the first step alone has no value", name, p.Title)
				}
			}
		}
	}
	for _, k := range kinds {
		if !used[k] {
			t.Errorf("no panel is of kind %s", k)
		}
	}
}

// TestSimulatedIsSaid reads the files as a person reads the wall.
func TestSimulatedIsSaid(t *testing.T) {
	all := read(t)
	if want := len(Sets()) * len(Dashboards()); len(all) != want {
		t.Errorf("%d files, want %d", len(all), want)
	}
	for name, d := range all {
		folder, _, _ := strings.Cut(name, "/")
		want := strings.HasSuffix(folder, "-simulasi")
		top := d.Panels[0]
		if top.Type != Markdown || top.GridPos.Y != 0 || strings.HasPrefix(top.Options.Content, "# SIMULASI") != want ||
			strings.HasPrefix(d.Title, "SIMULASI") != want || strings.HasSuffix(d.UID, "-simulasi") != want {
			t.Errorf("%s: uid %s, title %q, first panel %+v", name, d.UID, d.Title, top)
		}
	}
}
