package ingest

import (
	"context"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// slowStore writes when it is told to.
type slowStore struct {
	next    Store
	asked   chan []byte
	release chan struct{}
}

func (s *slowStore) Write(ctx context.Context, lines []byte) error {
	s.asked <- slices.Clone(lines)
	select {
	case <-s.release:
	case <-ctx.Done():
		return ctx.Err()
	}
	return s.next.Write(ctx, lines)
}

// Several batches are under way at a time, no more than those, and each is taken note
// of in its turn.
func TestBatchesFlyTogether(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		r.conf.BatchLines = 1
		slow := &slowStore{next: r.store, asked: make(chan []byte, 100), release: make(chan struct{})}
		r.deps.Store = slow
		r.start(t)
		const packs = 2 * flying
		for seq := uint64(1); seq <= packs; seq++ {
			r.send(t, "n1", encode(t, pack(seq)))
		}
		time.Sleep(time.Minute)
		synctest.Wait()
		if n := len(slow.asked); n != flying {
			t.Fatalf("%d batches are under way, want %d", n, flying)
		}
		for seen := range uint64(packs) {
			slow.release <- struct{}{}
			time.Sleep(time.Minute)
			synctest.Wait()
			if told := r.registry.ranges(); seen == packs-1 && (len(told) == 0 || told[len(told)-1].To != packs) {
				t.Errorf("told of %+v, want all %d packs", told, packs)
			}
		}
		next := uint64(1)
		for _, s := range r.registry.ranges() {
			if s.From != next {
				t.Fatalf("told of %+v: not in order", r.registry.ranges())
			}
			next = s.To + 1
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
