package ingest

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/siaga-id/siaga/ingest/influx"
)

// slowStore writes when it is told to.
type slowStore struct {
	next  Store
	asked chan asked
}

type asked struct {
	lines string
	letGo chan struct{} // to be closed
}

func (s *slowStore) Write(ctx context.Context, lines []byte) error {
	a := asked{string(lines), make(chan struct{})}
	s.asked <- a
	select {
	case <-a.letGo:
	case <-ctx.Done():
		return ctx.Err()
	}
	return s.next.Write(ctx, lines)
}

// Several batches are under way at a time, no more than those, and each is taken note
// of in its turn, whichever is written first.
func TestBatchesFlyTogether(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		r.conf.BatchLines = 1
		slow := &slowStore{next: r.store, asked: make(chan asked, 100)}
		r.deps.Store = slow
		r.start(t)
		const rounds = 2
		for seq := uint64(1); seq <= rounds*flying; seq++ {
			r.send(t, "n1", encode(t, pack(seq)))
			time.Sleep(time.Second) // several decode, and what comes together has no order
		}
		for round := range rounds {
			time.Sleep(time.Minute)
			synctest.Wait()
			if n := len(slow.asked); n != flying {
				t.Fatalf("%d batches are under way, want %d", n, flying)
			}
			first := uint64(round*flying) + 1
			var held chan struct{}
			for range flying {
				if a := <-slow.asked; strings.Contains(a.lines, fmt.Sprintf(" pm1=%d,", first)) {
					held = a.letGo
				} else {
					close(a.letGo)
				}
			}
			// The others may have begun the next by then; the first is still out.
			time.Sleep(time.Minute)
			synctest.Wait()
			if told := r.registry.ranges(); len(told) > 0 && told[len(told)-1].To >= first {
				t.Errorf("told of %+v before the first of round %d", told, round)
			}
			close(held)
		}
		time.Sleep(time.Minute)
		synctest.Wait()
		inOrder(t, r.registry.ranges(), rounds*flying)
	})
}

// inOrder wants the registry to have been told of packs 1 to last, one after the other.
func inOrder(t *testing.T, told []StoredRange, last uint64) {
	t.Helper()
	next := uint64(1)
	for _, s := range told {
		if s.From != next {
			t.Fatalf("told of %+v: not in order", told)
		}
		next = s.To + 1
	}
	if next != last+1 {
		t.Errorf("told of %+v, want %d packs", told, last)
	}
}

// held is a log that stops whoever writes certain lines, until they are let go.
type held struct {
	slog.Handler
	lines map[string]chan struct{}
}

// The lines of notes that take their time: of points that have expired, and of those
// that InfluxDB refused.
const (
	expiredLine = "points are older than InfluxDB keeps them: they count as stored"
	refusedLine = "InfluxDB refused lines"
)

func (h *held) Enabled(context.Context, slog.Level) bool { return true }

func (h *held) Handle(_ context.Context, r slog.Record) error {
	if letGo := h.lines[r.Message]; letGo != nil {
		<-letGo
	}
	return nil
}

// While a note of one batch takes its time others go on to InfluxDB, and are then
// noted in their order; no more of them than are held in memory.
func TestNotesKeepNothingFromInfluxDB(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		r.conf.BatchLines = 1
		r.store.setFail(func(lines []byte) error {
			if strings.Contains(string(lines), " pm1=1,") {
				return &influx.ExpiredError{Points: strings.Count(string(lines), "\n")}
			}
			return nil
		})
		letGo := make(chan struct{})
		r.deps.Log = slog.New(&held{slog.DiscardHandler, map[string]chan struct{}{expiredLine: letGo}})
		delivered := 0
		r.deps.Delivered = func([]StoredRange) {
			r.mu.Lock()
			defer r.mu.Unlock()
			delivered++
		}
		r.start(t)
		const packs = aloft + 3
		for seq := uint64(1); seq <= packs; seq++ {
			r.send(t, "n1", encode(t, pack(seq)))
			time.Sleep(time.Second)
		}
		time.Sleep(time.Minute)
		synctest.Wait()
		r.mu.Lock()
		n := delivered
		r.mu.Unlock()
		if told := r.registry.ranges(); n != aloft || len(told) != 0 {
			t.Errorf("InfluxDB has %d batches, want %d; told of %+v", n, aloft, told)
		}
		close(letGo)
		time.Sleep(time.Minute)
		synctest.Wait()
		inOrder(t, r.registry.ranges(), packs)
		// One note of the first, one of all that were held, and the last three.
		if notes := r.stored.Next() - 1; notes > 2+packs-aloft {
			t.Errorf("%d notes of %d batches", notes, packs)
		}
	})
}

// What InfluxDB refused of a batch may have to wait for room: batches before it that
// are noted at the same time do not.
func TestACleanBatchDoesNotWaitForARefusedOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		r.conf.BatchLines = 1
		r.store.setFail(func(lines []byte) error {
			switch s := string(lines); {
			case strings.Contains(s, " pm1=1,"):
				return &influx.ExpiredError{Points: strings.Count(s, "\n")}
			case strings.Contains(s, " pm1=3,"):
				return &influx.RejectedError{Status: 400, Message: "field type conflict"}
			}
			return nil
		})
		expired, refused := make(chan struct{}), make(chan struct{})
		r.deps.Log = slog.New(&held{slog.DiscardHandler, map[string]chan struct{}{expiredLine: expired, refusedLine: refused}})
		r.start(t)
		for seq := uint64(1); seq <= 3; seq++ {
			r.send(t, "n1", encode(t, pack(seq)))
			time.Sleep(time.Second)
		}
		for i, want := range []uint64{0, 2, 3} {
			switch i {
			case 1:
				close(expired)
			case 2:
				close(refused)
			}
			time.Sleep(time.Minute)
			synctest.Wait()
			inOrder(t, r.registry.ranges(), want)
		}
	})
}

// A batch that InfluxDB does not take keeps what comes after it from being forgotten,
// and is itself still there after the next start.
func TestABatchThatWaitsIsKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		r.conf.BatchLines = 1
		r.store.setFail(func(lines []byte) error {
			if strings.Contains(string(lines), " pm1=1,") {
				return context.DeadlineExceeded
			}
			return nil
		})
		stop := r.run(t)
		for seq := uint64(1); seq <= 3; seq++ {
			r.send(t, "n1", encode(t, pack(seq)))
			time.Sleep(time.Second)
		}
		time.Sleep(time.Minute)
		synctest.Wait()
		if told := r.registry.ranges(); len(told) != 0 {
			t.Errorf("told of %+v before the first", told)
		}
		if err := stop(); err != nil {
			t.Fatal(err)
		}
		r.store.setFail(nil)
		r.start(t)
		time.Sleep(time.Minute)
		for seq := uint64(1); seq <= 3; seq++ {
			if !contains(r.store.content(), wantPoints(pack(seq))) {
				t.Errorf("pack %d is gone", seq)
			}
		}
	})
}
