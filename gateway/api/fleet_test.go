package api

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/siaga-id/siaga/gateway/access"
	"github.com/siaga-id/siaga/gateway/registry"
	"github.com/siaga-id/siaga/internal/password"
	"github.com/siaga-id/siaga/internal/reading"
	"github.com/siaga-id/siaga/internal/wire"
)

func TestManySeriesQueries(t *testing.T) {
	c := build(t, fixed, nil)
	const hour = `"sensor" != '' AND time >= 1772337600000ms AND time <= 1772341200000ms`
	for _, tc := range []struct{ query, want string }{
		{
			"quantity=pm2_5",
			`SELECT "pm2_5" AS "value", "pm2_5_qc" AS "qc" FROM "air" WHERE ` + hour + ` GROUP BY "node", "sensor", "site", "district" LIMIT 20001`,
		},
		{
			"quantity=level_cor&node=aa,bb&sensor=ws-1&site=35.05.12.1001&district=35.05.12,35.05.11&every=1m",
			`SELECT mean("level_cor") AS "value", max("level_cor_qc") AS "qc" FROM "water" WHERE ("node" = 'aa' OR "node" = 'bb') AND ("sensor" = 'ws-1') AND ` +
				`("site" = '35.05.12.1001') AND ("district" = '35.05.12' OR "district" = '35.05.11') AND ` + hour +
				` AND "level_cor_qc" < 4 GROUP BY time(60s), "node", "sensor", "site", "district" fill(none);` +
				`SELECT count("level_cor") AS "bad" FROM "water" WHERE ("node" = 'aa' OR "node" = 'bb') AND ("sensor" = 'ws-1') AND ` +
				`("site" = '35.05.12.1001') AND ("district" = '35.05.12' OR "district" = '35.05.11') AND ` + hour +
				` AND "level_cor_qc" >= 4 GROUP BY "node", "sensor", "site", "district"`,
		},
	} {
		c.influx.queries = nil
		if w := c.do("GET", "/api/v1/readings/series?"+tc.query, ""); w.Code != 200 {
			t.Errorf("%s: %d %s", tc.query, w.Code, w.Body)
		} else if len(c.influx.queries) != 1 || c.influx.queries[0] != tc.want {
			t.Errorf("%s asks\n%q, want\n%q", tc.query, c.influx.queries, tc.want)
		}
	}
	// A mean begins where another question would have it begin, too.
	c.influx.queries = nil
	c.do("GET", "/api/v1/readings/series?quantity=rain&every=1h&from=2026-03-01T01:23:45Z&to=2026-03-01T05:00:00Z", "")
	if len(c.influx.queries) != 1 || !strings.HasPrefix(c.influx.queries[0], `SELECT sum("rain")`) || !strings.Contains(c.influx.queries[0], "time >= 1772326800000ms") {
		t.Errorf("asks %q", c.influx.queries)
	}
}

func TestManySeriesRefuses(t *testing.T) {
	c := build(t, fixed, nil)
	quote := url.QueryEscape(`aa' OR 'x' = 'x`)
	for name, query := range map[string]string{
		"no quantity":        "node=aa",
		"another field":      "quantity=pm1_qc",
		"quote in node":      "quantity=pm1&node=aa," + quote,
		"quote in sensor":    "quantity=pm1&sensor=" + quote,
		"quote in site":      "quantity=pm1&site=" + quote,
		"quote in district":  "quantity=pm1&district=" + quote,
		"site as district":   "quantity=pm1&district=35.05.12.1001",
		"backwards":          "quantity=pm1&from=2026-02-02T00:00:00Z&to=2026-02-01T00:00:00Z",
		"too many means":     "quantity=pm1&from=2026-01-01T00:00:00Z&every=1s",
		"too many are named": "quantity=pm1&node=aa" + strings.Repeat(",aa", 500),
	} {
		if w := c.do("GET", "/api/v1/readings/series?"+query, ""); w.Code != 422 {
			t.Errorf("%s: %d %s", name, w.Code, w.Body)
		}
	}
	if len(c.influx.queries) != 0 {
		t.Errorf("InfluxDB was asked %q", c.influx.queries)
	}
	value, flag := 1.0, 1.0
	rows := make([][]*float64, maxPoints+1)
	for i := range rows {
		at := float64(i)
		rows[i] = []*float64{&at, &value, &flag}
	}
	c.influx.answer = []Series{{Columns: []string{"time", "value", "qc"}, Values: rows}}
	if w := c.do("GET", "/api/v1/readings/series?quantity=pm1", ""); w.Code != 422 {
		t.Errorf("too many readings of a sensor: %d", w.Code)
	}
	c.influx.answer = nil
	for range maxManyPoints/maxPoints + 1 {
		c.influx.answer = append(c.influx.answer, Series{Columns: []string{"time", "value", "qc"}, Values: rows[:maxPoints]})
	}
	if w := c.do("GET", "/api/v1/readings/series?quantity=pm1", ""); w.Code != 422 {
		t.Errorf("too many readings of all: %d", w.Code)
	}
}

