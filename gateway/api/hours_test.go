package api

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/siaga-id/siaga/gateway/tsdb"
	"github.com/siaga-id/siaga/internal/reading"
)

// Whole hours are of roll-ups until the first of which some wait, and of readings from
// there on, whatever an old roll-up says: late readings are seen at once.
func TestHoursAgainstTheEngine(t *testing.T) {
	engine, err := tsdb.Open(tsdb.Options{Dir: t.TempDir(), Addr: "127.0.0.1:0", Database: "siaga", Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := engine.Close(); err != nil {
			t.Error(err)
		}
	}()
	day := time.Now().UTC().Truncate(24 * time.Hour).Add(-24 * time.Hour)
	at := func(hours float64) int64 { return day.Add(time.Duration(hours * float64(time.Hour))).UnixMilli() }
	var lines strings.Builder
	write := func(measurement, node, fields string, hours float64) {
		fmt.Fprintf(&lines, "%s,node=%s,sensor=s-1,site=35.05.12.1001,district=35.05.12 %s %d\n", measurement, node, fields, at(hours))
	}
	for _, h := range []struct{ hour, mean, count float64 }{{0, 10, 100}, {1, 20, 300}, {2, 1, 1}} { // readings of hour 2 came late
		write("air_1h", "aa", fmt.Sprintf("pm2_5_mean=%v,pm2_5_count=%v", h.mean, h.count), h.hour)
	}
	write("air", "aa", "pm2_5=12,pm2_5_qc=1i", 0.5)
	write("air", "aa", "pm2_5=22,pm2_5_qc=1i", 1.5)
	write("air", "aa", "pm2_5=30,pm2_5_qc=2i", 2.5)
	write("air", "aa", "pm2_5=50,pm2_5_qc=3i", 2.6)
	write("air", "aa", "pm2_5=999,pm2_5_qc=4i", 2.7)
	write("air", "aa", "pm2_5=40,pm2_5_qc=1i", 3.25)
	write("air", "aa", "pm2_5=60,pm2_5_qc=1i", 3.75)
	write("air_1h", "bb", "pm2_5_mean=5,pm2_5_count=10", 1)
	write("weather_1h", "aa", "rain_mean=0.5,rain_count=10", 0)
	write("weather_1h", "aa", "rain_mean=0.25,rain_count=4", 1)
	write("weather", "aa", "rain=2,rain_qc=1i", 2.5)
	write("weather", "aa", "rain=3,rain_qc=1i", 3.5)
	resp, err := http.Post("http://"+engine.Addr()+"/write?db=siaga&precision=ms", "text/plain", strings.NewReader(lines.String())) //nolint:noctx // it ends with the engine
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
	rolled, askedOf := 0.0, ""
	c := build(t, time.Now, func(o *Options) {
		o.Influx = influx
		o.RolledUp = func(nodes []reading.NodeID, from time.Time) time.Time {
			askedOf = fmt.Sprint(nodes, " ", from.Sub(day))
			return time.UnixMilli(at(rolled))
		}
	})
	for _, tc := range []struct {
		rolled, from, to float64
		query, want      string
	}{
		{2, 0, 3.9, "every=1h", "aa/s-1 35.05.12 bad 0: 10 2, 20 2, 30 2, 50 2; bb/s-1 35.05.12 bad 0: 5 2"},
		{1, 0, 3.9, "every=1h", "aa/s-1 35.05.12 bad 0: 10 2, 22 2, 30 2, 50 2"}, // of bb only the roll-up is left
		{-9, 0, 3.9, "every=1h&node=aa", "aa/s-1 35.05.12 bad 0: 12 2, 22 2, 30 2, 50 2"},
		{99, 0, 3.9, "every=1h&node=aa", "aa/s-1 35.05.12 bad 0: 10 2, 20 2, 1 2, 50 2"}, // the last hour is not all asked for
		{2, 0, 3.5, "every=1h&node=aa", "aa/s-1 35.05.12 bad 0: 10 2, 20 2, 30 2, 40 2"},
		{2, 0.9, 3.9, "every=2h&node=aa", "aa/s-1 35.05.12 bad 0: 17.5 2, 43.333 2"},
		{1, 0, 1.9, "every=2h&node=aa", "aa/s-1 35.05.12 bad 0: 10.119 2"}, // a window of both
		{2, 2, 3.9, "every=1h&node=aa,cc&sensor=s-1&district=35.05.12&site=35.05.12.1001", "aa/s-1 35.05.12 bad 0: 30 2, 50 2"},
		{2, 0, 3.9, "every=1h&quantity=rain", "aa/s-1 35.05.12 bad 0: 5 2, 1 2, 2 2, 3 2"},
		{1, 0, 3.9, "every=1d&quantity=rain", "aa/s-1 35.05.12 bad 0: 10 2"},
		{2, 0, 3.9, "every=1h&quantity=level", ""},
	} {
		rolled = tc.rolled
		if !strings.Contains(tc.query, "quantity") {
			tc.query += "&quantity=pm2_5"
		}
		span := fmt.Sprintf("&from=%s&to=%s", time.UnixMilli(at(tc.from)).UTC().Format(time.RFC3339), time.UnixMilli(at(tc.to)).UTC().Format(time.RFC3339))
		w := c.do("GET", "/api/v1/readings/series?"+tc.query+span, "")
		if got := sayMany(t, w.Body.Bytes()); w.Code != 200 || got != tc.want {
			t.Errorf("rolled until %v: %s: %d %q, want %q", tc.rolled, tc.query+span, w.Code, got, tc.want)
		}
		of, _ := url.ParseQuery(tc.query)
		if want := fmt.Sprint(strings.Split(of.Get("node"), ","), " ", time.Duration(tc.from)*time.Hour); askedOf != want {
			t.Errorf("%s: roll-ups are asked for of %s, want %s", tc.query, askedOf, want)
		}
		askedOf = ""
	}
	for every, want := range map[string]string{"": "0 reading readings", "5m": "300 mean readings", "90m": "5400 mean readings", "3h": "10800 mean rollups", "1h&quantity=rain": "3600 sum rollups"} {
		var got struct {
			EveryS       int `json:"every_s"`
			Value, Basis string
		}
		if !strings.Contains(every, "quantity") {
			every += "&quantity=pm2_5"
		}
		w := c.do("GET", "/api/v1/readings/series?every="+every, "")
		if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil || fmt.Sprint(got.EveryS, " ", got.Value, " ", got.Basis) != want {
			t.Errorf("%s: %+v, want %s, %v", every, got, want, err)
		}
	}
}

// What is too much is refused, and not begun with.
func TestHoursAreBounded(t *testing.T) {
	c := build(t, fixed, func(o *Options) {
		o.RolledUp = func([]reading.NodeID, time.Time) time.Time { return noon.Add(-time.Hour) }
	})
	if w := c.do("GET", "/api/v1/readings/series?quantity=pm1&every=1h&from=2020-01-01T00:00:00Z", ""); w.Code != 422 || len(c.influx.queries) != 0 {
		t.Errorf("%d, asks %q", w.Code, c.influx.queries)
	}
	one := 1.0
	rows := make([][]*float64, maxManyPoints/2+1)
	for i := range rows {
		ms := float64(i)
		rows[i] = []*float64{&ms, &one, &one}
	}
	c.influx.answer = []Series{{Columns: []string{"time", "sum", "count"}, Values: rows}, {Columns: []string{"time", "sum", "count"}, Values: rows}}
	if w := c.do("GET", "/api/v1/readings/series?quantity=pm1&every=1h", ""); w.Code != 422 {
		t.Errorf("too many windows of all: %d", w.Code)
	}
	c.influx.answer = nil
	if w := c.do("GET", "/api/v1/readings/series?quantity=pm1&every=1h", ""); w.Code != 200 || !strings.Contains(w.Body.String(), `"series":[]`) {
		t.Errorf("nothing: %d %s", w.Code, w.Body)
	}
}
