package edge

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"github.com/siaga-id/siaga/edge/driver"
	"github.com/siaga-id/siaga/internal/reading"
	"github.com/siaga-id/siaga/internal/wire"
)

const (
	// senseLimit bounds one measurement in real time.
	senseLimit = 10 * time.Second
	// reopenAfter is how many failures in a row make the sampler close the
	// sensor and open it again: an unplugged port comes back under a new handle.
	reopenAfter = 3
	minReopen   = time.Second
	maxReopen   = time.Minute
	// onTickMS is how late a measurement may end and still count as taken at its
	// scheduled time. The sensors themselves answer a change in seconds; whole
	// intervals keep a series regular and a pack small.
	onTickMS = 500
)

// sampler reads one sensor at its interval for as long as it runs. A failing
// sensor is retried; it never stops the others.
type sampler struct {
	cfg   SensorConfig
	model string
	// quantities are what the chip gives at every interval as the file has it.
	quantities []reading.Quantity
	clock      Clock
	// open opens the sensor as it is configured now, and names what comes at
	// every interval.
	open   func() (driver.Sensor, []reading.Quantity, error)
	supply func() (*supply, error)
	nameOf func(error) string // of what is wrong, for a snapshot
	// correct adds what a sensor's corrections make of its values.
	correct func([]driver.Value) []driver.Value
	// version is that of the correction in force for a quantity, 0 for none.
	version func(reading.Quantity) int
	// deliver takes the readings of one measurement, stamped with boot time. It
	// may block for the time of one write to the queue.
	deliver func([]reading.Reading)
	// health takes the sensor's state whenever it changes.
	health func(wire.SensorState)
	log    *slog.Logger

	// questions are of those who want a reading now.
	questions chan question
	// stamped is the boot time of the newest readings; it belongs to run's goroutine.
	stamped time.Duration

	mu     sync.Mutex // covers what follows
	reopen context.CancelCauseFunc
	hurry  func()        // ends the wait for the next tick
	dev    driver.Sensor // while it is open
	// What a snapshot shows.
	shown  wire.SensorState
	code   string
	latest []latestValue
}

func (s *sampler) run(ctx context.Context) {
	state := wire.SensorState{
		ID: reading.SensorID(s.cfg.ID), Driver: s.cfg.Driver, IntervalMS: s.cfg.Interval.Milliseconds(),
		Quantities: quantityNames(s.quantities), Health: wire.HealthStarting,
	}
	s.tell(state, "")
	power, err := s.supply()
	if err != nil {
		s.log.Error("sensor's power cannot be switched", "sensor", s.cfg.ID, "err", err)
	}
	pause, fruitless, cycleAt := minReopen, 0, cycleAfter
	for ctx.Err() == nil {
		// Before the sensor is opened, so that no change passes in between.
		session, end := s.session(ctx)
		dev, quantities, err := s.open()
		if names := quantityNames(quantities); err == nil && !slices.Equal(names, state.Quantities) {
			state.Quantities = names
			s.tell(state, "")
		}
		if err == nil {
			var worked bool
			s.opened(dev)
			worked, err = s.sample(session, dev, &state)
			s.opened(nil)
			if cerr := dev.Close(); cerr != nil {
				s.log.Warn("sensor did not close", "sensor", s.cfg.ID, "err", cerr)
			}
			if worked {
				pause, fruitless, cycleAt = minReopen, 0, cycleAfter
			}
		}
		end()
		if ctx.Err() != nil {
			return
		}
		if errors.Is(err, errChanged) {
			continue
		}
		s.report(&state, err)
		if fruitless++; power != nil && fruitless >= cycleAt && curable(err) {
			cycleAt = fruitless + min(2*cycleAt, seldomCycle)
			if err := power.cycle(ctx, s.log.With("sensor", s.cfg.ID)); err != nil && ctx.Err() == nil {
				s.log.Error("sensor's power was not cycled", "sensor", s.cfg.ID, "err", err)
			}
			continue
		}
		wait := pause/2 + rand.N(pause/2)
		pause = min(2*pause, maxReopen)
		// By the node's clock: in a replay a pause in real time would be days.
		if s.clock.WaitUntil(ctx, s.clock.Boot()+wait) != nil {
			return
		}
	}
}

// errChanged says that the sensor is opened anew because its settings changed.
var errChanged = errors.New("the sensor's settings changed")

// session returns a context that changed can end.
func (s *sampler) session(ctx context.Context) (context.Context, func()) {
	session, end := context.WithCancelCause(ctx)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.reopen = end
	return session, func() { end(nil) }
}

// changed makes the sampler open its sensor anew, at once. It may be called from
// any goroutine.
func (s *sampler) changed() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.reopen != nil {
		s.reopen(errChanged)
	}
}

