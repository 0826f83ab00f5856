package plugin

import (
	"strings"
	"testing"

	"github.com/siaga-id/siaga/internal/reading"
)

func TestParseQuery(t *testing.T) {
	q, err := parseQuery([]byte(`{"refId":"A","datasource":{"type":"x","uid":"y"},"hide":false,"key":"Q-1","intervalMs":1000,"maxDataPoints":10,"queryType":"readings",
		"quantity":"pm2_5_cor","nodes":["aa"],"sensors":null,"districts":["35.05.12"],"live":true}`), "")
	if err != nil {
		t.Fatal(err)
	}
	if q.Quantity != reading.PM2_5 || q.Values != corrected || !q.Live || len(q.Scope.Nodes) != 1 || len(q.Scope.Sensors) != 0 {
		t.Errorf("%+v", q)
	}
	for text, want := range map[string]string{
		``:                                     "read query",
		`null`:                                 "queryType",
		`[]`:                                   "read query",
		`{"queryType":"alarms"}`:               "alarms",
		`{"queryType":"readings"}`:             "need a quantity",
		`{"queryType":"nodes","node":["aa"]}`:  `"node" is no key`,
		`{"queryType":"nodes","Nodes":["aa"]}`: `"Nodes" is no key`,
		`{"queryType":"nodes","nodes":"aa"}`:   "nodes",
		`{"queryType":"nodes","nodes":["$node"]}`:                                       "no such variable",
		`{"queryType":"nodes","nodes":["a' OR 1=1"]}`:                                   "node id",
		`{"queryType":"nodes","sensors":["../x"]}`:                                      "sensor id",
		`{"queryType":"nodes","sites":["35.05.12"]}`:                                    "site code",
		`{"queryType":"nodes","districts":["35.05.12.1001"]}`:                           "district",
		`{"queryType":"nodes","districts":["35.05.12.1001.0"]}`:                         "district",
		`{"queryType":"readings","quantity":"pm2_5_qc"}`:                                "no quantity",
		`{"queryType":"readings","quantity":"$quantity"}`:                               "no such variable",
		`{"queryType":"readings","quantity":"pm1","values":"worst"}`:                    "worst",
		`{"queryType":"annotations","kinds":["alarm"]}`:                                 "alarm",
		`{"queryType":"nodes","nodes":[` + strings.Repeat(`"aa",`, maxNames) + `"aa"]}`: "at most 500",
	} {
		if _, err := parseQuery([]byte(text), ""); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", text, err, want)
		}
	}
}

func FuzzParseQuery(f *testing.F) {
	for _, text := range golden {
		f.Add([]byte(text), "")
	}
	f.Add([]byte(`{"nodes":["$x"],"live":1}`), "readings")
	f.Fuzz(func(t *testing.T, text []byte, kind string) {
		q, err := parseQuery(text, kind)
		if err != nil {
			return
		}
		for _, list := range [][]string{q.Scope.Nodes, q.Scope.Sensors, q.Scope.Sites, q.Scope.Districts} {
			for _, name := range list {
				if strings.Trim(name, "abcdefghijklmnopqrstuvwxyz0123456789.-") != "" || name == "" {
					t.Errorf("%q passes", name)
				}
			}
		}
		if q.Type == readingsQuery && !q.Quantity.Valid() {
			t.Errorf("%+v", q)
		}
	})
}

func TestPath(t *testing.T) {
	key := seriesKey{"sutojayan-01", "pm-1", reading.PM2_5.Corrected()}
	if got := key.path(); got != "readings/pm2_5_cor/sutojayan-01/pm-1" {
		t.Error(got)
	}
	longest := "ds/" + strings.Repeat("u", 40) + "/readings/" + "cpu_temperature_cor" + "/" + strings.Repeat("n", 31) + "/" + strings.Repeat("s", 31)
	if len(longest) > 160 {
		t.Errorf("a channel of %d characters: Grafana takes 160", len(longest))
	}
	for _, path := range []string{
		"", "readings", "readings/pm2_5/aa", "readings/pm2_5/aa/bb/cc", "readings/pm2_5//bb", "Readings/pm2_5/aa/bb",
		"readings/pm2_5_qc/aa/bb", "readings/pm2_5/../bb", "readings/pm2_5/aa/bb\n", "nodes/pm2_5/aa/bb",
	} {
		if _, err := parsePath(path); err == nil {
			t.Errorf("%q passes", path)
		}
	}
}

func FuzzParsePath(f *testing.F) {
	f.Add("readings/pm2_5_cor/sutojayan-01/pm-1")
	f.Add("readings/pm2_5/aa/../bb")
	f.Fuzz(func(t *testing.T, path string) {
		if key, err := parsePath(path); err == nil && key.path() != path {
			t.Errorf("%q is read as %q", path, key.path())
		}
	})
}
