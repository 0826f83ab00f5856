package device

import (
	"context"
	"errors"
	"fmt"
	"sync"
)

// MaxInflight is how many messages of one connection may wait for the disk at
// once. A connection that sends faster is not read meanwhile.
const MaxInflight = 1024

// Link is one connection's way in. It keeps the order: of its messages, and of
// their acknowledgements. After the first message that could not be taken it
// takes none, since the device sends that one again, and in order.
type Link struct {
	in     *Intake
	hangUp func(error)
	room   chan struct{} // holds one for each message under way
	// open ends with the intake, or with the first message that was not taken.
	open context.Context
	fail context.CancelCauseFunc

	mu      sync.Mutex
	settled []settled
	sending bool
	broken  bool // send's: a message was not made durable
}

// settled is a message whose fate is known.
type settled struct {
	ack func()
	err error
}

// Link returns a new connection's way in. hangUp is called once, from a goroutine
// of the link's own, when a message that Take took could not be made durable: it
// must end the connection. Close it when the connection has ended.
func (in *Intake) Link(hangUp func(why error)) *Link {
	l := &Link{in: in, hangUp: hangUp, room: make(chan struct{}, MaxInflight)}
	l.open, l.fail = context.WithCancelCause(in.open)
	in.links.Add(1)
	return l
}

// errGone is why a closed link takes nothing.
var errGone = errors.New("the connection has ended")

// Close says that the connection has ended. Messages under way go on to the disk.
func (l *Link) Close() {
	l.fail(errGone)
	l.in.links.Add(-1)
}

// Take takes a message on a topic that Takes names, and copies it. It waits only
// while too much of this connection, or of all of them, waits for the disk, and
// never for the disk to take this one. ack is called, from a goroutine of the
// link's own, when the message and those before it are durable; it may block.
// nil means that nobody waits. An error means that nothing more will be taken,
// and that the caller must end the connection without acknowledging.
func (l *Link) Take(m Message, ack func()) error {
	in := l.in
	filter := in.filter(m.Topic)
	if filter == "" {
		return fmt.Errorf("take message of a device: no filter names the topic %q", m.Topic)
	}
	e := entry{record: m.record(in.conf.MaxMessageBytes), received: m.Received.UnixMilli(), filter: filter, result: resultStored, link: l, ack: ack}
	if len(m.Payload) > in.conf.MaxMessageBytes {
		e.result = resultCut
		in.log.Warn("a device's message is over the limit: its beginning is kept, and it is acknowledged",
			"topic", m.Topic, "bytes", len(m.Payload), "kept_bytes", in.conf.MaxMessageBytes, "key", "devices.max_message_bytes")
	}
	err := in.begin()
	if err == nil {
		err = l.enqueue(e)
		in.takers.Done()
	}
	if err != nil {
		in.metrics.messages.WithLabelValues(filter, resultNotAccepting).Inc()
		l.fail(err)
		return fmt.Errorf("take message of a device: %w", err)
	}
	return nil
}

// enqueue queues e, waiting for room where there is none.
func (l *Link) enqueue(e entry) error {
	if err := context.Cause(l.open); err != nil {
		return err
	}
	in, size := l.in, int64(len(e.record))
	wait := l.open
	select {
	case l.room <- struct{}{}:
	default:
		var stop context.CancelFunc
		wait, stop = context.WithTimeoutCause(l.open, patience, ErrSlow)
		defer stop()
		select {
		case l.room <- struct{}{}:
		case <-wait.Done():
			return context.Cause(wait)
		}
	}
	if !in.bytes.TryAcquire(size) {
		limited, stop := context.WithTimeoutCause(wait, patience, ErrSlow)
		defer stop()
		if in.bytes.Acquire(limited, size) != nil {
			<-l.room
			return context.Cause(limited)
		}
		wait = limited
	}
	select {
	case in.queue <- e:
		return nil
	default:
	}
	limited, stop := context.WithTimeoutCause(wait, patience, ErrSlow)
	defer stop()
	select {
	case in.queue <- e:
		return nil
	case <-limited.Done():
		in.bytes.Release(size)
		<-l.room
		return context.Cause(limited)
	}
}

// settle notes what became of the oldest message under way. It does not block.
func (l *Link) settle(ack func(), err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.settled = append(l.settled, settled{ack, err})
	if !l.sending {
		l.sending = true
		l.in.senders.Go(l.send)
	}
}

// send acknowledges what has been settled, in order, up to the first message that
// was not taken.
func (l *Link) send() {
	for {
		l.mu.Lock()
		batch := l.settled
		l.settled = nil
		l.sending = len(batch) > 0
		l.mu.Unlock()
		if len(batch) == 0 {
			return
		}
		for _, s := range batch {
			switch {
			case l.broken:
			case s.err != nil:
				l.broken = true
				l.fail(s.err)
				l.hangUp(s.err)
			case s.ack != nil:
				s.ack()
			}
			<-l.room
		}
	}
}
