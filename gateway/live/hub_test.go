package live

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"github.com/siaga-id/siaga/internal/reading"
	"github.com/siaga-id/siaga/internal/wire"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// The noon before a synctest bubble's clock begins.
var noon = time.Date(1999, 12, 31, 12, 0, 0, 0, time.UTC)

func at(d time.Duration) int64 { return noon.Add(d).UnixMilli() }

// pack returns a pack of pm-1's PM2.5 with values that are their times in
// seconds after noon.
func pack(node reading.NodeID, clock wire.Clock, seconds ...int) *wire.Pack {
	p := &wire.Pack{Node: node, Clock: clock}
	for _, s := range seconds {
		p.Readings = append(p.Readings, reading.Reading{
			Sensor: "pm-1", Quantity: reading.PM2_5, Value: float64(s), TimeMS: at(time.Duration(s) * time.Second), Quality: reading.NotEvaluated,
		})
	}
	return p
}

func online(interval time.Duration) *wire.NodeState {
	return &wire.NodeState{Online: true, Clock: wire.Synced, Sensors: []wire.SensorState{{ID: "pm-1", IntervalMS: interval.Milliseconds()}}}
}

func TestLatestIsByReadingTime(t *testing.T) {
	for _, tc := range []struct {
		name  string
		packs []*wire.Pack
		want  float64
		clock wire.Clock
	}{
		{"in order", []*wire.Pack{pack("aa", wire.Synced, 1, 2), pack("aa", wire.Synced, 3)}, 3, wire.Synced},
		{"backlog after live", []*wire.Pack{pack("aa", wire.Synced, 50), pack("aa", wire.Estimated, 1, 2, 3)}, 50, wire.Synced},
		{"out of order within a pack", []*wire.Pack{pack("aa", wire.Synced, 5, 9, 7)}, 9, wire.Synced},
		{"never timed", []*wire.Pack{pack("aa", wire.Synced, 5), pack("aa", wire.Untimed, 9)}, 5, wire.Synced},
		{"preview has the time of arrival", []*wire.Pack{pack("aa", wire.Synced, 5), pack("aa", wire.Unknown, -4, -2)}, -2, wire.Unknown},
		{"after a preview", []*wire.Pack{pack("aa", wire.Unknown, -2), pack("aa", wire.Synced, 61)}, 61, wire.Synced},
		{"from a wrong future", []*wire.Pack{pack("aa", wire.Synced, 100_000), pack("aa", wire.Synced, 5)}, 5, wire.Synced},
	} {
		t.Run(tc.name, func(t *testing.T) {
			h := New(Options{})
			for _, p := range tc.packs {
				h.Observe(p, noon.Add(time.Minute))
			}
			got := h.Latest("aa", reading.PM2_5)
			if len(got) != 1 || got[0].Value != tc.want || got[0].Clock != tc.clock {
				t.Fatalf("latest %+v, want %v by clock %q", got, tc.want, tc.clock)
			}
			if tc.clock == wire.Unknown && got[0].TimeMS != at(time.Minute) {
				t.Fatalf("a preview of %d, want its arrival", got[0].TimeMS)
			}
		})
	}
}

func TestEqualTimesLastWins(t *testing.T) {
	h := New(Options{})
	p := pack("aa", wire.Synced, 5)
	h.Observe(p, noon)
	p.Readings[0].Value, p.Readings[0].Quality = 77, reading.Suspect
	h.Observe(p, noon)
	if got := h.Latest("", 0); len(got) != 1 || got[0].Value != 77 || got[0].Quality != reading.Suspect {
		t.Fatalf("latest %+v", got)
	}
}

