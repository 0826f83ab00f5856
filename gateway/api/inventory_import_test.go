package api

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/siaga-id/siaga/gateway/registry"
	"github.com/siaga-id/siaga/internal/reading"
)

// imported sends a file and returns the answer.
func (c *center) imported(t testing.TB, query, format, content string) (code int, body string) {
	t.Helper()
	b, err := json.Marshal(map[string]string{"format": format, "content": content})
	if err != nil {
		t.Fatal(err)
	}
	w := c.do("POST", "/api/v1/inventory"+query, string(b))
	return w.Code, w.Body.String()
}

func TestImportsTellTheirLines(t *testing.T) {
	c := build(t, fixed, nil)
	for name, tc := range map[string]struct{ format, content, want string }{
		"unknown column": {"csv", "node,site,colour\n", `line 1`},
		"no header":      {"csv", "sutojayan-01,35.05.12.1001\n", `line 1`},
		"columns":        {"csv", "node,site\nsutojayan-01,35.05.12.1001\njegu-01\n", `line 3`},
		"quotes":         {"csv", "node,site\nsutojayan-01,35.05.12.1001\n\"jegu-01,x\n", `line 3`},
		"number":         {"csv", "site,name,lat,lon\n35.05.12.1001,Sutojayan,-8.1,112.2\n35.05.12.1008,Jegu,x,112.2\n", `line 3`},
		"no number":      {"csv", "site,name,lat,lon\n35.05.12.1001,Sutojayan,NaN,112.2\n", `line 2`},
		"name":           {"csv", "node,site\n\nsutojayan-01,35.05.12.1001\nfleet,35.05.12.1001\n", `line 4`},
		"level": {"csv", "node,sensor,quantity,valid_from,rank,name,colour,rising,falling\nsutojayan-01,sungai-1,level,2026-01-01,0,Normal,#00ff00,0,0\n" +
			"sutojayan-01,sungai-1,level,2026-01-01,1,Siaga,#ff0000,100,110\n", `line 3`},
		"not JSON":      {"json", "{\"nodes\": [\n {\"node\": \"sutojayan-01\", \"site\": \"35.05.12.1001\"},\n }", `line 3`},
		"another shape": {"json", "[]", `line 1`},
		"unknown field": {"json", "{\"nodes\": [\n {\"node\": \"sutojayan-01\",\n \"site\": \"35.05.12.1001\"},\n {\"node\": \"jegu-01\", \"kota\": 1}]}", `line 4`},
		"JSON's site":   {"json", "{\"nodes\": [\n\n {\"node\": \"sutojayan-01\"}]}", `line 3`},
	} {
		code, body := c.imported(t, "", tc.format, tc.content)
		if code != 422 || !strings.Contains(body, tc.want) {
			t.Errorf("%s: %d, want 422 and %q: %s", name, code, tc.want, body)
		}
	}
	if all, err := c.reg.Nodes(t.Context()); err != nil || len(all) != 0 {
		t.Errorf("there are nodes now: %v, %v", all, err)
	}
}

// An Indonesian spreadsheet writes semicolons, decimal commas and a byte order
// mark.
func TestSpreadsheetsAreUnderstood(t *testing.T) {
	c := build(t, fixed, nil)
	code, body := c.imported(t, "", "csv", "\ufeffSITE;Name;Lat;Lon\r\n35.05.12.1005; Sutojayan ;-8,1856;112,2194\r\n;;;\r\n")
	if code != 200 || !strings.Contains(body, `"after":"-8.1856"`) {
		t.Fatalf("%d %s", code, body)
	}
	code, body = c.imported(t, "", "csv", "node,site\nsutojayan-01,35.05.12.1005\nbacem-01,35.05.12.2009\n")
	if code != 200 || !strings.Contains(body, `"unplaced_sites":["35.05.12.2009"]`) {
		t.Fatalf("%d %s", code, body)
	}
}

