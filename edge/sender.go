package edge

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"sync/atomic"
	"time"

	"golang.org/x/time/rate"

	"github.com/siaga-id/siaga/internal/mqtt"
	"github.com/siaga-id/siaga/internal/reading"
	"github.com/siaga-id/siaga/internal/wire"
)

// connection is what the sender needs of the broker.
type connection interface {
	PublishAsync(mqtt.Message) func(context.Context) error
	Connected() (bool, error)
	Close() error
}

// sender moves packs from the queue to the center: the newest at once on the
// live lane, what is unacknowledged paced on the fill lane, and removes what the
// center acknowledged. All its fields belong to the goroutine of run.
type sender struct {
	node   reading.NodeID
	dir    string
	clock  Clock
	queue  queue
	sealer *sealer
	log    *slog.Logger
	conn   connection
	window int
	pace   *rate.Limiter

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
	unsendable  []wire.GivenUp // what this process gave up, see givenUp
	sensors     *sensorStates
	about       about

	ackAt time.Time // of the last acknowledgement
	view  atomic.Pointer[senderView]
	turn  heartbeat
}

// about is what the node says of itself besides what it measures.
type about struct {
	version string
	site    reading.SiteCode
	sim     bool
}

const (
	// idleWait is how long the loop sleeps when nothing is to do, busyWait while
	// there is a backlog to pace, flightWait while packs are under way.
	idleWait   = heartbeatInterval
	flightWait = 500 * time.Millisecond
	busyWait   = 50 * time.Millisecond
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
	v := &senderView{ackAt: s.ackAt, centers: maps.Clone(s.centers), givenUp: s.givenUp(s.queue.Next())}
	ok, err := s.conn.Connected()
	if v.connected = ok; !ok && err != nil {
		v.lastError = err.Error()
	}
	if first := s.queue.Stats().First; first < s.queue.Next() {
		v.oldestMS = s.sealedAt(first)
	}
	s.view.Store(v)
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
	if ok, _ := s.conn.Connected(); !ok {
		return idleWait
	}
	if now.Sub(s.stateSentAt) >= stateInterval {
		s.sendState(true)
		s.stateSentAt = now
	}
	s.sendLive(now)
	if !s.centers.accepting(now) {
		return flightWait
	}
	if s.sendFill(now) {
		return busyWait
	}
	if len(s.air.open) > 0 {
		return flightWait
	}
	return idleWait
}

// sendLive sends the newest pack, once.
func (s *sender) sendLive(now time.Time) {
	newest := s.sealer.state().newest
	if newest == 0 || newest == s.lastLive {
		return
	}
	if !s.centers.accepting(now) && now.Sub(s.lastLiveAt) < heldLive {
		return
	}
	err := s.send(newest, wire.Live, now)
	if errors.Is(err, errNotTimed) {
		s.preview(newest)
		return
	}
	s.lastLive, s.lastLiveAt = newest, now
}

// sendFill sends overdue packs again, then the oldest that are not under way,
// as far as window and pace allow. It reports whether more is waiting for pace.
func (s *sender) sendFill(now time.Time) (more bool) {
	for seq, fl := range s.air.open {
		if now.After(fl.due) {
			if !s.pace.Allow() {
				return true
			}
			s.sendOrSkip(seq, now)
		}
	}
	for _, r := range s.queue.Waiting() {
		for seq := r.From; seq <= r.To; seq++ {
			if s.air.open[seq] != nil {
				continue
			}
			if len(s.air.open) >= s.window {
				return false
			}
			if !s.pace.Allow() {
				return true
			}
			if !s.sendOrSkip(seq, now) {
				return false
			}
		}
	}
	return false
}

// sendOrSkip sends one pack on fill. It reports false when nothing can be sent
// at present.
func (s *sender) sendOrSkip(seq uint64, now time.Time) bool {
	err := s.send(seq, wire.Fill, now)
	if errors.Is(err, errGone) || errors.Is(err, errUnreadable) {
		delete(s.air.open, seq)
		return true
	}
	return err == nil
}

// send publishes one pack for storing.
func (s *sender) send(seq uint64, lane wire.Channel, now time.Time) error {
	payload, err := s.payload(seq)
	if err != nil {
		if !errors.Is(err, errNotTimed) && !errors.Is(err, errGone) {
			s.log.Error("pack not sent", "seq", seq, "err", err)
		}
		return err
	}
	s.conn.PublishAsync(mqtt.Message{Topic: wire.Topic(s.node, lane), Payload: payload, QoS: 1})
	s.air.departed(seq, wire.Check(payload), len(payload), now)
	// What flew too long ago to be remembered is found again by fill.
	for len(s.air.open) > 2*s.window {
		oldest := seq
		for other := range s.air.open {
			oldest = min(oldest, other)
		}
		delete(s.air.open, oldest)
	}
	return nil
}

// farewell hands the newest pack to the broker if it has not left yet, and says
// that the node is going.
func (s *sender) farewell() {
	s.sendLive(time.Now())
	s.sendState(false)
}
