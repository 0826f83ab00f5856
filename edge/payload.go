package edge

import (
	"errors"
	"fmt"

	"github.com/siaga-id/siaga/internal/mqtt"
	"github.com/siaga-id/siaga/internal/spool"
	"github.com/siaga-id/siaga/internal/wire"
)

var (
	// errNotTimed says that nobody has told the time yet: the pack waits.
	errNotTimed = errors.New("the clock is not known yet")
	// errGone says that the pack no longer waits: it was acknowledged or given up
	// since somebody looked.
	errGone = errors.New("the pack waits no more")
	// errUnreadable says that the pack can never be sent; it was given up.
	errUnreadable = errors.New("the queued pack is unreadable")
	// errNewer says that a newer program made the pack: there was a downgrade.
	errNewer = errors.New("a newer program made it")
)

// payload returns the bytes of a queued pack, the same at every call.
func (s *sender) payload(seq uint64) ([]byte, error) {
	rec, err := s.read(seq)
	if err != nil {
		return nil, err
	}
	f, ok := s.time.fix(rec.Boot, seq)
	if !ok {
		return nil, errNotTimed
	}
	p, err := rec.pack(s.node, s.id.Epoch, seq, f.UnixMS, f.Clock, f.ErrS)
	if err != nil {
		return nil, s.withhold(seq, err)
	}
	b, err := p.AppendCBOR(nil)
	if err != nil {
		return nil, s.giveUp(seq, err)
	}
	return b, nil
}

// withhold leaves a pack in the queue that only a newer program can send whole.
// It waits for one, and the node state lists it as waiting.
func (s *sender) withhold(seq uint64, cause error) error {
	s.withheld.add(seq)
	return fmt.Errorf("pack stays in the queue until a program that knows it runs: %w", cause)
}

func (s *sender) read(seq uint64) (record, error) {
	b, err := s.queue.Read(seq, nil)
	if errors.Is(err, spool.ErrNoRecord) {
		return record{}, errGone
	}
	var damage *spool.DamageError
	if errors.As(err, &damage) {
		s.unsaid() // the queue lists it as lost
		return record{}, fmt.Errorf("%w: %w", errUnreadable, err)
	}
	if err != nil {
		return record{}, err // which says nothing against the pack
	}
	rec, err := decodeRecord(b)
	if errors.Is(err, errNewer) {
		return record{}, s.withhold(seq, err)
	}
	if err != nil {
		return record{}, s.giveUp(seq, err)
	}
	return rec, nil
}

// preview sends a pack whose time nobody knows yet, marked, for the wall alone:
// its times are ages at the moment of sending, a grain more so that none is of the
// future.
func (s *sender) preview(seq uint64) {
	if seq == s.previewed {
		return
	}
	rec, err := s.read(seq)
	if err != nil {
		return
	}
	p, err := rec.pack(s.node, s.id.Epoch, seq, -s.clock.Boot().Milliseconds()-stampMS, wire.Unknown, 0)
	if err != nil {
		return // which sending it for storing will say
	}
	p.SealedMS = 0
	b, err := p.AppendCBOR(nil)
	if err != nil {
		s.log.Error("preview not sent", "seq", seq, "err", err)
		return
	}
	s.conn.PublishAsync(mqtt.Message{Topic: wire.Topic(s.node, wire.Live), Payload: b})
	s.previewed = seq
}
