package api

import (
	"errors"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestHistoryQueries(t *testing.T) {
	c := build(t, fixed, nil)
	for _, tc := range []struct{ query, want string }{
		{
			"node=aa&quantity=pm2_5",
			`SELECT "pm2_5" AS "value", "pm2_5_qc" AS "qc" FROM "air" WHERE "node" = 'aa' AND time >= 1772337600000ms AND time <= 1772341200000ms GROUP BY "sensor" LIMIT 20001`,
		},
		{
			"node=aa&sensor=bme-1&quantity=temperature&from=2026-02-01T00:00:00%2B07:00&to=2026-02-02T00:00:00.5Z&every=5m",
			`SELECT mean("temperature") AS "value", max("temperature_qc") AS "qc" FROM "weather" WHERE "node" = 'aa' AND "sensor" = 'bme-1' AND time >= 1769878800000ms AND time <= 1769990400500ms GROUP BY time(300s), "sensor" fill(null)`,
		},
		{
			"node=aa&quantity=count&every=1d",
			`SELECT sum("count") AS "value", max("count_qc") AS "qc" FROM "traffic" WHERE "node" = 'aa' AND time >= 1772337600000ms AND time <= 1772341200000ms GROUP BY time(86400s), "sensor" fill(null)`,
		},
		{
			"node=aa&quantity=rain_cor&every=1d",
			`SELECT sum("rain_cor") AS "value", max("rain_cor_qc") AS "qc" FROM "weather" WHERE "node" = 'aa' AND time >= 1772337600000ms AND time <= 1772341200000ms GROUP BY time(86400s), "sensor" fill(null)`,
		},
	} {
		c.influx.queries = nil
		if w := c.do("GET", "/api/v1/readings?"+tc.query, ""); w.Code != 200 {
			t.Errorf("%s: %d %s", tc.query, w.Code, w.Body)
		} else if len(c.influx.queries) != 1 || c.influx.queries[0] != tc.want {
			t.Errorf("%s asks\n%q, want\n%q", tc.query, c.influx.queries, tc.want)
		}
	}
}

func TestHistoryRefuses(t *testing.T) {
	c := build(t, fixed, nil)
	for name, query := range map[string]string{
		"no node":           "quantity=pm1",
		"no quantity":       "node=aa",
		"quote in node":     "quantity=pm1&node=" + url.QueryEscape(`aa' OR 'x' = 'x`),
		"quote in sensor":   "quantity=pm1&node=aa&sensor=" + url.QueryEscape(`pm'; DROP MEASUREMENT "air`),
		"quote in quantity": "node=aa&quantity=" + url.QueryEscape(`pm1" FROM "air"; DROP DATABASE siaga --`),
		"other field":       "node=aa&quantity=pm1_qc",
		"words in every":    "node=aa&quantity=pm1&every=" + url.QueryEscape("5m), * FROM air --"),
		"every of nothing":  "node=aa&quantity=pm1&every=0s",
		"every of months":   "node=aa&quantity=pm1&every=1mo",
		"every, bare":       "node=aa&quantity=pm1&every=m",
		"words in from":     "node=aa&quantity=pm1&from=" + url.QueryEscape("now() - 1h"),
		"backwards":         "node=aa&quantity=pm1&from=2026-02-02T00:00:00Z&to=2026-02-01T00:00:00Z",
		"before time":       "node=aa&quantity=pm1&from=0001-01-02T00:00:00Z",
		"too many points":   "node=aa&quantity=pm1&from=2026-01-01T00:00:00Z&every=1s",
	} {
		if w := c.do("GET", "/api/v1/readings?"+query, ""); w.Code != 422 {
			t.Errorf("%s: %d %s", name, w.Code, w.Body)
		}
	}
	if len(c.influx.queries) != 0 {
		t.Errorf("InfluxDB was asked %q", c.influx.queries)
	}
}

// Nothing that a client may say changes the shape of a query.
func TestHistoryCannotBeInjected(t *testing.T) {
	shape := regexp.MustCompile(`^SELECT (mean|sum)?\(?"[a-z0-9_]+"\)? AS "value", (max\()?"[a-z0-9_]+_qc"\)? AS "qc" FROM "[a-z]+" WHERE "node" = '[a-z0-9-]+'( AND "sensor" = '[a-z0-9-]+')? AND time >= \d+ms AND time <= \d+ms GROUP BY (time\(\d+s\), )?"sensor"( fill\(null\)| LIMIT 20001)$`)
	odd := rapid.OneOf(rapid.SampledFrom([]string{"aa", "pm-1", "pm1", "5m", "1d"}),
		rapid.StringOf(rapid.RuneFrom([]rune(`ab19-_'"\;() =smhd`))), rapid.String())
	rapid.Check(t, func(t *rapid.T) {
		in := historyInput{Node: odd.Draw(t, "node"), Sensor: odd.Draw(t, "sensor"), Quantity: odd.Draw(t, "quantity"), Every: odd.Draw(t, "every")}
		q, err := in.query(noon)
		if err != nil {
			return
		}
		if got := q.influxQL(); !shape.MatchString(got) {
			t.Fatalf("%+v asks %s", in, got)
		}
	})
}

func TestHistoryAnswers(t *testing.T) {
	c := build(t, fixed, nil)
	c.influx.err = errors.New("connection refused by 10.1.2.3")
	if w := c.do("GET", "/api/v1/readings?node=aa&quantity=pm1", ""); w.Code != 503 || strings.Contains(w.Body.String(), "10.1.2.3") {
		t.Errorf("while InfluxDB is down: %d %s", w.Code, w.Body)
	}
	c.influx.err = nil
	c.influx.answer = []Series{{Values: make([][]*float64, maxPoints+1)}}
	if w := c.do("GET", "/api/v1/readings?node=aa&quantity=pm1", ""); w.Code != 422 || !strings.Contains(w.Body.String(), "every") {
		t.Errorf("too many readings: %d %s", w.Code, w.Body)
	}
}
