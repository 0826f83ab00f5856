package edge

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/siaga-id/siaga/internal/reading"
	"github.com/siaga-id/siaga/internal/spool"
)

const (
	// maxPackReadings closes a pack before its interval is over.
	maxPackReadings = 300
	// maxOpenReadings bounds what waits in memory while the disk refuses to take
	// packs; beyond it the newest readings are counted as lost.
	maxOpenReadings = 50_000
)

// sealer closes readings into packs and puts the packs on disk. A reading counts
// as queued once its pack is durable.
type sealer struct {
	clock    Clock
	time     *timekeeper
	queue    *spool.Spool
	interval time.Duration
	site     reading.SiteCode
	sim      bool
	log      *slog.Logger
	// full and sealed are signals: one that is already pending is enough.
	full, sealed chan struct{}
	// broken is told when the queue takes no pack any more until it is opened anew.
	broken func(error)

	mu   sync.Mutex
	open []reading.Reading
	// queued counts readings that became durable, lost those that never did.
	queued, lost uint64
	newest       uint64 // sequence number of the last pack, 0 for none
}

// add takes readings stamped with boot time. It never blocks.
func (s *sealer) add(rs []reading.Reading) {
	s.mu.Lock()
	defer s.mu.Unlock()
	// More than that are open where a seal that failed put its readings back.
	room := max(maxOpenReadings-len(s.open), 0)
	if room < len(rs) {
		s.lost += uint64(len(rs) - room)
		rs = rs[:room]
	}
	s.open = append(s.open, rs...)
	if len(s.open) >= maxPackReadings {
		signal(s.full)
	}
}

// run seals at every interval, and once more when ctx ends.
func (s *sealer) run(ctx context.Context) {
	tick := time.NewTicker(s.interval)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			s.seal()
			s.abandon()
			return
		case <-tick.C:
		case <-s.full:
		}
		s.seal()
	}
}

// abandon counts what the disk did not take as lost: the process ends.
func (s *sealer) abandon() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.open) == 0 {
		return
	}
	s.log.Error("readings are lost: the disk did not take them", "readings", len(s.open))
	s.lost += uint64(len(s.open))
	s.open = nil
}

// seal puts what is open on disk. On a disk that refuses, the readings stay open
// and the next call tries again.
func (s *sealer) seal() {
	s.mu.Lock()
	open := s.open
	s.open = nil
	s.mu.Unlock()
	for len(open) > 0 {
		n := min(len(open), maxPackReadings)
		seq, err := s.append(open[:n])
		if err != nil {
			s.log.Error("pack not queued, readings are kept in memory", "readings", len(open), "err", err)
			s.mu.Lock()
			s.open = append(open, s.open...)
			s.mu.Unlock()
			var fatal *spool.FatalError
			if errors.As(err, &fatal) {
				s.broken(err)
			}
			return
		}
		open = open[n:]
		s.mu.Lock()
		s.queued += uint64(n)
		s.newest = seq
		s.mu.Unlock()
		signal(s.sealed)
	}
}

// append makes one pack durable. On a full disk the oldest packs go, and are
// reported: the newest readings are worth more to the wall.
func (s *sealer) append(rs []reading.Reading) (uint64, error) {
	b, err := newRecord(s.clock.BootID(), s.clock.Boot().Milliseconds(), s.site, s.sim, rs).encode()
	if err != nil {
		return 0, err
	}
	if err := s.time.beforeSeal(s.queue.Next()); err != nil {
		return 0, err
	}
	for {
		seq, err := s.queue.Append(b)
		if err == nil {
			return seq, nil
		}
		if !errors.Is(err, spool.ErrFull) {
			return 0, fmt.Errorf("queue pack: %w", err)
		}
		gone, derr := s.queue.DropOldest()
		if derr != nil { // also where nothing is left to drop: others fill the disk
			return 0, errors.Join(err, fmt.Errorf("make room in queue: %w", derr))
		}
		// The queue remembers what it gave up, for the node state to report.
		for _, r := range gone {
			s.log.Error("packs given up: the queue is full", "from", r.From, "to", r.To)
		}
	}
}

// sealerState is a copy of what others may know of the sealer.
type sealerState struct {
	queued, lost, newest uint64
}

func (s *sealer) state() sealerState {
	s.mu.Lock()
	defer s.mu.Unlock()
	return sealerState{s.queued, s.lost, s.newest}
}

func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}