func TestLatestFilters(t *testing.T) {
	h := New(Options{})
	p := pack("bb", wire.Synced, 1)
	for _, q := range []reading.Quantity{reading.PM2_5.Corrected(), reading.PM10} {
		p.Readings = append(p.Readings, reading.Reading{Sensor: "pm-1", Quantity: q, TimeMS: 1})
	}
	p.Readings = append(p.Readings, reading.Reading{Sensor: "bme-1", Quantity: reading.Humidity, TimeMS: 1})
	p.Sim = true
	h.Observe(p, noon)
	h.Observe(pack("aa", wire.Synced, 1), noon)
	h.State("aa", online(2*time.Second), noon)
	var names []string
	for _, r := range h.Latest("", 0) {
		names = append(names, fmt.Sprint(r.Node, "/", r.Sensor, "/", r.Quantity, " ", r.Interval, " ", r.Sim))
	}
	if want := []string{"aa/pm-1/pm2_5 2s false", "bb/bme-1/humidity 0s true", "bb/pm-1/pm2_5 0s true", "bb/pm-1/pm2_5_cor 0s true", "bb/pm-1/pm10 0s true"}; !slices.Equal(names, want) {
		t.Fatalf("latest %q, want %q", names, want)
	}
	if n := len(h.Latest("bb", 0)); n != 4 {
		t.Errorf("%d readings of bb", n)
	}
	if n := len(h.Latest("", reading.PM2_5)); n != 2 {
		t.Errorf("%d readings of PM2.5", n)
	}
	if n := len(h.Latest("cc", 0)); n != 0 {
		t.Errorf("%d readings of nobody", n)
	}
}

func TestMemoryIsBounded(t *testing.T) {
	h := New(Options{MaxNodes: 2, MaxSeries: 3})
	for n := range 5 {
		p := &wire.Pack{Node: reading.NodeID(fmt.Sprint("node-", n)), Clock: wire.Synced}
		for s := range 5 {
			p.Readings = append(p.Readings, reading.Reading{Sensor: reading.SensorID(fmt.Sprint("pm-", s)), Quantity: reading.PM1, TimeMS: 1})
		}
		h.Observe(p, noon)
	}
	if got := len(h.Latest("", 0)); got != 6 {
		t.Errorf("%d series, want 6", got)
	}
	if st := h.Stats(); st.Nodes != 2 || st.Dropped != 2*2+3*5 {
		t.Errorf("stats %+v", st)
	}
	h.State("node-9", online(time.Second), noon)
	if h.Node("node-9").Online {
		t.Error("a node beyond the bound is online")
	}
}

// run starts the hub inside a synctest bubble, and stops it with the test.
func run(t *testing.T, h *Hub) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- h.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}

func next(t *testing.T, s *Subscription) *Batch {
	t.Helper()
	b, err := s.Next(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestSubscriber(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := New(Options{})
		run(t, h)
		s := h.Subscribe()
		defer s.Close()
		if next(t, s) != nil {
			t.Fatal("the first batch is no seed")
		}
		p := pack("aa", wire.Synced, 1, 2)
		h.Observe(p, time.Now())
		h.Observe(pack("aa", wire.Synced, 3), time.Now())
		h.State("aa", online(time.Second), time.Now())
		sent := time.Now()
		b := next(t, s)
		if late := time.Since(sent); late > 250*time.Millisecond {
			t.Errorf("told after %v", late)
		}
		if len(b.Readings) != 1 || b.Readings[0].Value != 3 || b.Readings[0].Interval != time.Second || !slices.Equal(b.Nodes, []reading.NodeID{"aa"}) {
			t.Fatalf("batch %+v", b)
		}
		h.Observe(pack("aa", wire.Synced, 2), time.Now()) // older: nothing to tell
		h.Observe(pack("bb", wire.Synced, 9), time.Now())
		if b := next(t, s); len(b.Readings) != 1 || b.Readings[0].Node != "bb" {
			t.Fatalf("batch %+v", b)
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		for {
			if _, err := s.Next(ctx); errors.Is(err, context.Canceled) {
				break
			}
		}
	})
}

func TestSlowSubscriberIsSeededAnew(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := New(Options{Queue: 3})
		run(t, h)
		slow, quick := h.Subscribe(), h.Subscribe()
		defer slow.Close()
		defer quick.Close()
		next(t, slow)
		next(t, quick)
		told := 0
		for i := range 10 {
			h.Observe(pack("aa", wire.Synced, i), time.Now())
			time.Sleep(time.Second)
			if b := next(t, quick); b != nil {
				told += len(b.Readings)
			}
		}
		if told != 10 {
			t.Errorf("the quick one was told %d of 10", told)
		}
		if st := h.Stats(); st.Subscribers != 2 || st.Reseeds != 1 {
			t.Errorf("stats %+v, want that the slow one fell behind", st)
		}
		if next(t, slow) != nil {
			t.Fatal("the slow one is not seeded anew")
		}
		if got := h.Latest("", 0); len(got) != 1 || got[0].Value != 9 {
			t.Fatalf("it finds %+v", got)
		}
		h.Observe(pack("aa", wire.Synced, 10), time.Now())
		if b := next(t, slow); b == nil || b.Readings[0].Value != 10 {
			t.Fatalf("after its seed it is told %+v", b)
		}
	})
}

