package edge

import (
	"strings"
	"time"

	"github.com/siaga-id/siaga/internal/mqtt"
	"github.com/siaga-id/siaga/internal/spool"
	"github.com/siaga-id/siaga/internal/wire"
)

// receive takes one message from the center. What cannot be read is logged and
// left: the center says it again, or the pack is sent again.
func (s *sender) receive(m mqtt.Message) {
	if ingester, err := wire.ParseCenterTopic(m.Topic); err == nil {
		s.receiveCenter(ingester, m)
		return
	}
	if !strings.HasSuffix(m.Topic, "/"+string(wire.AckChannel)) {
		s.log.Warn("unexpected message", "topic", m.Topic)
		return
	}
	ack, err := wire.ParseAck(m.Payload)
	if err != nil {
		s.log.Warn("acknowledgement not understood", "err", err)
		return
	}
	s.heard()
	now := time.Now()
	var done []spool.Range
	var stored uint64 // the newest
	for _, r := range ack.Ranges {
		if s.proven(r) {
			done = append(done, spool.Range{From: r.From, To: r.To})
			stored = max(stored, r.To)
		}
	}
	for _, r := range ack.Refused {
		if seq, ok := s.air.refused(r, s.id.Epoch); ok {
			s.log.Warn("center refused a pack and keeps it in quarantine", "seq", seq, "reason", r.Reason)
			s.refusals.refused(seq, r.Reason, now)
			done = append(done, spool.Range{From: seq, To: seq})
		}
	}
	s.refusals.stored(stored)
	sent := s.air.arrived(done, now)
	if ack.ClockSynced && !sent.IsZero() {
		// It was written between the sending of what it names and now.
		half := now.Sub(sent) / 2
		s.time.heard(ack.TimeMS+half.Milliseconds(), half.Seconds())
	} else if ack.ClockSynced {
		s.time.heard(ack.TimeMS, unaskedErrS)
	}
	s.remove(done, now)
}

// proven reports whether the range names packs of this epoch that this process
// sent, with the very bytes that the center has. A range with other bytes means
// that somebody else counts under this node's name (a copied card): then
// nothing is removed, and everything goes again under a new epoch, at most once
// in a while: a center that is wrong must not keep the card busy.
func (s *sender) proven(r wire.AckRange) bool {
	if r.Epoch != s.id.Epoch {
		return false
	}
	check, known := s.air.verify(r.From, r.To)
	if !known {
		return false // sent by an earlier process: the resend will be acknowledged
	}
	if check == r.Check {
		return true
	}
	s.renewEpoch("an acknowledgement named packs that this node did not send")
	return false
}

// epochPause is the least time between two changes of epoch.
const epochPause = time.Minute

func (s *sender) renewEpoch(why string) {
	now := time.Now()
	if now.Sub(s.epochAt) < epochPause {
		return
	}
	s.epochAt = now
	id := s.id
	id.Carried, id.Epoch = id.carry(s.queue.Waiting(), s.boots), newEpoch()
	if err := id.store(s.dir); err != nil {
		s.log.Error("new epoch not taken", "why", why, "err", err)
		return
	}
	s.log.Warn("new epoch: everything queued is sent again", "why", why, "old", s.id.Epoch, "new", id.Epoch)
	s.id = id
	if err := s.losses.renew(); err != nil {
		s.log.Error("losses of the old epoch may be reported again after a restart", "err", err)
	}
	s.air.forget()
	s.lastLive = 0
	s.unsaid()
}

// remove takes acknowledged packs out of the queue.
func (s *sender) remove(done []spool.Range, now time.Time) {
	if len(done) == 0 {
		return
	}
	if err := s.queue.Ack(done...); err != nil {
		s.log.Error("acknowledgement not kept, the packs will be sent again", "err", err)
		return
	}
	s.ackAt = now
}

func (s *sender) receiveCenter(ingester string, m mqtt.Message) {
	if len(m.Payload) == 0 {
		s.centers.gone(ingester)
		return
	}
	st, err := wire.ParseCenterState(m.Payload)
	if err != nil {
		s.log.Warn("center state not understood", "ingester", ingester, "err", err)
		return
	}
	now := time.Now()
	if s.centers.heard(ingester, st, now) {
		s.air.hurry(now)
	}
	if st.Online && !m.Retain {
		s.heard()
	}
	// A retained state may have lain at the broker for any time: no clock to go by.
	if st.Online && st.ClockSynced && !m.Retain {
		s.time.heard(st.TimeMS, unaskedErrS)
	}
}

// centers is what the ingesters last said of themselves. Not for concurrent use.
type centers map[string]centerNote

type centerNote struct {
	accepting bool
	reason    string
	at        time.Time
}

const (
	// centerSilence is after how long an ingester's word no longer counts; it
	// speaks every 10 s.
	centerSilence = 35 * time.Second
	maxCenters    = 64
)

// heard takes an ingester's word, and reports whether it has begun to accept: what
// was sent to it in vain may go again.
func (c centers) heard(ingester string, st wire.CenterState, now time.Time) (begins bool) {
	if !st.Online {
		delete(c, ingester)
		return false
	}
	before, known := c[ingester]
	if len(c) >= maxCenters && !known {
		return false
	}
	c[ingester] = centerNote{accepting: st.Accepting, reason: st.Reason, at: now}
	return st.Accepting && (!before.accepting || now.Sub(before.at) > centerSilence)
}

// present reports whether an ingester has been heard lately.
func (c centers) present(now time.Time) bool {
	for _, n := range c {
		if now.Sub(n.at) <= centerSilence {
			return true
		}
	}
	return false
}

func (c centers) gone(ingester string) { delete(c, ingester) }

// accepting reports whether packs may be sent: nobody has said anything, or at
// least one ingester accepts.
func (c centers) accepting(now time.Time) bool {
	said := false
	for _, n := range c {
		if now.Sub(n.at) > centerSilence {
			continue
		}
		if n.accepting {
			return true
		}
		said = true
	}
	return !said
}
