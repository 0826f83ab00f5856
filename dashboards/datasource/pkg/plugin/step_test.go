package plugin

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/grafana/grafana-plugin-sdk-go/backend"
	"github.com/grafana/grafana-plugin-sdk-go/data"
	"github.com/grafana/grafana-plugin-sdk-go/experimental"
)

// A panel is given as many points as it can show, and says what they are.
func TestPointsFitThePanel(t *testing.T) {
	f := newFake(t)
	f.series2()
	s := f.source(t)
	for _, tc := range []struct {
		span          time.Duration
		points        int64
		interval      time.Duration
		values        string
		every, notice string
	}{
		{30 * time.Minute, 1000, time.Second, raw, "", ""}, // each reading: the sensor has one in 2 s
		{time.Hour, 1000, time.Second, raw, "5s", "rata-rata per 5 detik (means of 5 s)"},
		{time.Hour, 1000, time.Second, corrected, "5s", "rata-rata per 5 detik (means of 5 s)"},
		{time.Hour, 1, time.Second, raw, "60s", "rata-rata per 1 menit (means of 1 min)"}, // 100 at least
		{time.Hour, 1 << 40, time.Millisecond, raw, "", ""},
		{24 * time.Hour, 1 << 40, time.Millisecond, raw, "10s", "rata-rata per 10 detik (means of 10 s)"}, // 11,000 at most
		{24 * time.Hour, 1000, 7 * time.Minute, raw, "600s", "rata-rata per 10 menit (means of 10 min)"},
		{30 * 24 * time.Hour, 1000, time.Second, raw, "3600s", "rata-rata per 1 jam, dari rekap per jam, hanya bacaan yang baik (means of 1 h, from hourly roll-ups, of good readings only)"},
		{9000 * 24 * time.Hour, 1000, time.Second, raw, "86400s", "rata-rata per 24 jam (means of 24 h)"},
	} {
		q := hour(fmt.Sprintf(`{"queryType":"readings","quantity":"pm2_5","values":%q}`, tc.values))
		q.TimeRange.From, q.MaxDataPoints, q.Interval = noon.Add(-tc.span), tc.points, tc.interval
		f.told()
		got := ask1(t, s, q)
		if got.Error != nil {
			t.Fatal(got.Error)
		}
		var info []string
		for _, n := range got.Frames[0].Meta.Notices {
			if n.Severity == data.NoticeSeverityInfo {
				info = append(info, n.Text)
			}
		}
		if said := strings.Join(info, "; "); said != tc.notice {
			t.Errorf("%v in %d points says %q, want %q", tc.span, tc.points, said, tc.notice)
		}
		for _, asked := range f.told() {
			if u, err := url.Parse(strings.TrimPrefix(asked, "GET ")); err != nil || u.Path == "/api/v1/readings/series" && u.Query().Get("every") != tc.every {
				t.Errorf("%v in %d points asks %s, want every %q", tc.span, tc.points, asked, tc.every)
			}
		}
	}
	month := hour(`{"queryType":"readings","quantity":"pm2_5","values":"raw"}`)
	month.TimeRange.From = noon.Add(-30 * 24 * time.Hour)
	got := ask1(t, s, month)
	experimental.CheckGoldenJSONResponse(t, "testdata", "readings_rollups", &got, *update)
}

// Rain is summed up, and what goes on live is said to be single readings.
func TestSumsAreNamed(t *testing.T) {
	f := newFake(t)
	f.answer("/api/v1/readings/series", func(w http.ResponseWriter, r *http.Request) {
		of := ""
		if r.URL.Query().Get("quantity") == "rain" {
			of = fmt.Sprintf(`{"node":"sutojayan-01","sensor":"hujan-1","site":"35.05.12.1001","times_ms":[%d],"values":[1],"qualities":[1]}`, time.Now().UnixMilli())
		}
		fmt.Fprintf(w, `{"value":"sum","basis":"readings","series":[%s]}`, of)
	})
	q := hour(`{"queryType":"readings","quantity":"rain","live":true}`)
	q.TimeRange = backend.TimeRange{From: time.Now().Add(-6 * time.Hour), To: time.Now()}
	got := ask1(t, f.source(t), q)
	const want = "jumlah per 30 detik; yang langsung tiap bacaan (sums of 30 s; live ones are single readings)"
	if got.Error != nil || notices(got.Frames[0]) != want {
		t.Errorf("%v, %v, want %q", got.Error, notices(got.Frames[0]), want)
	}
}

// A district of many sensors gets longer means than the panel could show, and is told
// so, and no answer that the center refuses.
func TestManySeriesAreFewerPoints(t *testing.T) {
	v := new(inventory)
	var all []node
	for i := range 500 {
		all = append(all, node{ID: fmt.Sprintf("n-%d", i), Sensors: []nodeSensor{{ID: "pm-1", IntervalS: 2, Quantities: []string{"pm2_5"}}}})
	}
	v.keep(all)
	q, err := parseQuery([]byte(`{"queryType":"readings","quantity":"pm2_5"}`), "")
	if err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		span  time.Duration
		every time.Duration
		long  bool
	}{{15 * time.Minute, 0, false}, {50 * time.Minute, 5 * time.Second, true}, {6 * time.Hour, 30 * time.Second, true}} {
		asked := backend.DataQuery{MaxDataPoints: 4000, Interval: time.Second, TimeRange: backend.TimeRange{From: noon.Add(-tc.span), To: noon}}
		every, coarse := v.step(q, asked)
		if every != tc.every || coarse != tc.long {
			t.Errorf("%v: means of %v, too long %v; want %v, %v", tc.span, every, coarse, tc.every, tc.long)
		}
		if n := rows(v.intervals(q), tc.span, every); n > mostRows {
			t.Errorf("%v: %d points", tc.span, n)
		}
	}
}
