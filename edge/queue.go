package edge

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/siaga-id/siaga/internal/spool"
)

// queue is what the agent needs of its queue: durable, in which a pack is on the
// disk when Append returns, or spill, in which it may be only in memory for a
// while.
type queue interface {
	// Append puts a pack at the end of the queue. It calls kept once the pack is on
	// the disk or acknowledged, which may be before it returns; kept must not call
	// the queue.
	Append(record []byte, kept func()) (seq uint64, err error)
	Read(seq uint64, buf []byte) ([]byte, error)
	Ack(ranges ...spool.Range) error
	Waiting() []spool.Range
	Next() uint64
	Lost() []*spool.DamageError
	Stats() spool.Stats
	Room() (int64, error)
	Close() error
}

var (
	_ queue = durable{}
	_ queue = (*spill)(nil)
)

// appendMakingRoom appends to a spool. On a full disk the oldest packs go, and
// are reported: the newest readings are worth more to the wall.
func appendMakingRoom(to *spool.Spool, log *slog.Logger, records ...[]byte) (uint64, error) {
	for {
		seq, err := to.Append(records...)
		if err == nil {
			return seq, nil
		}
		if !errors.Is(err, spool.ErrFull) {
			return 0, fmt.Errorf("queue pack: %w", err)
		}
		gone, derr := to.DropOldest()
		if derr != nil { // also where nothing is left to drop: others fill the disk
			return 0, errors.Join(err, fmt.Errorf("make room in queue: %w", derr))
		}
		// The queue remembers what it gave up, for the node state to report.
		for _, r := range gone {
			log.Error("packs given up: the queue is full", "from", r.From, "to", r.To)
		}
	}
}

// durable is a spool that makes room.
type durable struct {
	*spool.Spool
	log *slog.Logger
}

// Append implements queue. The pack is on the disk when it returns.
func (d durable) Append(record []byte, kept func()) (uint64, error) {
	seq, err := appendMakingRoom(d.Spool, d.log, record)
	if err == nil {
		kept()
	}
	return seq, err
}

const (
	// spillAfter is how long a pack waits in memory for its acknowledgement.
	spillAfter = 5 * time.Second
	// maxHeld bounds what waits in memory; at that it goes to the disk at once.
	maxHeld = 64
)

// spill is a queue that spares the card: packs wait in memory for their
// acknowledgement, and go to the disk when it does not come. Its methods may be
// called concurrently.
type spill struct {
	disk *spool.Spool
	log  *slog.Logger
	// broken is told when the disk takes no pack any more until it is opened anew.
	broken func(error)

	mu   sync.Mutex
	next uint64 // sequence number of the next pack
	// held are the newest packs, whose sequence numbers end before next. Those
	// before them are on the disk or done with.
	held []heldPack
}

type heldPack struct {
	record []byte
	kept   func()
	at     time.Time
	done   bool // acknowledged, while an older one is not
}

func newSpill(disk *spool.Spool, log *slog.Logger) *spill {
	return &spill{disk: disk, log: log, next: disk.Next(), broken: func(error) {}}
}

// base is the sequence number of the first pack in memory. It wants mu.
func (s *spill) base() uint64 { return s.next - uint64(len(s.held)) }

// Append implements queue. It copies the record.
func (s *spill) Append(record []byte, kept func()) (seq uint64, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.held) >= maxHeld {
		if err := s.flush(); err != nil {
			return 0, err
		}
	}
	seq = s.next
	s.next++
	s.held = append(s.held, heldPack{record: slices.Clone(record), kept: kept, at: time.Now()})
	return seq, nil
}

// run moves to the disk what was not acknowledged in time, until ctx ends.
func (s *spill) run(ctx context.Context) {
	tick := time.NewTicker(spillAfter / 5)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		s.mu.Lock()
		var err error
		if len(s.held) > 0 && time.Since(s.held[0].at) >= spillAfter {
			err = s.flush()
		}
		s.mu.Unlock()
		var fatal *spool.FatalError
		if errors.As(err, &fatal) {
			s.broken(err)
		} else if err != nil {
			s.log.Error("packs stay in memory: the disk does not take them", "err", err)
		}
	}
}

// flush moves all that is held to the disk, in one write. Acknowledged packs in
// between go along: a gap would cost more. It wants mu.
func (s *spill) flush() error {
	if len(s.held) == 0 {
		return nil
	}
	if err := s.disk.Skip(s.base()); err != nil && !errors.Is(err, spool.ErrFull) {
		return err
	}
	records := make([][]byte, len(s.held))
	for i, h := range s.held {
		records[i] = h.record
	}
	first, err := appendMakingRoom(s.disk, s.log, records...)
	if err != nil {
		return err
	}
	held := s.held
	s.held = nil
	var done []spool.Range
	for i, h := range held {
		seq := first + uint64(i)
		if h.done {
			done = append(done, spool.Range{From: seq, To: seq})
		} else {
			h.kept()
		}
	}
	return s.disk.Ack(done...)
}

// Read implements queue.
func (s *spill) Read(seq uint64, buf []byte) ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if seq < s.base() {
		return s.disk.Read(seq, buf)
	}
	if seq >= s.next || s.held[seq-s.base()].done {
		return nil, fmt.Errorf("read pack %d: %w", seq, spool.ErrNoRecord)
	}
	return append(buf[:0], s.held[seq-s.base()].record...), nil
}

// Ack implements queue.
func (s *spill) Ack(ranges ...spool.Range) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	var onDisk []spool.Range
	for _, r := range ranges {
		if r.From == 0 || r.From > r.To || r.To >= s.next {
			return fmt.Errorf("acknowledge %d to %d: %w; the next pack will be %d", r.From, r.To, spool.ErrRange, s.next)
		}
		if last := min(r.To, s.disk.Next()-1); r.From <= last {
			onDisk = append(onDisk, spool.Range{From: r.From, To: last})
		}
		for seq := max(r.From, s.base()); seq <= r.To; seq++ {
			if h := &s.held[seq-s.base()]; !h.done {
				h.kept()
				*h = heldPack{at: h.at, done: true}
			}
		}
	}
	for len(s.held) > 0 && s.held[0].done {
		s.held = s.held[1:]
	}
	return s.disk.Ack(onDisk...)
}

// Waiting implements queue.
func (s *spill) Waiting() []spool.Range {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := s.disk.Waiting()
	for i, h := range s.held {
		seq := s.base() + uint64(i)
		switch n := len(all); {
		case h.done:
		case n > 0 && all[n-1].To+1 == seq:
			all[n-1].To = seq
		default:
			all = append(all, spool.Range{From: seq, To: seq})
		}
	}
	return all
}

// Next implements queue.
func (s *spill) Next() uint64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.next
}

// Lost implements queue.
func (s *spill) Lost() []*spool.DamageError { return s.disk.Lost() }

// Room implements queue.
func (s *spill) Room() (int64, error) { return s.disk.Room() }

// Stats implements queue. What is only in memory counts as Records and Bytes.
func (s *spill) Stats() spool.Stats {
	s.mu.Lock()
	defer s.mu.Unlock()
	st := s.disk.Stats()
	if st.Records == 0 {
		st.First = s.next
	}
	for i, h := range s.held {
		if h.done {
			continue
		}
		st.Records++
		st.Bytes += int64(len(h.record))
		st.First = min(st.First, s.base()+uint64(i))
	}
	st.Next = s.next
	return st
}

// Close moves what is held to the disk, and closes that.
func (s *spill) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	err := s.flush()
	if err == nil {
		err = s.disk.Skip(s.next) // so that no number is used again
	}
	return errors.Join(err, s.disk.Close())
}
