package plugin

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/grafana/grafana-plugin-sdk-go/backend"
	"github.com/grafana/grafana-plugin-sdk-go/genproto/pluginv2"

	"github.com/siaga-id/siaga/internal/reading"
)

var pm = seriesKey{"sutojayan-01", "pm-1", reading.PM2_5}

func told(at time.Time, value float64) latestReading {
	return latestReading{Node: pm.node, Sensor: pm.sensor, Quantity: pm.quantity.String(), Value: value, Time: at, Quality: "good", Clock: "sync"}
}

// A panel's channel goes on behind what it was seeded with, through two restarts of the
// center, with every row once and in order, although the event stream passes over four
// of five readings and all of while it is cut.
func TestLiveThroughRestarts(t *testing.T) {
	f, sc, st := newFake(t), newScript(), newStore(time.Second)
	f.answer("/api/v1/live", sc.ServeHTTP)
	f.answer("/api/v1/readings/series", st.ServeHTTP)
	start := time.Now().Add(-10 * time.Minute).Truncate(time.Second)
	at := func(i int) time.Time { return start.Add(time.Duration(i) * time.Second) }
	const total = 500
	put := func(i int) { st.put(pm, point{at(i).UnixMilli(), float64(i), reading.Good}) }
	for i := range 100 {
		put(i)
	}
	var s *Source
	p, streams := serve(t, func() *Source { s = f.source(t); return s })
	settings := configured(f.URL)
	pc := backend.PluginContext{OrgID: 1, PluginID: ID, DataSourceInstanceSettings: &settings, User: &backend.User{Role: "Viewer"}}
	q := hour(`{"queryType":"readings","quantity":"pm2_5","live":true}`)
	q.TimeRange = backend.TimeRange{From: start.Add(-time.Second), To: time.Now()}
	resp, err := p.Client.QueryData(t.Context(), &backend.QueryDataRequest{PluginContext: pc, Queries: []backend.DataQuery{q}})
	if err != nil || resp.Responses["A"].Error != nil {
		t.Fatal(err, resp)
	}
	seed := resp.Responses["A"].Frames[0]
	path, ours := strings.CutPrefix(seed.Meta.Channel, "ds/siaga/")
	if !ours || seed.Rows() != 100 {
		t.Fatalf("channel %q, %d rows", seed.Meta.Channel, seed.Rows())
	}
	sub, err := streams.SubscribeStream(t.Context(), &pluginv2.SubscribeStreamRequest{PluginContext: backend.ToProto().PluginContext(pc), Path: path})
	if err != nil || sub.Status != pluginv2.SubscribeStreamResponse_OK || !strings.Contains(string(sub.Data), `"schema"`) {
		t.Fatal(sub, err)
	}
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	rows := follow(ctx, streams, pc, path, seed)

	waitFor(t, "a connection", func() bool { open, _, _ := sc.count(); return open == 1 })
	for i := 100; i < total; i++ {
		switch i {
		case 200, 350:
			waitFor(t, "a connection to cut", func() bool { open, _, _ := sc.count(); return open == 1 })
			sc.restart(true)
		case 250, 400:
			sc.restart(false)
		}
		if i%5 == 4 { // the hub tells of it before it is stored
			sc.tell(told(at(i), float64(i)))
		}
		put(i)
		time.Sleep(time.Millisecond)
	}
	limit := time.After(patience)
	for n := 0; n < total; {
		select {
		case got := <-rows:
			if got.err != nil {
				t.Fatal(got.err)
			}
			n = got.rows
		case <-limit:
			t.Fatalf("%d rows", n)
		}
	}
	stop()
	for range rows { // until it has ended
	}
	if seed.Rows() != total {
		t.Errorf("%d rows", seed.Rows())
	}
	for i := range total {
		when, value := seed.Fields[0].At(i).(time.Time), seed.Fields[1].At(i).(*float64) //nolint:forcetypeassert // the test sees
		if !when.Equal(at(i)) || value == nil || *value != float64(i) {
			t.Fatalf("row %d is of %v", i, when.Sub(start))
		}
	}
	if _, opened, most := sc.count(); opened != 3 || most != 1 {
		t.Errorf("%d connections, %d at once", opened, most)
	}
	waitFor(t, "the stream's end", func() bool { open, _, _ := sc.count(); return open == 0 })
}

func waitFor(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for limit := time.Now().Add(patience); !ok(); time.Sleep(time.Millisecond) {
		if time.Now().After(limit) {
			t.Fatal("no ", what)
		}
	}
}

