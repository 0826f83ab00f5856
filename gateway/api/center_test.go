package api

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/siaga-id/siaga/gateway/access"
	"github.com/siaga-id/siaga/gateway/authority"
	"github.com/siaga-id/siaga/gateway/authority/authoritytest"
	"github.com/siaga-id/siaga/internal/wire"
)

// reporting is vouched with two nodes, of which the first has told its configuration.
func reporting(t *testing.T) (*center, *authority.Authority) {
	t.Helper()
	c, a := vouched(t)
	if err := c.reg.Claim(t.Context(), "lodoyo-02", authoritytest.Site); err != nil {
		t.Fatal(err)
	}
	if err := c.reg.ReportConfiguration(t.Context(), "sutojayan-01", wire.ReportedConfig{
		ConfigChange: wire.ConfigChange{Version: 1, Origin: wire.FromNode, Author: "sari", Reason: "scan"},
		Body:         wire.ConfigBody{"pack_interval": "30s"},
	}, time.Now()); err != nil {
		t.Fatal(err)
	}
	return c, a
}

func quoted(t *testing.T, text string) string {
	t.Helper()
	b, err := json.Marshal(text)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestWhereNodesFindTheirCenter(t *testing.T) {
	c, a := reporting(t)
	own := quoted(t, a.CAs()[0].PEM)
	foreign := quoted(t, authoritytest.New(t, authority.Options{Registry: c.reg}).CAs()[0].PEM)
	const path = "/api/v1/configurations/center"
	for _, tc := range []struct {
		center string
		code   int
		want   string
	}{
		{`{"addresses":["pusat"]}`, 422, "address 1 of the center: want host:port"},
		{`{"cas":["x"]}`, 422, "want one certificate in PEM"},
		{`{"cas":[` + foreign + `]}`, 422, "nodes would lose it"},
		{`{"url":"x"}`, 422, "unexpected property"},
		{`{"cas":[` + own + `,` + foreign + `]}`, 200, `{"node":"sutojayan-01","version":2,"sent":true}`},
		{`{"cas":[` + own + `,` + foreign + `]}`, 200, `{"node":"sutojayan-01","version":2,"sent":false}`},
		{`{"addresses":["10.0.0.2:8883"],"cas":[` + foreign + `]}`, 200, `{"node":"sutojayan-01","version":3,"sent":true}`},
	} {
		w := c.do("PUT", path, `{"reason":"pindah","center":`+tc.center+`}`)
		if w.Code != tc.code || !strings.Contains(w.Body.String(), tc.want) {
			t.Errorf("%.60s: %d %s", tc.center, w.Code, w.Body)
		}
		if w.Code == 200 && !strings.Contains(w.Body.String(), "has not told its configuration yet") {
			t.Errorf("of a node that has told nothing: %s", w.Body)
		}
	}
	if w := c.do("GET", path, ""); w.Code != 200 || !strings.Contains(w.Body.String(), `"10.0.0.2:8883"`) || !strings.Contains(w.Body.String(), `"state":"desired"`) {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

// TestOnlyAnAdminLeadsNodesAway, whichever way the configuration is sent.
func TestOnlyAnAdminLeadsNodesAway(t *testing.T) {
	c, _ := reporting(t)
	for _, one := range everybody(t, c) {
		if one.role != access.Technician && one.role != access.Admin {
			continue
		}
		header := append([]string{"If-Match", "*"}, one.header...)
		set := func(configuration string) int {
			return c.do("PUT", "/api/v1/nodes/sutojayan-01/configuration", `{"reason":"r","configuration":`+configuration+`}`, header...).Code
		}
		want := map[access.Role]int{access.Technician: http.StatusForbidden, access.Admin: http.StatusOK}[one.role]
		for _, lead := range []string{`{"center":{"addresses":["evil.example:8883"]}}`, `{"center":{"cas":[]}}`} {
			if got := set(lead); got != want {
				t.Errorf("%s by %s: %d, want %d", lead, one.name, got, want)
			}
		}
		if got := set(`{"pack_interval":"20s"}`); got != http.StatusOK {
			t.Errorf("by %s: %d", one.name, got)
		}
	}
}

// TestOneNodeThatCannotBeTold does not keep the others from it.
func TestOneNodeThatCannotBeTold(t *testing.T) {
	c, _ := reporting(t)
	long := strings.Repeat("x", wire.MaxConfigBytes-80)
	if err := c.reg.ReportConfiguration(t.Context(), "lodoyo-02", wire.ReportedConfig{
		ConfigChange: wire.ConfigChange{Version: 1, Origin: wire.FromNode, Author: "sari", Reason: "scan"},
		Body:         wire.ConfigBody{"sensors": []any{map[string]any{"id": "a-1", "driver": "x", "interval": "1s", "o": long}}},
	}, time.Now()); err != nil {
		t.Fatal(err)
	}
	w := c.do("PUT", "/api/v1/configurations/center", `{"reason":"pindah","nodes":["lodoyo-02","sutojayan-01"],"center":{"addresses":["10.0.0.2:8883"]}}`)
	if w.Code != http.StatusOK || !strings.Contains(w.Body.String(), "bytes long") || !strings.Contains(w.Body.String(), `{"node":"sutojayan-01","version":2,"sent":true}`) {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

// TestATechnicianKeepsTheCenter that an admin has said, also where the node has not
// taken it yet: he neither leaves it out nor brings back the word before.
func TestATechnicianKeepsTheCenter(t *testing.T) {
	c, _ := reporting(t)
	var technician []string
	for _, one := range everybody(t, c) {
		if one.name == "token technician" {
			technician = append([]string{"If-Match", "*"}, one.header...)
		}
	}
	desired := func() string {
		t.Helper()
		_, d, _, err := c.reg.ConfigurationStanding(t.Context(), "sutojayan-01")
		if err != nil || d == nil {
			t.Fatal(err)
		}
		text, err := json.Marshal(d.Body)
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	if w := c.do("PUT", "/api/v1/configurations/center", `{"reason":"pindah","nodes":["sutojayan-01"],"center":{"addresses":["10.0.0.2:8883"]}}`); w.Code != http.StatusOK {
		t.Fatal(w.Code, w.Body)
	}
	for configuration, want := range map[string]int{
		`{"pack_interval":"20s"}`: http.StatusOK,
		`{"pack_interval":"20s","center":{"addresses":["10.0.0.2:8883"]}}`: http.StatusOK,
		`{"pack_interval":"20s","center":{}}`:                              http.StatusForbidden,
		`{"pack_interval":"20s","center":{"addresses":["10.0.0.3:8883"]}}`: http.StatusForbidden,
	} {
		w := c.do("PUT", "/api/v1/nodes/sutojayan-01/configuration", `{"reason":"r","configuration":`+configuration+`}`, technician...)
		if w.Code != want {
			t.Errorf("%s: %d %s", configuration, w.Code, w.Body)
		}
		if got := desired(); !strings.Contains(got, `"center":{"addresses":["10.0.0.2:8883"]}`) {
			t.Errorf("after %s: %s", configuration, got)
		}
	}
}

func TestTheEndOfAnAuthorityOverHTTP(t *testing.T) {
	c, a := vouched(t)
	authoritytest.Node(t, a, c.reg, "sutojayan-01")
	id := a.CAs()[0].ID
	for _, step := range []struct {
		method, path string
		code         int
		want         string
	}{
		{"DELETE", "/api/v1/ca/" + id + "?strand=true", 409, "newest"},
		{"POST", "/api/v1/ca/rotate?now=true", 200, `"issues":true`},
		{"POST", "/api/v1/ca/rotate?now=true", 200, `"issues":true`},
		{"GET", "/api/v1/ca/00000000/stranded", 404, "no such authority"},
		{"DELETE", "/api/v1/ca/00000000", 404, "no such authority"},
		{"GET", "/api/v1/ca/" + id + "/stranded", 200, `"old":["sutojayan-01"]`},
		{"DELETE", "/api/v1/ca/" + id, 409, "strand 1 nodes"},
		{"DELETE", "/api/v1/ca/" + id + "?strand=true", 200, `"issues":true`},
		{"GET", "/api/v1/ca/" + id + "/stranded", 404, "no such authority"},
	} {
		body := ""
		if step.method != "GET" {
			body = "{}"
		}
		if w := c.do(step.method, step.path, body); w.Code != step.code || !strings.Contains(w.Body.String(), step.want) {
			t.Errorf("%s %s: %d %s", step.method, step.path, w.Code, w.Body)
		}
	}
}
