package edge

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
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
	queue    queue
	interval time.Duration
	first    func(interval time.Duration) time.Duration // how soon the first pack is closed
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
	bytes        uint64 // of all packs that became durable
	newest       uint64 // sequence number of the last pack, 0 for none

	turn heartbeat
}

// somewhere is a random time of at most interval.
func somewhere(interval time.Duration) time.Duration { return 1 + rand.N(interval) }

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

// run seals at every interval, and once more when ctx ends. The error says that
// the disk did not take the last readings. The first time comes anywhere within an
// interval: a district's nodes, which got their power back together, must not send
// together for ever after.
func (s *sealer) run(ctx context.Context) error {
	defer s.turn.end()
	tick := time.NewTicker(s.first(s.interval))
	defer tick.Stop()
	still := time.NewTicker(heartbeatInterval)
	defer still.Stop()
	for {
		s.turn.beat()
		select {
		case <-ctx.Done():
			return s.abandon(s.seal())
		case <-still.C:
			continue
		case <-tick.C:
			tick.Reset(s.interval)
		case <-s.full:
		}
		_ = s.seal() // what it could not put on disk, the next one tries again
	}
}

// abandon counts what the disk did not take, for that reason, as lost: the process
// ends.
func (s *sealer) abandon(why error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := len(s.open)
	if n == 0 {
		return nil
	}
	s.log.Error("readings are lost: the disk did not take them", "readings", n)
	s.lost += uint64(n)
	s.open = nil
	return fmt.Errorf("%d readings are lost, the disk did not take them: %w", n, why)
}

// seal puts what is open on disk. On a disk that refuses, the readings stay open
// and the next call tries again.
func (s *sealer) seal() error {
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
			return err
		}
		open = open[n:]
		s.mu.Lock()
		s.newest = seq
		s.mu.Unlock()
		signal(s.sealed)
	}
	return nil
}

// append puts one pack into the queue.
func (s *sealer) append(rs []reading.Reading) (seq uint64, err error) {
	sealed := s.clock.Boot().Milliseconds()
	b, err := newRecord(s.clock.BootID(), sealed, s.site, s.sim, rs).encode()
	if err != nil {
		return 0, err
	}
	if err := s.time.beforeSeal(s.queue.Next(), oldest(rs), sealed); err != nil {
		return 0, err
	}
	n := uint64(len(rs))
	return s.queue.Append(b, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.queued += n
		s.bytes += uint64(len(b))
	})
}

// oldest is the boot time of the oldest of the readings.
func oldest(rs []reading.Reading) int64 {
	at := rs[0].TimeMS
	for _, r := range rs {
		at = min(at, r.TimeMS)
	}
	return at
}

// sealerState is a copy of what others may know of the sealer.
type sealerState struct {
	queued, lost, newest, bytes uint64
}

func (s *sealer) state() sealerState {
	s.mu.Lock()
	defer s.mu.Unlock()
	return sealerState{s.queued, s.lost, s.newest, s.bytes}
}

func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}