// Who takes rows too slowly loses the oldest, counted, and holds nobody up; all channels
// share one connection.
func TestSlowGrafanaLosesTheOldest(t *testing.T) {
	f, sc := newFake(t), newScript()
	f.answer("/api/v1/live", sc.ServeHTTP)
	p := quick
	p.queue = 8
	s := newSource(configured(f.URL), p)
	defer s.Dispose()
	s.feed.seed(series{seriesKey: pm, interval: time.Second}, 0)
	before := counted(t, "siaga_datasource_live_dropped_total")
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	slow, fast := &sink{let: make(chan struct{}), got: make(chan json.RawMessage, 1000)}, &sink{let: make(chan struct{}), got: make(chan json.RawMessage, 1000)}
	close(fast.let)
	ended := make(chan error, 2)
	for _, k := range []*sink{slow, fast} {
		go func() { ended <- s.run(ctx, pm.path(), k) }()
	}
	waitFor(t, "two channels: what is told before is not theirs", func() bool {
		s.feed.mu.Lock()
		defer s.feed.mu.Unlock()
		return len(s.feed.channels[pm]) == 2
	})
	waitFor(t, "a connection", func() bool { open, _, _ := sc.count(); return open == 1 })
	last := func(b []byte) string { return string(b[max(0, len(b)-40):]) }
	for i := range 100 {
		sc.tell(told(noon.Add(time.Duration(i)*time.Second), float64(i)))
		waitFor(t, fmt.Sprint("row ", i), func() bool {
			select {
			case b := <-fast.got:
				return strings.Contains(last(b), fmt.Sprintf("%d]]", i))
			default:
				return false
			}
		})
	}
	if got := counted(t, "siaga_datasource_live_dropped_total") - before; got < 80 || got > 92 {
		t.Errorf("%v rows were dropped", got)
	}
	close(slow.let)
	var rows string
	waitFor(t, "the newest row", func() bool {
		select {
		case b := <-slow.got:
			rows = string(b)
		default:
		}
		return strings.HasSuffix(rows, "92,93,94,95,96,97,98,99]]}}") || strings.HasSuffix(rows, "99]]}")
	})
	stop()
	for range 2 {
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}
	if _, opened, most := sc.count(); opened != 1 || most != 1 {
		t.Errorf("%d connections, %d at once", opened, most)
	}
}

// A stream ends well only when Grafana ends it; all else is an error, on which Grafana
// begins it anew.
func TestStreamsEndWithAnError(t *testing.T) {
	f, sc := newFake(t), newScript()
	f.answer("/api/v1/live", sc.ServeHTTP)
	open := func() *sink {
		k := &sink{let: make(chan struct{}), got: make(chan json.RawMessage, 1000)}
		close(k.let)
		return k
	}
	s := f.source(t)
	for _, path := range []string{"readings/pm2_5/../x", "readings/pm2_5/tidak-ada/pm-1"} {
		if err := s.run(t.Context(), path, open()); err == nil {
			t.Errorf("%s runs", path)
		}
		sub, err := s.SubscribeStream(t.Context(), &backend.SubscribeStreamRequest{Path: path})
		if err != nil || sub.Status != backend.SubscribeStreamStatusNotFound {
			t.Errorf("%s: %+v, %v", path, sub, err)
		}
	}
	pub, err := s.PublishStream(t.Context(), &backend.PublishStreamRequest{Path: pm.path(), Data: []byte("{}")})
	if err != nil || pub.Status != backend.PublishStreamStatusPermissionDenied {
		t.Errorf("%+v, %v", pub, err)
	}
	gone := open()
	gone.fail = errors.New("gone")
	if err := s.run(t.Context(), pm.path(), gone); !errors.Is(err, gone.fail) {
		t.Error(err)
	}
	ended := make(chan error, 1)
	k := open()
	go func() { ended <- s.run(context.Background(), pm.path(), k) }()
	<-k.got
	s.Dispose()
	if err := <-ended; !errors.Is(err, errClosed) {
		t.Error(err)
	}
	if err := s.run(t.Context(), pm.path(), open()); !errors.Is(err, errClosed) {
		t.Error(err)
	}
}

// What the center refuses or garbles is asked for again, with pauses.
func TestLiveComesBack(t *testing.T) {
	f, sc := newFake(t), newScript()
	var mu sync.Mutex
	turn := 0
	f.answer("/api/v1/live", func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		turn++
		n := turn
		mu.Unlock()
		switch n {
		case 1:
			http.Error(w, "no", http.StatusUnauthorized)
		case 2:
			fmt.Fprint(w, "event: latest\ndata: {\"readings\":[{\n\n")
		case 3:
			fmt.Fprint(w, "<html>nginx</html>")
		case 4: // silent
			w.(http.Flusher).Flush()
			<-r.Context().Done()
		default:
			sc.ServeHTTP(w, r)
		}
	})
	p := quick
	p.silence = 50 * time.Millisecond
	s := newSource(configured(f.URL), p)
	defer s.Dispose()
	sc.tell(told(noon, 1))
	k := &sink{let: make(chan struct{}), got: make(chan json.RawMessage, 1000)}
	close(k.let)
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- s.run(ctx, pm.path(), k) }()
	waitFor(t, "a row", func() bool {
		select {
		case b := <-k.got:
			return strings.Contains(string(b), fmt.Sprint(noon.UnixMilli()))
		default:
			return false
		}
	})
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}
