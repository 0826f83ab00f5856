package edge

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"math/rand/v2"
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

// sensor is what the agent needs of a driver.
type sensor interface {
	// Sense returns what was measured since the last call, or waits for it. The
	// slice is the caller's.
	Sense(ctx context.Context) ([]driver.Value, error)
	// Close stops the driver's goroutines and closes its port.
	Close() error
}

// sampler reads one sensor at its interval for as long as it runs. A failing
// sensor is retried; it never stops the others.
type sampler struct {
	cfg   SensorConfig
	clock Clock
	open  func() (sensor, error)
	// deliver takes the readings of one measurement, stamped with boot time. It
	// may block for the time of one write to the queue.
	deliver func([]reading.Reading)
	// health takes the sensor's state whenever it changes.
	health func(wire.SensorState)
	log    *slog.Logger
}

func (s *sampler) run(ctx context.Context) {
	state := wire.SensorState{
		ID: reading.SensorID(s.cfg.ID), Driver: s.cfg.Driver, IntervalMS: s.cfg.Interval.Milliseconds(),
		Quantities: quantityNames(s.cfg), Health: wire.HealthStarting,
	}
	s.health(state)
	pause := minReopen
	for ctx.Err() == nil {
		dev, err := s.open()
		if err == nil {
			var worked bool
			worked, err = s.sample(ctx, dev, &state)
			if cerr := dev.Close(); cerr != nil {
				s.log.Warn("sensor did not close", "sensor", s.cfg.ID, "err", cerr)
			}
			if worked {
				pause = minReopen
			}
		}
		if ctx.Err() != nil {
			return
		}
		s.report(&state, err)
		wait := pause/2 + rand.N(pause/2)
		pause = min(2*pause, maxReopen)
		// By the node's clock: in a replay a pause in real time would be days.
		if s.clock.WaitUntil(ctx, s.clock.Boot()+wait) != nil {
			return
		}
	}
}

// sample measures at every tick until ctx ends or the sensor has failed several
// times in a row. It reports whether any measurement succeeded.
func (s *sampler) sample(ctx context.Context, dev sensor, state *wire.SensorState) (worked bool, err error) {
	failures := 0
	for {
		tick := nextTick(s.clock.Boot(), s.cfg.Interval)
		if err := s.clock.WaitUntil(ctx, tick); err != nil {
			return worked, err
		}
		limited, cancel := context.WithTimeout(ctx, senseLimit)
		values, err := dev.Sense(limited)
		cancel()
		if ctx.Err() != nil {
			return worked, ctx.Err()
		}
		rs, unusable := s.stamp(tick, values)
		if len(rs) > 0 {
			s.deliver(rs)
		}
		err = errors.Join(err, unusable)
		s.report(state, err)
		if err != nil {
			if failures++; spent(err) || failures >= reopenAfter && !errors.Is(err, driver.ErrWarmingUp) {
				return worked, err
			}
			continue
		}
		failures, worked = 0, true
	}
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
	s.health(*state)
}

// nextTick is the next multiple of interval strictly after now.
func nextTick(now, interval time.Duration) time.Duration {
	return now - now%interval + interval
}
