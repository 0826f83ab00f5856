package plugin

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/grafana/grafana-plugin-sdk-go/backend"
	"github.com/grafana/grafana-plugin-sdk-go/backend/log"
	"github.com/grafana/grafana-plugin-sdk-go/data"
	"go.uber.org/goleak"

	"github.com/siaga-id/siaga/internal/reading"
)

func TestMain(m *testing.M) {
	// What the SDK says of each query would hide what a test says.
	log.DefaultLogger = log.NewWithLevel(log.Warn)
	backend.Logger = log.DefaultLogger
	goleak.VerifyTestMain(m,
		// The SDK's cache of instances has no end.
		goleak.IgnoreTopFunction("github.com/patrickmn/go-cache.(*janitor).Run"),
	)
}

// patience ends a wait that would never end; no test depends on it.
const patience = 2 * time.Minute

// quick is a pace for tests.
var quick = pace{
	send: 5 * time.Millisecond, fill: 5 * time.Millisecond, tries: 200, silence: 10 * time.Second,
	retry: time.Millisecond, retryMax: 10 * time.Millisecond, queue: 4096,
}

// noon is the present of what the fake center tells.
var noon = time.Date(2026, 3, 1, 5, 0, 0, 0, time.UTC)

// fake is a center that says what a test has it say.
type fake struct {
	*httptest.Server
	mu      sync.Mutex
	answers map[string]http.HandlerFunc // by path
	asked   []string
}

// newFake returns one that knows a village as the golden files of the API do.
func newFake(t testing.TB) *fake {
	t.Helper()
	f := &fake{answers: map[string]http.HandlerFunc{}}
	f.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		f.mu.Lock()
		f.asked = append(f.asked, r.Method+" "+r.URL.RequestURI())
		answer := f.answers[r.URL.Path]
		f.mu.Unlock()
		if answer == nil {
			http.NotFound(w, r)
			return
		}
		answer(w, r)
	}))
	t.Cleanup(f.Close)
	f.say("/readyz", `{"ready":true,"components":[{"name":"registry","ready":true,"words":"ready"}]}`)
	f.say("/api/v1/status", `{"time":"2026-03-01T05:00:00.000Z","version":"1.2.3","demo":true,"nodes_online":1,"nodes_total":2,"accepting":true,"newest":"2026-03-01T04:59:58.000Z"}`)
	f.say("/api/v1/nodes", nodesJSON)
	return f
}

func (f *fake) say(path, body string) {
	f.answer(path, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprint(w, body)
	})
}

func (f *fake) refuse(path string, status int, body string) {
	f.answer(path, func(w http.ResponseWriter, _ *http.Request) { http.Error(w, body, status) })
}

func (f *fake) answer(path string, h http.HandlerFunc) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.answers[path] = h
}

// told returns what was asked for since the last time.
func (f *fake) told() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	all := f.asked
	f.asked = nil
	return all
}

// configured are a data source's settings.
func configured(url string) backend.DataSourceInstanceSettings {
	kept, _ := json.Marshal(map[string]string{"url": url})
	return backend.DataSourceInstanceSettings{UID: "siaga", JSONData: kept, DecryptedSecureJSONData: map[string]string{"token": "siaga_test"}, Updated: noon}
}

// source returns a data source of the fake center.
func (f *fake) source(t testing.TB) *Source {
	t.Helper()
	s := newSource(configured(f.URL), quick)
	if s.wrong != nil {
		t.Fatal(s.wrong)
	}
	t.Cleanup(s.Dispose)
	return s
}

// hour is a query of the hour before noon.
func hour(text string) backend.DataQuery {
	return backend.DataQuery{
		RefID: "A", JSON: []byte(text), MaxDataPoints: 1000, Interval: time.Second,
		TimeRange: backend.TimeRange{From: noon.Add(-time.Hour), To: noon},
	}
}

func ask1(t testing.TB, s *Source, q backend.DataQuery) backend.DataResponse {
	t.Helper()
	resp, err := s.QueryData(context.Background(), &backend.QueryDataRequest{Queries: []backend.DataQuery{q}})
	if err != nil {
		t.Fatal(err)
	}
	return resp.Responses[q.RefID]
}

