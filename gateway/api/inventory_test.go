package api

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/siaga-id/siaga/gateway/registry"
	"github.com/siaga-id/siaga/internal/reading"
	"github.com/siaga-id/siaga/internal/wire"
)

// must is for what a test needs before it begins.
func (c *center) must(t *testing.T, method, target, body string) []byte {
	t.Helper()
	w := c.do(method, target, body)
	if w.Code >= 300 {
		t.Fatalf("%s %s: %d %s", method, target, w.Code, w.Body)
	}
	return w.Body.Bytes()
}

const siagaLevels = `{"sensor":"sungai-1","quantity":"level","valid_from":"2026-01-01T00:00:00+07:00","invented":true,"levels":[
	{"rank":0,"name":"Normal","colour":"#2e9e5b","rising":0,"falling":0},
	{"rank":1,"name":"Siaga III","colour":"#f2c200","rising":150,"falling":140},
	{"rank":2,"name":"Siaga II","colour":"#f07c00","rising":200,"falling":190}]}`

// written puts a whole inventory into a center.
func (c *center) written(t *testing.T) {
	t.Helper()
	c.village(t)
	c.must(t, "PATCH", "/api/v1/sites/35.05.12.1001?version=*", `{"river":"Kali Unut","river_order":2,"note":"kunci di Pak RT, \"Siti\"; jam 8–12"}`)
	c.must(t, "PATCH", "/api/v1/sites/35.05.12.1008?version=new", `{"name":"Jegu","district":"Sutojayan","lat":-8.1519,"lon":112.249}`)
	c.must(t, "POST", "/api/v1/nodes", `{"node":"sutojayan-01","site":"35.05.12.1001","model":"Raspberry Pi 4B"}`)
	c.must(t, "POST", "/api/v1/nodes", `{"node":"bacem-01","site":"35.05.12.2009"}`)
	c.must(t, "PUT", "/api/v1/nodes/sutojayan-01/mountings/sungai-1?version=*", `{"model":"DFRobot A02YYUW","serial":"7","datum_m":4.4,"since":"2026-02-03T04:05:06Z"}`)
	c.must(t, "PUT", "/api/v1/nodes/sutojayan-01/levels?version=*", siagaLevels)
	c.must(t, "POST", "/api/v1/nodes/sutojayan-01/maintenance", `{"what":"kipas dibersihkan","who":"Sri","time":"2026-02-28T09:00:00+07:00"}`)
	c.must(t, "POST", "/api/v1/events", `{"kind":"repair","scope":"node","object":"bacem-01","from":"2026-03-01T04:00:00Z","to":"2026-03-01T06:00:00Z","reason":"aki diganti"}`)
	c.must(t, "POST", "/api/v1/events", `{"kind":"flushing","scope":"river","object":"Kali Unut","from":"2026-03-02T00:00:00Z","to":"2026-03-04T00:00:00Z","reason":"penggelontoran"}`)
	c.must(t, "POST", "/api/v1/nodes/jegu-01/retire", `{"reason":"dicuri"}`)
}

func TestInventoryGolden(t *testing.T) {
	c := build(t, fixed, nil)
	c.written(t)
	for name, path := range map[string]string{
		"inventory_nodes":       "/api/v1/nodes",
		"inventory_node":        "/api/v1/nodes/sutojayan-01/inventory",
		"inventory_sites":       "/api/v1/sites",
		"inventory_maintenance": "/api/v1/nodes/sutojayan-01/maintenance",
		"inventory_history":     "/api/v1/nodes/sutojayan-01/history",
		"inventory_events":      "/api/v1/events?from=2026-03-01T00:00:00Z&to=2026-04-01T00:00:00Z",
		"inventory_export":      "/api/v1/inventory",
	} {
		t.Run(name, func(t *testing.T) {
			var got bytes.Buffer
			if err := json.Indent(&got, bytes.TrimSpace(c.must(t, "GET", path, "")), "", "  "); err != nil {
				t.Fatal(err)
			}
			got.WriteByte('\n')
			golden(t, name+".json", got.String())
		})
	}
	for _, table := range tables {
		t.Run(table.name, func(t *testing.T) {
			golden(t, "inventory_"+table.name+".csv", string(c.must(t, "GET", "/api/v1/inventory?format=csv&table="+table.name, "")))
		})
	}
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", name, diff)
	}
}