// What costs more than a wall is for those who show who they are, also where the wall
// is open.
func TestManySeriesAreNoOpenWall(t *testing.T) {
	c := build(t, fixed, func(o *Options) {
		var err error
		if o.Access, err = access.New(t.Context(), access.Options{Registry: o.Registry, Open: access.OpenYes, Cost: password.Least, Now: fixed, Logger: o.Logger}); err != nil {
			t.Fatal(err)
		}
	})
	for path, want := range map[string]int{"/api/v1/nodes": 200, "/api/v1/gaps": 200, "/api/v1/readings/series?quantity=pm1": 401} {
		if w := c.do("GET", path, "", "Remote", "10.0.0.5:99"); w.Code != want {
			t.Errorf("%s: %d, want %d", path, w.Code, want)
		}
	}
}

func TestGapsOfAllNodes(t *testing.T) {
	c := build(t, fixed, nil)
	c.village(t)
	for query, want := range map[string]string{
		"":                                   "sutojayan-01 3-4 lost, sutojayan-01 9-10 waiting of 2",
		"?node=sutojayan-01,jegu-01&limit=1": "sutojayan-01 3-4 lost of 2",
		"?node=jegu-01":                      " of 0",
		"?from=2020-01-01T00:00:00Z&to=2020-01-02T00:00:00Z":        " of 0",
		"?from=2026-03-01T04:00:00Z&to=2026-03-01T04:05:00.000Z":    " of 0", // before the last reading ahead of them
		"?from=2026-03-01T04:45:00Z&to=2026-03-01T04:46:00%2B00:00": "sutojayan-01 3-4 lost, sutojayan-01 9-10 waiting of 2",
	} {
		w := c.do("GET", "/api/v1/gaps"+query, "")
		var got struct {
			Gaps []struct {
				Node, State string
				From, To    int
				Words       string `json:"words_id"`
			}
			Total int
		}
		if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil || w.Code != 200 {
			t.Fatalf("%s: %d %s %v", query, w.Code, w.Body, err)
		}
		var said []string
		for _, g := range got.Gaps {
			said = append(said, fmt.Sprintf("%s %d-%d %s", g.Node, g.From, g.To, g.State))
			if g.Words == "" {
				t.Errorf("%+v has no words", g)
			}
		}
		if is := fmt.Sprintf("%s of %d", strings.Join(said, ", "), got.Total); is != want {
			t.Errorf("%s: %s, want %s", query, is, want)
		}
	}
	for _, query := range []string{"?node=Bad!", "?limit=0", "?from=2026-02-02T00:00:00Z&to=2026-02-01T00:00:00Z"} {
		if w := c.do("GET", "/api/v1/gaps"+query, ""); w.Code != 422 {
			t.Errorf("%s: %d", query, w.Code)
		}
	}
}

// Viewers learn that a node was changed and why, and neither what is in it nor who did
// it.
func TestConfigurationChangesOfAllNodes(t *testing.T) {
	now := noon
	c := build(t, func() time.Time { return now }, nil)
	c.village(t)
	by := registry.Actor{Name: "budi"}
	for i, node := range []reading.NodeID{"sutojayan-01", "jegu-01", "sutojayan-01"} {
		now = noon.Add(time.Duration(i) * time.Hour)
		if _, err := c.reg.Desire(t.Context(), by, node, nil, fmt.Sprint("reason ", i), wire.ConfigBody{"pack_interval": "rahasia"}); err != nil {
			t.Fatal(err)
		}
	}
	now = noon.Add(3 * time.Hour)
	for query, want := range map[string]string{
		"":                             "sutojayan-01 2 reason 2 desired, jegu-01 1 reason 1 desired, sutojayan-01 1 reason 0 superseded",
		"?limit=1":                     "sutojayan-01 2 reason 2 desired",
		"?to=2026-03-01T06:30:00Z":     "jegu-01 1 reason 1 desired, sutojayan-01 1 reason 0 superseded",
		"?from=2026-03-01T06:30:00Z":   "sutojayan-01 2 reason 2 desired",
		"?from=2026-03-01T07:00:00.1Z": "",
	} {
		w := c.do("GET", "/api/v1/configurations"+query, "")
		var got struct {
			Configurations []struct {
				Node, Reason, State string
				Version             int
			}
		}
		if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil || w.Code != http.StatusOK {
			t.Fatalf("%s: %d %s %v", query, w.Code, w.Body, err)
		}
		var said []string
		for _, g := range got.Configurations {
			said = append(said, fmt.Sprintf("%s %d %s %s", g.Node, g.Version, g.Reason, g.State))
		}
		if is := strings.Join(said, ", "); is != want {
			t.Errorf("%s: %q, want %q", query, is, want)
		}
		for _, secret := range []string{"rahasia", "budi"} {
			if strings.Contains(w.Body.String(), secret) {
				t.Errorf("%s: %s", query, w.Body)
			}
		}
	}
}