func TestBatchIsEncodedOnce(t *testing.T) {
	b := &Batch{Readings: make([]Reading, 3)}
	calls := 0
	for range 3 {
		if got := b.Encoded(func(b *Batch) []byte { calls++; return []byte(fmt.Sprint(len(b.Readings))) }); string(got) != "3" {
			t.Fatalf("encoded %q", got)
		}
	}
	if calls != 1 {
		t.Fatalf("encoded %d times", calls)
	}
}

func TestNodesFallSilent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := New(Options{})
		run(t, h)
		start := time.Now()
		h.State("aa", online(time.Second), start)
		h.State("bb", online(time.Second), start)
		h.State("cc", online(time.Second), start.Add(-time.Hour)) // remembered from before a restart
		time.Sleep(2 * time.Minute)
		if st := h.Stats(); st.Online != 2 || st.Nodes != 3 {
			t.Fatalf("after 2 minutes %+v, want aa and bb online", st)
		}
		h.State("aa", online(time.Second), time.Now())
		h.State("bb", &wire.NodeState{}, time.Now()) // its Will
		if n := h.Node("bb"); n.Online || !n.LastSeen.Equal(start) {
			t.Fatalf("after its Will %+v", n)
		}
		h.State("aa", &wire.NodeState{}, start) // too late to be told
		time.Sleep(2 * time.Minute)
		if !h.Node("aa").Online {
			t.Fatal("aa is offline 2 minutes after its state")
		}
		s := h.Subscribe()
		defer s.Close()
		next(t, s)
		time.Sleep(2 * time.Minute)
		if h.Node("aa").Online {
			t.Fatal("aa is online 4 minutes after its state")
		}
		told := false
		for !told {
			told = slices.Contains(next(t, s).Nodes, "aa")
		}
	})
}

func TestSeed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tries := 0
		h := New(Options{Load: func(context.Context) ([]Reading, error) {
			if tries++; tries < 3 {
				return nil, errors.New("influx is not up yet")
			}
			old := Reading{Node: "aa", Sim: true, Reading: reading.Reading{Sensor: "pm-1", Quantity: reading.PM2_5, Value: 1, TimeMS: at(0)}}
			older := old
			older.Sensor, older.TimeMS = "pm-2", at(-time.Hour)
			return []Reading{old, older}, nil
		}})
		run(t, h)
		h.Observe(pack("aa", wire.Synced, 5), time.Now())
		time.Sleep(time.Minute)
		got := h.Latest("", 0)
		if tries != 3 || len(got) != 2 || got[0].Value != 5 || got[1].TimeMS != at(-time.Hour) || !got[1].Sim {
			t.Fatalf("after %d tries: %+v", tries, got)
		}
		if n := h.Stats().Newest; n.UnixMilli() != at(5*time.Second) {
			t.Fatalf("newest %v", n)
		}
	})
}

func TestReadingsPerSecond(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := New(Options{})
		run(t, h)
		p := pack("aa", wire.Synced, 1, 2, 3, 4, 5)
		for range 200 {
			h.Observe(p, time.Now())
			time.Sleep(100 * time.Millisecond)
		}
		if got := h.Stats().ReadingsPerSecond; got < 49 || got > 51 {
			t.Errorf("%v readings/s, want 50", got)
		}
		time.Sleep(11 * time.Second)
		if got := h.Stats().ReadingsPerSecond; got != 0 {
			t.Errorf("%v readings/s after silence", got)
		}
	})
}

// Many nodes at once, with subscribers and askers: for the race detector.
func TestConcurrentUse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := New(Options{Queue: 2})
		run(t, h)
		s := h.Subscribe()
		defer s.Close()
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		var wg sync.WaitGroup
		for i := range 4 {
			wg.Go(func() {
				p := pack(reading.NodeID(fmt.Sprint("node-", i)), wire.Synced, 1)
				for n := 0; ctx.Err() == nil; n++ {
					p.Readings[0].TimeMS++
					h.Observe(p, time.Now())
					h.State(p.Node, online(time.Second), time.Now())
					h.Latest("", 0)
					h.Stats()
					time.Sleep(time.Millisecond)
				}
			})
		}
		for range 20 {
			if b := next(t, s); b != nil {
				b.Encoded(func(b *Batch) []byte { return nil })
			}
		}
		cancel()
		wg.Wait()
	})
}