func TestInventoryAnswers(t *testing.T) {
	c := build(t, fixed, nil)
	c.written(t)
	event := func(change string) string {
		e := `{"kind":"repair","scope":"node","object":"bacem-01","from":"2026-03-01T04:00:00Z","to":"2026-03-01T06:00:00Z","reason":"aki"}`
		from, to, _ := strings.Cut(change, "→")
		return strings.Replace(e, from, to, 1)
	}
	viewer := []string{"Authorization", ""} // reads, from this machine
	for _, tc := range []struct {
		name, method, target, body string
		header                     []string
		want                       int
		says                       string
	}{
		{"a name that is a word", "POST", "/api/v1/nodes", `{"node":"center","site":"35.05.12.1001"}`, nil, 422, "center-01"},
		{"in Indonesian", "POST", "/api/v1/nodes?lang=id", `{"node":"center","site":"35.05.12.1001"}`, nil, 422, "tambahkan nomor"},
		{"no site", "POST", "/api/v1/nodes", `{"node":"wlingi-01","site":""}`, nil, 422, "Kemendagri"},
		{"there already", "POST", "/api/v1/nodes", `{"node":"bacem-01","site":"35.05.12.1001"}`, nil, 409, "already"},
		{"retired", "POST", "/api/v1/nodes", `{"node":"jegu-01","site":"35.05.12.1001"}`, nil, 409, "new name"},
		{"no version", "PATCH", "/api/v1/nodes/bacem-01", `{"note":"x"}`, nil, 422, "version"},
		{"an old version", "PATCH", "/api/v1/nodes/bacem-01?version=00", `{"note":"x"}`, nil, 409, "somebody else"},
		{"an unknown field", "PATCH", "/api/v1/nodes/bacem-01?version=*", `{"retired":"x"}`, nil, 422, "unexpected"},
		{"injection", "PATCH", "/api/v1/nodes/bacem-01?version=*", `{"note":"'); DROP TABLE nodes; --"}`, nil, 200, "DROP"},
		{"markup stays text", "PATCH", "/api/v1/nodes/bacem-01?version=*", `{"note":"<script>alert(1)</script>"}`, nil, 200, "<script>"},
		{"no such node", "PATCH", "/api/v1/nodes/nowhere-01?version=*", `{"note":"x"}`, nil, 404, ""},
		{"no node id", "GET", "/api/v1/nodes/..%2f/inventory", "", nil, 404, ""},
		{"no such mounting", "DELETE", "/api/v1/nodes/bacem-01/mountings/pm-1?version=*", "", nil, 404, ""},
		{"no such levels", "DELETE", "/api/v1/nodes/bacem-01/levels?version=*&sensor=a&quantity=level&valid_from=2026-01-01T00:00:00Z", "", nil, 404, ""},
		{"levels with a hole", "PUT", "/api/v1/nodes/bacem-01/levels?version=*", strings.Replace(siagaLevels, `"rank":1`, `"rank":3`, 1), nil, 422, "hole"},
		{"a colour", "PUT", "/api/v1/nodes/bacem-01/levels?version=*", strings.Replace(siagaLevels, "#f2c200", "red", 1), nil, 422, "#ffc100"},
		{"a site elsewhere", "PATCH", "/api/v1/sites/35.05.12.1001?version=*", `{"lat":112.2,"lon":-8.1}`, nil, 422, "swapped"},
		{"a site that is there", "PATCH", "/api/v1/sites/35.05.12.1001?version=new", `{"note":"x"}`, nil, 409, ""},
		{"no code", "PATCH", "/api/v1/sites/35.05?version=*", `{"name":"x"}`, nil, 422, "Kemendagri"},
		{"an event of nobody", "POST", "/api/v1/events", event("bacem-01→nowhere-01"), nil, 422, "no node"},
		{"an event without an end", "POST", "/api/v1/events", event(`"to":"2026-03-01T06:00:00Z",→`), nil, 422, "to"},
		{"a time that is none", "POST", "/api/v1/events", event("T06:00:00Z→"), nil, 422, ""},
		{"events backwards", "GET", "/api/v1/events?from=2026-03-02T00:00:00Z&to=2026-03-01T00:00:00Z", "", nil, 422, "before"},
		{"no such event", "DELETE", "/api/v1/events/99", "", nil, 404, ""},
		{"retired again", "POST", "/api/v1/nodes/jegu-01/retire", `{"reason":"x"}`, nil, 200, ""},
		{"retired for nothing", "POST", "/api/v1/nodes/bacem-01/retire", `{"reason":"a\nb"}`, nil, 422, "one line"},
		{"viewers see events", "GET", "/api/v1/events", "", viewer, 200, ""},
		{"viewers see no notes", "GET", "/api/v1/sites", "", viewer, 401, ""},
		{"viewers see no history", "GET", "/api/v1/nodes/bacem-01/history", "", viewer, 401, ""},
		{"viewers export nothing", "GET", "/api/v1/inventory", "", viewer, 401, ""},
		{"viewers add nothing", "POST", "/api/v1/nodes", `{"node":"wlingi-01","site":"35.05.12.1001"}`, viewer, 401, ""},
		{"viewers retire nothing", "POST", "/api/v1/nodes/bacem-01/retire", `{"reason":"x"}`, viewer, 401, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			w := c.do(tc.method, tc.target, tc.body, tc.header...)
			if w.Code != tc.want || !strings.Contains(w.Body.String(), tc.says) {
				t.Fatalf("%d, want %d and %q: %s", w.Code, tc.want, tc.says, w.Body)
			}
		})
	}
}