// What is exported and imported again, at the same center or elsewhere, is the
// same, as JSON and as CSV.
func TestWhatIsExportedImportsAsItWas(t *testing.T) {
	from := build(t, fixed, nil)
	from.written(t)
	export := func(c *center, what string) string {
		return string(c.must(t, "GET", "/api/v1/inventory?format="+what, ""))
	}
	csv := []string{"csv&table=sites", "csv&table=nodes", "csv&table=sensors", "csv&table=levels"}
	for name, whole := range map[string][]string{"JSON": {"json"}, "CSV": csv} {
		to := build(t, fixed, nil)
		for _, what := range whole {
			format, _, _ := strings.Cut(what, "&")
			file := export(from, what)
			if code, body := from.imported(t, "?preview=true", format, file); code != 200 || !strings.Contains(body, `"changes":[]`) {
				t.Errorf("%s at the same center: %d %s", what, code, body)
			}
			if code, body := to.imported(t, "", format, file); code != 200 {
				t.Errorf("%s elsewhere: %d %s", what, code, body)
			}
		}
		if a, b := export(from, "json"), export(to, "json"); a != b {
			t.Errorf("%s: elsewhere it is %s, and was %s", name, b, a)
		}
	}
}

// Whatever people may write down travels.
func TestFilesCarryEverything(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		sites, nodes := drawSites(t), drawAssets(t)
		file, err := json.Marshal(inventoryFile{sites, nodes})
		if err != nil {
			t.Fatal(err)
		}
		edits, wrong := parseJSON(string(file))
		again, err := json.Marshal(inventoryFile(applied(edits)))
		if err != nil || len(wrong) > 0 || string(again) != string(file) {
			t.Fatalf("%v, %+v: %s is read as %s", err, wrong, file, again)
		}
		for _, table := range tables {
			var before, after bytes.Buffer
			if err := writeCSV(&before, table.name, sites, nodes); err != nil {
				t.Fatal(err)
			}
			edits, wrong := parseCSV(before.String())
			is := applied(edits)
			if err := writeCSV(&after, table.name, is.Sites, is.Nodes); err != nil || len(wrong) > 0 || before.String() != after.String() {
				t.Fatalf("%v, %+v: %q is read as %q", err, wrong, before.String(), after.String())
			}
		}
	})
}

// applied makes edits of nothing.
func applied(edits []registry.Edit) inventoryFile {
	file := inventoryFile{Sites: []registry.Site{}, Nodes: []registry.Asset{}}
	for _, e := range edits {
		if e.EditSite != nil {
			s := registry.Site{Code: e.Code}
			e.EditSite(&s)
			file.Sites = append(file.Sites, s)
			continue
		}
		if n := len(file.Nodes); n == 0 || file.Nodes[n-1].ID != e.Node {
			file.Nodes = append(file.Nodes, registry.Asset{ID: e.Node, Mountings: []registry.Mounting{}, Levels: []registry.LevelSet{}})
		}
		e.EditNode(&file.Nodes[len(file.Nodes)-1])
	}
	return file
}

// line is a text that people may write.
var line = rapid.Custom(func(t *rapid.T) string {
	letters := []rune("abc ,;\"'\\|é中–<&0=#")
	return strings.TrimLeft(strings.TrimSpace(rapid.StringOfN(rapid.SampledFrom(letters), 0, 12, -1).Draw(t, "text")), "=+-@ ")
})

func drawSites(t *rapid.T) []registry.Site {
	sites := []registry.Site{}
	for i := range rapid.IntRange(0, 3).Draw(t, "sites") {
		sites = append(sites, registry.Site{
			Code: reading.SiteCode(fmt.Sprintf("35.05.12.%04d", 1001+i)), Name: line.Draw(t, "name"), District: line.Draw(t, "district"),
			Lat: rapid.Float64Range(-11, 6).Draw(t, "lat"), Lon: rapid.Float64Range(95, 141).Draw(t, "lon"),
			River: line.Draw(t, "river"), RiverOrder: rapid.IntRange(0, 99).Draw(t, "order"),
			Datum: line.Draw(t, "datum"), Photo: line.Draw(t, "photo"), Note: line.Draw(t, "note"),
		})
	}
	return sites
}

