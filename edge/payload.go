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
)

// payload returns the bytes of a queued pack, the same at every call.
func (s *sender) payload(seq uint64) ([]byte, error) {
	rec, err := s.read(seq)
	if err != nil {
		return nil, err
	}
	if err := s.makeTimed(rec, seq); err != nil {
		return nil, err
	}
	f, ok := s.time.fix(rec.Boot, seq)
	if !ok {
		return nil, errNotTimed
	}
	p := rec.pack(s.node, s.id.Epoch, seq, f.UnixMS, f.Clock, f.ErrS)
	b, err := p.AppendCBOR(nil)
	if err != nil {
		return nil, s.giveUp(seq, err)
	}
	return b, nil
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
	if err != nil {
		return record{}, s.giveUp(seq, err)
	}
	return rec, nil
}

// makeTimed sees to a fix for the pack where one can be known: from the clock
// for this boot; for a boot that ended before anybody told it the time, the
// bounds.
func (s *sender) makeTimed(rec record, seq uint64) error {
	if _, ok := s.time.fix(rec.Boot, seq); ok {
		return nil
	}
	if rec.Boot == s.clock.BootID() {
		return s.time.timeBoot()
	}
	if _, best := s.time.now(); best.State == wire.Unknown {
		return nil // before all that is queued is read in vain, again and again
	}
	last := rec.SealedMS
	for next := seq + 1; next < s.queue.Next(); next++ {
		r, err := s.read(next)
		if errors.Is(err, errGone) || errors.Is(err, errUnreadable) {
			continue
		}
		if err != nil {
			return err
		}
		if r.Boot != rec.Boot {
			break
		}
		last = r.SealedMS
	}
	return s.time.bound(rec.Boot, last)
}

// preview sends a pack whose time nobody knows yet, marked, for the wall alone:
// its times are ages at the moment of sending.
func (s *sender) preview(seq uint64) {
	if seq == s.previewed {
		return
	}
	rec, err := s.read(seq)
	if err != nil {
		return
	}
	p := rec.pack(s.node, s.id.Epoch, seq, -s.clock.Boot().Milliseconds(), wire.Unknown, 0)
	p.SealedMS = 0
	b, err := p.AppendCBOR(nil)
	if err != nil {
		s.log.Error("preview not sent", "seq", seq, "err", err)
		return
	}
	s.conn.PublishAsync(mqtt.Message{Topic: wire.Topic(s.node, wire.Live), Payload: b})
	s.previewed = seq
}