// Two people who looked at the same do not overwrite each other in silence.
func TestVersionsKeepPeopleApart(t *testing.T) {
	c := build(t, fixed, nil)
	c.written(t)
	var a assetBody
	if err := json.Unmarshal(c.must(t, "GET", "/api/v1/nodes/sutojayan-01/inventory", ""), &a); err != nil {
		t.Fatal(err)
	}
	at := "?version=" + url.QueryEscape(a.Version)
	c.must(t, "DELETE", "/api/v1/nodes/sutojayan-01/mountings/sungai-1"+at, "")
	for _, try := range [][3]string{
		{"PATCH", "/api/v1/nodes/sutojayan-01" + at, `{"note":"x"}`},
		{"PUT", "/api/v1/nodes/sutojayan-01/mountings/pm-1" + at, `{}`},
		{"PUT", "/api/v1/nodes/sutojayan-01/levels" + at, siagaLevels},
		{"DELETE", "/api/v1/nodes/sutojayan-01/levels" + at + "&sensor=sungai-1&quantity=level&valid_from=2025-12-31T17:00:00Z", ""},
	} {
		if w := c.do(try[0], try[1], try[2]); w.Code != 409 {
			t.Errorf("%s %s: %d %s", try[0], try[1], w.Code, w.Body)
		}
	}
	c.must(t, "DELETE", "/api/v1/nodes/sutojayan-01/levels?version=*&sensor=sungai-1&quantity=level&valid_from=2025-12-31T17:00:00Z", "")
}

// retirer notes whom it retired, and fails when told to.
type retirer struct {
	*registry.Registry
	err error
	did []reading.NodeID
}

func (r *retirer) Retire(ctx context.Context, by registry.Actor, node reading.NodeID, reason string) error {
	r.did = append(r.did, node)
	return errors.Join(r.Registry.Retire(ctx, by, node, reason), r.err)
}

func TestRetiredNodesAreNotMissed(t *testing.T) {
	r := &retirer{}
	c := build(t, fixed, func(o *Options) {
		r.Registry = o.Registry
		o.Retirer = r
	})
	c.village(t)
	now := noon
	status := func() (st StatusBody) {
		t.Helper()
		c.opt.Now = func() time.Time { now = now.Add(time.Hour); return now } // past the status that is kept
		if err := json.Unmarshal(c.must(t, "GET", "/api/v1/status", ""), &st); err != nil {
			t.Fatal(err)
		}
		c.opt.Now = fixed
		return st
	}
	if st := status(); st.NodesTotal != 2 || st.NodesOnline != 1 {
		t.Fatalf("%+v", st)
	}
	r.err = errors.New("the broker is busy")
	if w := c.do("POST", "/api/v1/nodes/sutojayan-01/retire", `{"reason":"dicuri"}`); w.Code != 503 {
		t.Errorf("a session that was not cut: %d %s", w.Code, w.Body)
	}
	r.err = nil
	c.must(t, "POST", "/api/v1/nodes/sutojayan-01/retire", `{"reason":"dicuri"}`)
	if len(r.did) != 2 {
		t.Errorf("retired %v", r.did)
	}
	if st := status(); st.NodesTotal != 1 || st.NodesOnline != 0 {
		t.Errorf("%+v", st)
	}
	if body := string(c.must(t, "GET", "/api/v1/nodes", "")); !strings.Contains(body, `"retired":"2026-03-01T05:00:00.000Z"`) {
		t.Errorf("it is not marked: %s", body)
	}
}

func TestARepairExcusesSilence(t *testing.T) {
	c := build(t, fixed, nil)
	c.village(t)
	c.must(t, "POST", "/api/v1/nodes", `{"node":"sutojayan-01","site":"35.05.12.1001"}`)
	e := c.must(t, "POST", "/api/v1/events", `{"kind":"repair","scope":"node","object":"sutojayan-01","from":"2026-03-01T04:00:00Z","to":"2026-03-01T06:00:00Z","reason":"aki diganti"}`)
	var n oneNodeBody
	read := func() {
		t.Helper()
		n = oneNodeBody{}
		if err := json.Unmarshal(c.must(t, "GET", "/api/v1/nodes/sutojayan-01", ""), &n); err != nil {
			t.Fatal(err)
		}
	}
	if read(); n.Repair == nil || n.Repair.Reason != "aki diganti" || !n.Repair.Until.Equal(noon.Add(time.Hour)) {
		t.Fatalf("%+v", n.Repair)
	}
	if n, err := c.silentUnderRepair(t.Context(), noon); err != nil || n != 0 {
		t.Errorf("it is online and counts as silent: %d, %v", n, err)
	}
	c.hub.State("sutojayan-01", &wire.NodeState{}, noon)
	if st, err := c.statusNow(t.Context()); err != nil || st.NodesRepair != 1 || st.NodesOnline != 0 {
		t.Errorf("it is silent: %+v, %v", st, err)
	}
	var event registry.Event
	if err := json.Unmarshal(e, &event); err != nil {
		t.Fatal(err)
	}
	c.must(t, "DELETE", "/api/v1/events/1", "")
	if read(); n.Repair != nil {
		t.Errorf("the repair is over: %+v", n.Repair)
	}
}
