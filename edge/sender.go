package edge

import (
	"context"
	"errors"
	"iter"
	"log/slog"
	"maps"
	"sync/atomic"
	"time"

	"github.com/siaga-id/siaga/internal/mqtt"
	"github.com/siaga-id/siaga/internal/reading"
	"github.com/siaga-id/siaga/internal/wire"
)

// connection is what the sender needs of the broker.
type connection interface {
	PublishAsync(mqtt.Message) func(context.Context) error
	Connected() (bool, error)
	Address() string
	Reconnect()
	Close() error
}

// sender moves packs from the queue to the center: the newest at once on the
// live lane, what is unacknowledged paced on the fill lane, the oldest gap first,
// and removes what the center acknowledged. All its fields belong to the goroutine
// of run.
type sender struct {
	node   reading.NodeID
	dir    string
	clock  Clock
	queue  queue
	sealer *sealer
	log    *slog.Logger
	conn   connection
	pace   pace

	id      identity
	epochAt time.Time // of the last change of epoch
	time    *timekeeper
	centers centers
	air     *flights

	// inbox holds messages from the center: bounded, what does not fit is
	// dropped, since a lost acknowledgement costs a resend and no more.
	inbox     chan mqtt.Message
	connected chan struct{}

	lastLive    uint64 // newest pack that went out on live
	lastLiveAt  time.Time
	previewed   uint64
	stateSentAt time.Time
	said        *saidState // the last state, while the broker has not confirmed it
	losses      *losses
	adoptedAt   time.Time // of the last try to adopt losses
	boots       []bootSpan
	withheld    seqSet // packs that only a newer program can send
	sensors     *sensorStates
	about       about
	heard       func() // the center itself was heard

	ackAt    time.Time // of the last acknowledgement
	refusals refusals
	oldest   oldestPack
	view     atomic.Pointer[senderView]
	turn     heartbeat
}

// about is what the node says of itself besides what it measures.
type about struct {
	version string
	site    reading.SiteCode
	sim     bool
}

const (
	// idleWait is how long the loop sleeps when nothing is to do, heldWait while
	// nobody accepts.
	idleWait = heartbeatInterval
	heldWait = 500 * time.Millisecond
	// maxTurn is how many packs of the backlog go out before the loop looks for a
	// newer one.
	maxTurn = 32
	// heldLive is how often the newest pack goes out while no ingester accepts.
	heldLive = time.Minute
)

func (s *sender) run(ctx context.Context) {
	defer s.turn.end()
	wake := time.NewTimer(0)
	defer wake.Stop()
	for {
		select {
		case <-ctx.Done():
			s.farewell()
			return
		case <-s.connected:
			s.air.ground()
			s.lastLive = 0
			s.unsaid()
		case m := <-s.inbox:
			s.receive(m)
			s.receiveMore()
		case <-s.sealer.sealed:
		case <-s.sensors.changed:
			s.unsaid()
		case <-wake.C:
		}
		wake.Reset(s.step(time.Now()))
		s.show()
		s.turn.beat()
	}
}

// show publishes a view of the sender for others.
func (s *sender) show() {
	v := &senderView{
		address: s.conn.Address(), ackAt: s.ackAt, refused: s.refusals.note,
		centers: maps.Clone(s.centers), givenUp: s.losses.list(s.queue.Next()),
	}
	ok, err := s.conn.Connected()
	if v.connected = ok; !ok && err != nil {
		v.lastError = err.Error()
	}
	if first := s.queue.Stats().First; first < s.queue.Next() {
		v.oldestMS = s.oldestSince(first, time.Now())
	}
	s.view.Store(v)
}

// oldestPack is when the oldest waiting pack was sealed. To know it costs a look
// at the disk, which not every acknowledgement of a backlog is worth.
type oldestPack struct {
	seq    uint64
	unixMS int64
	at     time.Time
}

func (s *sender) oldestSince(seq uint64, now time.Time) int64 {
	if s.oldest.seq != seq && now.Sub(s.oldest.at) >= time.Second || s.oldest.unixMS == 0 {
		s.oldest = oldestPack{seq, s.sealedAt(seq), now}
	}
	return s.oldest.unixMS
}

