package minute

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/siaga-id/siaga/gateway/registry"
	"github.com/siaga-id/siaga/ingest/influx"
	"github.com/siaga-id/siaga/internal/reading"
)

func counter() *prometheus.CounterVec {
	return prometheus.NewCounterVec(prometheus.CounterOpts{Name: "minutes"}, []string{"result"})
}

// store notes when it was written to, since begin.
type store struct {
	begin time.Time
	at    []time.Duration
	lines int
	wrong error
}

func (s *store) Write(_ context.Context, lines []byte) error {
	s.at = append(s.at, time.Since(s.begin))
	s.lines += strings.Count(string(lines), "\n")
	return s.wrong
}

func loop(write func(context.Context, time.Time) error) *Loop {
	return &Loop{
		Write: write, Lag: 10 * time.Second, Limit: 40 * time.Second, What: "it",
		Minutes: counter(), Seconds: prometheus.NewHistogram(prometheus.HistogramOpts{Name: "x"}), Log: slog.New(slog.DiscardHandler),
	}
}

func TestLoop(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		begin := time.Now()
		var tries []string
		l := loop(func(ctx context.Context, minute time.Time) error {
			tries = append(tries, fmt.Sprintf("%v at %v", minute.Sub(begin), time.Since(begin)))
			if time.Since(begin) > 100*time.Second {
				return &influx.RetryableError{Status: 503, RetryAfter: 12 * time.Second}
			}
			return nil
		})
		then := 0
		l.Then = func(context.Context) { then++; time.Sleep(70 * time.Second) }
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan bool)
		go func() { l.Run(ctx); close(done) }()
		// Minute 2 is over before what comes after minute 1 is done.
		time.Sleep(165 * time.Second)
		cancel()
		<-done
		want := []string{"1m0s at 1m10s", "2m0s at 2m20s", "2m0s at 2m32s", "2m0s at 2m44s"}
		if !slices.Equal(tries, want) || then != 1 {
			t.Errorf("tried %q, then %d; want %q", tries, then, want)
		}
	})
}

// Chunks are written with rests between them, longer ones while readings wait, and
// all of them in time for their minute.
func TestPass(t *testing.T) {
	line := []byte(strings.Repeat("x", 1023) + "\n")
	for _, tc := range []struct {
		name        string
		kilobytes   int
		busy        func(at time.Duration) bool
		chunks      int
		least, most time.Duration // of the last
	}{
		{"nothing", 0, nil, 0, 0, 0},
		{"little", 10, nil, 1, 0, 0},
		{"much", 1280, nil, 10, 9 * rest, 9 * rest},
		{"nobody waits", 1280, func(time.Duration) bool { return false }, 10, 9 * rest, 9 * rest},
		{"readings wait for a moment", 1280, func(at time.Duration) bool { return at < 2*time.Second }, 10, 2 * time.Second, 4 * time.Second},
		{"readings wait all the time", 1280, func(time.Duration) bool { return true }, 10, 9 * longest, 9 * longest},
		{"more than fits", 12800, func(time.Duration) bool { return true }, 100, rests, rests},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &store{begin: time.Now()}
				w := &Writer{Store: s, What: "it", Minutes: counter(), Log: slog.New(slog.DiscardHandler)}
				if tc.busy != nil {
					w.Busy = func() bool { return tc.busy(time.Since(s.begin)) }
				}
				p := w.Pass()
				for range tc.kilobytes {
					if err := p.Add(t.Context(), append(p.Lines(), line...)); err != nil {
						t.Fatal(err)
					}
				}
				if err := p.Flush(t.Context()); err != nil {
					t.Fatal(err)
				}
				if s.lines != tc.kilobytes || len(s.at) != tc.chunks {
					t.Fatalf("%d lines in %d writes, want %d in %d", s.lines, len(s.at), tc.kilobytes, tc.chunks)
				}
				if n := len(s.at); n > 0 && (s.at[n-1] < tc.least || s.at[n-1] > tc.most) {
					t.Errorf("the last after %v, want %v to %v", s.at[n-1], tc.least, tc.most)
				}
			})
		})
	}
}

func TestPassEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		w := &Writer{Store: &store{}, Busy: func() bool { return true }, Log: slog.New(slog.DiscardHandler)}
		cancel()
		before := time.Now()
		w.Pass().Rest(ctx)
		if time.Since(before) > 0 {
			t.Errorf("rests %v", time.Since(before))
		}
	})
}

func TestPut(t *testing.T) {
	for _, tc := range []struct {
		err  error
		want bool // to be tried again
	}{
		{nil, false},
		{&influx.RejectedError{Status: 400}, false},
		{&influx.TooLargeError{}, false},
		{&influx.ExpiredError{}, false},
		{&influx.RetryableError{Status: 503}, true},
		{errors.New("away"), true},
	} {
		w := &Writer{Store: &store{wrong: tc.err}, What: "it", Minutes: counter(), Log: slog.New(slog.DiscardHandler)}
		if err := w.Put(t.Context(), []byte("x\n")); (err != nil) != tc.want {
			t.Errorf("%v: %v", tc.err, err)
		}
	}
}

// All who write the same minute get one look; who wants the present gets that.
func TestRegistry(t *testing.T) {
	opened, err := registry.Open(filepath.Join(t.TempDir(), "registry.db"), registry.Options{Kind: registry.Real})
	if err != nil {
		t.Fatal(err)
	}
	defer opened.Close()
	r := NewRegistry(opened)
	claim := func(id reading.NodeID) {
		t.Helper()
		if err := r.Claim(t.Context(), id, "35.05.12.1001"); err != nil {
			t.Fatal(err)
		}
	}
	nodes := func() int {
		t.Helper()
		all, err := r.Nodes(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return len(all)
	}
	claim("aa")
	if n := nodes(); n != 1 {
		t.Errorf("%d nodes", n)
	}
	claim("bb")
	r.at = time.Now() // whatever minute that was in
	if n := nodes(); n != 1 {
		t.Errorf("%d nodes: want the look of this minute", n)
	}
	if all, at, err := r.Present(t.Context()); err != nil || len(all) != 2 || at.IsZero() {
		t.Errorf("%d nodes of %v, %v: want those of the present", len(all), at, err)
	}
	if n := nodes(); n != 2 {
		t.Errorf("%d nodes", n)
	}
	claim("cc")
	r.at = r.at.Add(-time.Minute)
	if n := nodes(); n != 3 {
		t.Errorf("%d nodes: want another look in another minute", n)
	}
}
