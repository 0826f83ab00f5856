package edge

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/siaga-id/siaga/edge/driver"
	"github.com/siaga-id/siaga/internal/mqtt"
	"github.com/siaga-id/siaga/internal/reading"
	"github.com/siaga-id/siaga/internal/wire"
)

// Remote is who does what the center wants of a node beside its readings. All
// methods but Serve must not block.
type Remote interface {
	// Take gets what came on wire.Config or wire.Cmd. The payload is its to keep.
	Take(c wire.Channel, payload []byte)
	// Connected is told after every connect to the broker, Heard whenever the center
	// itself was heard.
	Connected()
	Heard()
	// Serve works until ctx ends, while a runs. It is called once for each agent.
	Serve(ctx context.Context, a *Agent)
}

// joinRemote makes a connection carry what is Remote's.
func (a *Agent) joinRemote(o *mqtt.Options) {
	r := a.dep.Remote
	if r == nil {
		return
	}
	for _, c := range []wire.Channel{wire.Config, wire.Cmd} {
		o.Subscriptions = append(o.Subscriptions, mqtt.Subscription{Filter: wire.Topic(a.sender.node, c), QoS: 1})
	}
	others, connected := o.OnMessage, o.OnConnect
	o.OnMessage = func(m mqtt.Message) {
		if node, c, err := wire.ParseTopic(m.Topic); err == nil && node == a.sender.node && (c == wire.Config || c == wire.Cmd) {
			r.Take(c, m.Payload)
			return
		}
		others(m)
	}
	o.OnConnect = func() {
		connected()
		r.Connected()
	}
}

// Publish sends one of the node's other messages with QoS 1, and returns when the
// broker has it. It is for Remote's Serve. Errors: mqtt.ErrOffline, or ctx's.
func (a *Agent) Publish(ctx context.Context, c wire.Channel, payload []byte, retain bool) error {
	return a.sender.conn.PublishAsync(mqtt.Message{Topic: wire.Topic(a.sender.node, c), Payload: payload, QoS: 1, Retain: retain})(ctx)
}

// Time is UTC as the node knows it, and its possible error in seconds; zero while
// it does not.
func (a *Agent) Time() (at time.Time, errS float64) {
	_, offset := a.time.now()
	return a.time.utc(), offset.ErrS
}

// Errors of Read, Sleep and Wake.
var (
	// ErrNoSensor: the configuration names no such sensor.
	ErrNoSensor = errors.New("no such sensor")
	// ErrNotOpen: the sensor is not being read, since it cannot be opened.
	ErrNotOpen = errors.New("the sensor is not open")
	// ErrNeverSleeps: this kind of sensor cannot be put to sleep.
	ErrNeverSleeps = errors.New("this kind of sensor cannot be put to sleep")
)

// Read reads a sensor at once, out of its turn; what it says is queued as every
// reading. Readings beside an error are good. Errors: ErrNoSensor, ErrNotOpen, the
// driver's, or ctx's.
func (a *Agent) Read(ctx context.Context, id reading.SensorID) ([]reading.Reading, error) {
	s, err := a.sensor(id)
	if err != nil {
		return nil, err
	}
	return s.now(ctx)
}

// Sleep puts a sensor to sleep until it is woken or the agent starts again. Errors:
// ErrNoSensor, ErrNotOpen, ErrNeverSleeps, the driver's.
func (a *Agent) Sleep(ctx context.Context, id reading.SensorID) error {
	s, err := a.sleeper(id)
	if err != nil {
		return err
	}
	return s.Sleep(ctx)
}

// Wake ends a Sleep. Errors: as Sleep's.
func (a *Agent) Wake(ctx context.Context, id reading.SensorID) error {
	s, err := a.sleeper(id)
	if err != nil {
		return err
	}
	return s.Wake(ctx)
}

func (a *Agent) sensor(id reading.SensorID) (*sampler, error) {
	for _, s := range a.samplers {
		if reading.SensorID(s.cfg.ID) == id {
			return s, nil
		}
	}
	return nil, fmt.Errorf("%s: %w", id, ErrNoSensor)
}

func (a *Agent) sleeper(id reading.SensorID) (driver.Sleeper, error) {
	s, err := a.sensor(id)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.dev == nil {
		return nil, s.notOpen()
	}
	sleeper, ok := s.dev.(driver.Sleeper)
	if !ok {
		return nil, fmt.Errorf("%s (%s): %w", id, s.cfg.Driver, ErrNeverSleeps)
	}
	return sleeper, nil
}

// notOpen says why there is no open sensor. It is called with mu held.
func (s *sampler) notOpen() error {
	if s.shown.Error == "" {
		return fmt.Errorf("%s: %w", s.cfg.ID, ErrNotOpen)
	}
	return fmt.Errorf("%s: %w: %s", s.cfg.ID, ErrNotOpen, s.shown.Error)
}

// question is somebody who wants a reading now. answer has room for one.
type question struct {
	ctx    context.Context
	answer chan reply
}

type reply struct {
	readings []reading.Reading
	err      error
}

// now asks the sampler's goroutine for a reading.
func (s *sampler) now(ctx context.Context) ([]reading.Reading, error) {
	q := question{ctx, make(chan reply, 1)}
	select {
	case s.questions <- q:
	case <-ctx.Done():
		return nil, fmt.Errorf("%s: others wait for it too: %w", s.cfg.ID, ctx.Err())
	}
	s.mu.Lock()
	if s.hurry != nil {
		s.hurry()
	}
	s.mu.Unlock()
	select {
	case r := <-q.answer:
		return r.readings, r.err
	case <-ctx.Done():
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.dev == nil {
			return nil, s.notOpen()
		}
		return nil, fmt.Errorf("%s: %w", s.cfg.ID, ctx.Err())
	}
}

// until waits for a tick, or for somebody who asks before; nil is that the tick has
// come.
func (s *sampler) until(ctx context.Context, tick time.Duration) (*question, error) {
	for {
		q, err := s.hurried(ctx, tick)
		if q != nil || err == nil || ctx.Err() != nil {
			return q, err
		}
	}
}

// hurried is until, but for an error where somebody hurried who has gone.
func (s *sampler) hurried(ctx context.Context, tick time.Duration) (*question, error) {
	waiting, hurry := context.WithCancel(ctx)
	defer hurry()
	s.mu.Lock()
	s.hurry = hurry // before the look, so that no question passes in between
	s.mu.Unlock()
	select {
	case q := <-s.questions:
		if q.ctx.Err() == nil {
			return &q, nil
		}
	default:
	}
	return nil, s.clock.WaitUntil(waiting, tick)
}

// opened notes the sensor while it is open; nil is that it is not.
func (s *sampler) opened(dev driver.Sensor) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.dev = dev
}