// sample measures at every tick until ctx ends or the sensor has failed several
// times in a row. It reports whether any measurement succeeded.
func (s *sampler) sample(ctx context.Context, dev driver.Sensor, state *wire.SensorState) (worked bool, err error) {
	failures := 0
	for {
		// What ended just before a tick has its time already, since stamps are rounded
		// up: measured once more then, the one would overwrite the other at the center.
		tick := nextTick(max(s.clock.Boot(), s.stamped), s.cfg.Interval)
		asked, err := s.until(ctx, tick)
		if err != nil {
			return worked, context.Cause(ctx)
		}
		if asked != nil {
			tick = max(s.clock.Boot(), s.stamped+time.Millisecond) // no reading takes another's time
		}
		limited, cancel := context.WithTimeout(ctx, senseLimit)
		values, err := dev.Sense(limited)
		cancel()
		if ctx.Err() != nil {
			return worked, context.Cause(ctx)
		}
		rs, unusable := s.stamp(tick, s.correct(values))
		if len(rs) > 0 {
			s.stamped = time.Duration(rs[0].TimeMS) * time.Millisecond
			s.deliver(rs)
			s.note(rs)
		}
		err = errors.Join(err, unusable)
		if asked != nil {
			asked.answer <- reply{slices.Clone(rs), err}
		}
		s.report(state, err)
		switch {
		case spent(err):
			return worked, err
		case err == nil || len(rs) > 0:
			failures, worked = 0, true
		case talks(err):
			failures = 0
		default:
			if failures++; failures >= reopenAfter {
				return worked, err
			}
		}
	}
}

// talks reports whether the sensor answers, and what it says is the trouble: to
// open it anew would only make it forget.
func talks(err error) bool {
	for _, kind := range []error{
		driver.ErrAsleep, driver.ErrWarmingUp, driver.ErrReset, driver.ErrStuck, driver.ErrEchoLost, driver.ErrOutOfRange,
		driver.ErrOverRange, driver.ErrOpenLoop, driver.ErrHeaterOff, driver.ErrFan, driver.ErrRefused,
	} {
		if errors.Is(err, kind) {
			return true
		}
	}
	return false
}

// curable reports whether a sensor that cannot be read may be freed by taking
// its power: not where the board has no such port, or may not open it, or another
// device answers.
func curable(err error) bool {
	return errors.Is(err, driver.ErrNoAnswer) || errors.Is(err, driver.ErrChecksum) || errors.Is(err, driver.ErrUnplugged)
}

// spent reports whether the open sensor can never answer again.
func spent(err error) bool {
	return errors.Is(err, driver.ErrUnplugged) || errors.Is(err, driver.ErrClosed)
}

// stamp makes readings of a measurement. The error names values that are no
// numbers; the others are kept.
func (s *sampler) stamp(tick time.Duration, values []driver.Value) (rs []reading.Reading, unusable error) {
	at := tick.Milliseconds()
	if now := s.clock.Boot().Milliseconds(); now-at > onTickMS {
		at = now
	}
	// Never before it was measured.
	at += (stampMS - at%stampMS) % stampMS
	for _, v := range values {
		if math.IsNaN(v.Value) || math.IsInf(v.Value, 0) {
			unusable = fmt.Errorf("%s is %v: %w", v.Quantity, v.Value, driver.ErrOutOfRange)
			continue
		}
		q := v.Quality
		if q == 0 {
			q = reading.NotEvaluated
		}
		rs = append(rs, reading.Reading{
			Sensor: reading.SensorID(s.cfg.ID), Quantity: v.Quantity, TimeMS: at,
			Value: v.Quantity.Round(v.Value), Quality: q.Worse(v.Quantity.Check(v.Value)),
		})
	}
	return rs, unusable
}

// report tells of a change of health, once.
func (s *sampler) report(state *wire.SensorState, err error) {
	health, text := wire.HealthOK, ""
	switch {
	case errors.Is(err, driver.ErrWarmingUp):
		health = wire.HealthWarming
	case err != nil:
		health, text = wire.HealthFailing, err.Error()
	}
	if state.Health == health && state.Error == text {
		return
	}
	if state.Health != health {
		state.SinceMS = s.clock.Boot().Milliseconds()
		if err != nil {
			s.log.Warn("sensor is not well", "sensor", s.cfg.ID, "health", health, "err", err)
		} else {
			s.log.Info("sensor is well", "sensor", s.cfg.ID)
		}
	}
	state.Health, state.Error = health, text
	s.tell(*state, s.nameOf(err))
}

// tell publishes the sensor's state.
func (s *sampler) tell(state wire.SensorState, code string) {
	s.mu.Lock()
	s.shown, s.code = state, code
	s.mu.Unlock()
	s.health(state)
}

// note keeps the newest values for a snapshot.
func (s *sampler) note(rs []reading.Reading) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range rs {
		raw := r.Quantity.Raw()
		i := slices.IndexFunc(s.latest, func(v latestValue) bool { return v.quantity == raw })
		if i < 0 {
			s.latest = append(s.latest, latestValue{quantity: raw})
			i = len(s.latest) - 1
		}
		v := &s.latest[i]
		if r.Quantity.IsCorrected() {
			v.corrected, v.quality = &r.Value, r.Quality // which is never better than the raw value's
			continue
		}
		*v = latestValue{quantity: raw, atMS: r.TimeMS, value: r.Value, quality: r.Quality}
	}
}

// nextTick is the next multiple of interval strictly after now.
func nextTick(now, interval time.Duration) time.Duration {
	return now - now%interval + interval
}