// receiveMore takes what else has arrived before anything is sent again.
func (s *sender) receiveMore() {
	for range cap(s.inbox) {
		select {
		case m := <-s.inbox:
			s.receive(m)
		default:
			return
		}
	}
}

// step sends what is to be sent now and returns when to look again.
func (s *sender) step(now time.Time) time.Duration {
	s.adoptLosses(now)
	if ok, _ := s.conn.Connected(); !ok {
		return idleWait
	}
	s.heardState()
	if now.Sub(s.stateSentAt) >= stateInterval {
		s.sendState(true)
		s.stateSentAt = now
	}
	s.timeBoots()
	s.sendLive(now)
	if !s.centers.accepting(now) {
		return heldWait
	}
	return min(s.sendFill(now), idleWait)
}

// sendLive sends the newest pack, and again when it was lost: of all that may be
// sent again, only that one goes at once.
func (s *sender) sendLive(now time.Time) {
	newest := s.sealer.state().newest
	if newest == 0 {
		return
	}
	accepting := s.centers.accepting(now)
	if newest == s.lastLive {
		if fl := s.air.open[newest]; fl == nil || !accepting || now.Before(fl.due) {
			return
		}
	}
	if !accepting && now.Sub(s.lastLiveAt) < heldLive {
		return
	}
	err := s.send(newest, wire.Live)
	if errors.Is(err, errNotTimed) {
		s.preview(newest)
		return
	}
	if errors.Is(err, errGone) || errors.Is(err, errUnreadable) {
		delete(s.air.open, newest)
	}
	s.lastLive, s.lastLiveAt = newest, now
}

// sendFill sends lost packs again, then the oldest that are not under way, as far
// as window and pace allow, and returns when to look again.
func (s *sender) sendFill(now time.Time) time.Duration {
	lost, flying, next := s.air.due(now)
	wait := idleWait
	if !next.IsZero() {
		wait = next.Sub(now)
	}
	turn := maxTurn
	for seq, again := range s.unsent(lost) {
		if flying >= s.air.window.room() {
			return max(wait, time.Millisecond)
		}
		if paced := s.pace.wait(now); paced > 0 {
			return min(paced, max(wait, time.Millisecond))
		}
		if turn--; turn < 0 {
			return 0
		}
		err := s.send(seq, wire.Fill)
		switch {
		case err == nil:
			flying++
		case errors.Is(err, errGone), errors.Is(err, errUnreadable), errors.Is(err, errNewer):
			delete(s.air.open, seq)
		case again: // what is wrong with it now need not hold up the others
		default:
			return heldWait
		}
	}
	return max(wait, time.Millisecond)
}

// unsent yields what is to be sent on fill: the lost packs, then what waits and
// has not been sent, the oldest first. What nobody can send at present is left
// out and holds nothing up.
func (s *sender) unsent(lost []uint64) iter.Seq2[uint64, bool] {
	return func(yield func(seq uint64, again bool) bool) {
		for _, seq := range lost {
			if s.air.open[seq] != nil && !yield(seq, true) {
				return
			}
		}
		for _, r := range s.queue.Waiting() {
			for seq := s.sendable(r.From); seq <= r.To; seq = s.sendable(seq + 1) {
				if s.air.open[seq] == nil && !yield(seq, false) {
					return
				}
			}
		}
	}
}

// sendable is the first pack from seq on that can be sent as far as is known.
func (s *sender) sendable(seq uint64) uint64 {
	for {
		next := s.afterUntimed(s.withheld.after(seq))
		if next == seq {
			return seq
		}
		seq = next
	}
}

// send publishes one pack for storing.
func (s *sender) send(seq uint64, lane wire.Channel) error {
	payload, err := s.payload(seq)
	if err != nil {
		if !errors.Is(err, errNotTimed) && !errors.Is(err, errGone) {
			s.log.Error("pack not sent", "seq", seq, "err", err)
		}
		return err
	}
	s.conn.PublishAsync(mqtt.Message{Topic: wire.Topic(s.node, lane), Payload: payload, QoS: 1})
	now := time.Now()
	s.pace.spend(now, len(payload))
	s.air.departed(seq, wire.Check(payload), len(payload), now)
	s.air.prune()
	return nil
}

// farewell hands the newest pack to the broker if it has not left yet, and says
// that the node is going.
func (s *sender) farewell() {
	s.sendLive(time.Now())
	s.sendState(false)
}