// notices are what a frame says of itself.
func notices(f *data.Frame) string {
	var all []string
	for _, n := range f.Meta.Notices {
		all = append(all, n.Text)
	}
	return strings.Join(all, "; ")
}

// store answers history of what was put into it, as a center does.
type store struct {
	mu     sync.Mutex
	series map[seriesKey][]point
	every  time.Duration
}

func newStore(every time.Duration) *store {
	return &store{series: map[seriesKey][]point{}, every: every}
}

func (st *store) put(k seriesKey, p point) {
	st.mu.Lock()
	defer st.mu.Unlock()
	st.series[k] = append(st.series[k], p)
}

// ServeHTTP answers GET /api/v1/readings/series.
func (st *store) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	v := r.URL.Query()
	from, err1 := time.Parse(time.RFC3339Nano, v.Get("from"))
	to, err2 := time.Parse(time.RFC3339Nano, v.Get("to"))
	q, ok := reading.Lookup(v.Get("quantity"))
	if err1 != nil || err2 != nil || !ok {
		http.Error(w, "bad query", http.StatusUnprocessableEntity)
		return
	}
	in := func(list, one string) bool { return list == "" || slices.Contains(strings.Split(list, ","), one) }
	st.mu.Lock()
	defer st.mu.Unlock()
	all := []columns{}
	for k, points := range st.series {
		if k.quantity != q || !in(v.Get("node"), k.node) || !in(v.Get("sensor"), k.sensor) {
			continue
		}
		c := columns{Node: k.node, Sensor: k.sensor, Site: "35.05.12.1001", District: "35.05.12", IntervalS: st.every.Seconds()}
		for _, p := range points {
			if p.ms >= from.UnixMilli() && p.ms <= to.UnixMilli() {
				c.TimesMS, c.Values, c.Qualities = append(c.TimesMS, p.ms), append(c.Values, p.value), append(c.Qualities, int(p.quality))
			}
		}
		all = append(all, c)
	}
	json.NewEncoder(w).Encode(map[string]any{"series": all}) //nolint:errcheck,errchkjson // the test sees
}

const nodesJSON = `{"time":"2026-03-01T05:00:00.000Z","nodes":[
 {"id":"jegu-01","site":{"code":"35.05.11.2002","name":"Jegu","district":"Sutojayan Kulon","district_code":"35.05.11","lat":null,"lon":null},"claimed":true,"simulated":false,"online":false,
  "last_seen":null,"clock":"","clock_error_s":0,"version":"","queue":{"packs":0,"bytes":0,"oldest":null},"completeness_pct":null,"open_gaps":0,"repair":{"until":"2026-03-02T00:00:00.000Z","reason":"aki"},"retired":null,"sensors":[]},
 {"id":"lama-01","site":{"code":"35.05.12.1001","name":"Sutojayan","district":"Sutojayan","district_code":"35.05.12","lat":-8.1856,"lon":112.2194},"claimed":true,"simulated":false,"online":false,
  "last_seen":"2025-03-01T05:00:00.000Z","clock":"sync","clock_error_s":0,"version":"1.0.0","queue":{"packs":0,"bytes":0,"oldest":null},"completeness_pct":null,"open_gaps":0,"repair":null,"retired":"2025-06-01T05:00:00.000Z","sensors":[{"id":"old-1","interval_s":1,"health":"ok","quantities":["so2"]}]},
 {"id":"sutojayan-01","site":{"code":"35.05.12.1001","name":"Sutojayan","district":"Sutojayan","district_code":"35.05.12","lat":-8.1856,"lon":112.2194},"claimed":true,"simulated":true,"online":true,
  "last_seen":"2026-03-01T04:59:59.000Z","clock":"sync","clock_error_s":0.01,"version":"1.2.3","queue":{"packs":2,"bytes":300,"oldest":"2026-03-01T03:00:00.000Z"},"completeness_pct":99.9,"open_gaps":1,"repair":null,"retired":null,
  "sensors":[{"id":"bme-1","driver":"bme280","interval_s":5,"health":"failing","error":"no answer","quantities":["temperature"]},{"id":"pm-1","driver":"pms5003","interval_s":2,"health":"ok","error":"","quantities":["pm1","pm2_5","pm2_5_cor"]}]}]}`