func drawAssets(t *rapid.T) []registry.Asset {
	moment := func(name string) time.Time { return time.UnixMilli(rapid.Int64Range(0, 2e12).Draw(t, name)).UTC() }
	maybe := func(name string) *float64 { return rapid.Ptr(rapid.Float64Range(-100, 100), true).Draw(t, name) }
	nodes := []registry.Asset{}
	for i := range rapid.IntRange(0, 4).Draw(t, "nodes") {
		n := registry.Asset{
			ID: reading.NodeID(fmt.Sprintf("node-%d", i)), Site: "35.05.12.1001", Model: line.Draw(t, "model"), Serial: line.Draw(t, "serial"),
			Note: line.Draw(t, "note"), Mountings: []registry.Mounting{}, Levels: []registry.LevelSet{},
		}
		if rapid.Bool().Draw(t, "retired") {
			n.Retired = moment("retired since")
		}
		for j := range rapid.IntRange(0, 2).Draw(t, "mountings") {
			m := n.Mounting(reading.SensorID(fmt.Sprintf("pm-%d", j)))
			m.Model, m.Serial, m.Orientation, m.Note = line.Draw(t, "model"), line.Draw(t, "serial"), line.Draw(t, "orientation"), line.Draw(t, "note")
			m.HeightM, m.DatumM = maybe("height"), maybe("datum")
			if rapid.Bool().Draw(t, "mounted is said") {
				m.Since = moment("mounted since")
			}
		}
		for range rapid.IntRange(0, 2).Draw(t, "level sets") {
			set := n.LevelSet("sungai-1", "level", moment("valid from"))
			set.Invented = rapid.Bool().Draw(t, "invented")
			set.Levels = []registry.Level{}
			for rank := range rapid.IntRange(1, 4).Draw(t, "ranks") {
				*set.Level(rank) = registry.Level{Rank: rank, Name: line.Draw(t, "level"), Colour: "#ff0000", Rising: rapid.Float64().Draw(t, "rising"), Falling: 7}
			}
		}
		nodes = append(nodes, n)
	}
	return nodes
}

func FuzzParseInventory(f *testing.F) {
	f.Add("node,site\nsutojayan-01,35.05.12.1001\n")
	f.Add("site;name;lat\n35.05.12.1001;x;-8,1\n")
	f.Add("node,sensor,quantity,valid_from,rank\na,b,level,2026-01-01,9999999999999999999\n")
	f.Add("node,sensor\n\"\n")
	f.Add(`{"sites":[{"site":"35.05.12.1001"}],"nodes":[{"node":"aa","levels":[{"levels":[{}]}]},{"node":1}]}`)
	f.Add(`{"nodes":[`)
	f.Fuzz(func(t *testing.T, content string) {
		for name, parse := range map[string]func(string) ([]registry.Edit, []registry.Mistake){"csv": parseCSV, "json": parseJSON} {
			edits, wrong := parse(content)
			for _, e := range edits {
				if (e.EditSite == nil) == (e.EditNode == nil) || e.Line < 1 {
					t.Errorf("%s: an edit of nothing, or of no line: %+v", name, e)
				}
				if e.EditSite != nil {
					e.EditSite(&registry.Site{})
				} else {
					e.EditNode(&registry.Asset{})
				}
			}
			lines := strings.Count(content, "\n") + 1
			if i := slices.IndexFunc(wrong, func(m registry.Mistake) bool { return m.Line < 1 || m.Line > lines || m.ID == "" || m.EN == "" }); i >= 0 {
				t.Errorf("%s: a mistake of line %d of %d: %+v", name, wrong[i].Line, lines, wrong[i])
			}
		}
	})
}
