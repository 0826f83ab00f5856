package readout

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"sync"
	"time"

	"github.com/siaga-id/siaga/edge"
	"github.com/siaga-id/siaga/edge/driver"
	"github.com/siaga-id/siaga/edge/explain"
	"github.com/siaga-id/siaga/internal/reading"
	"github.com/siaga-id/siaga/internal/wire"
)

const (
	// senseLimit bounds one measurement.
	senseLimit = 10 * time.Second
	// reopenAfter is how many failures in a row make the sensor be opened anew,
	// reopenPause what it is given before that.
	reopenAfter = 3
	reopenPause = 2 * time.Second

	healthStarting = string(wire.HealthStarting)
	healthOK       = string(wire.HealthOK)
	healthWarming  = string(wire.HealthWarming)
	healthFailing  = string(wire.HealthFailing)
)

// sensor is one sensor and what it said last.
type sensor struct {
	cfg   edge.SensorConfig
	store Store
	board driver.Board
	now   func() time.Duration
	first func() // after the first value or failure; may be called again

	mu     sync.Mutex
	state  state
	newest map[reading.Quantity]measured // by the quantity as measured
}

type state struct {
	health string
	err    error
	since  time.Duration
}

type measured struct {
	raw       float64
	corrected *float64
	quality   reading.Quality
	at        time.Duration
}

func (s *sensor) run(ctx context.Context) {
	for ctx.Err() == nil {
		err := s.read(ctx)
		if ctx.Err() != nil {
			return
		}
		s.report(err)
		sleep(ctx, reopenPause)
	}
}

// read opens the sensor and reads it until it fails for good or ctx ends.
func (s *sensor) read(ctx context.Context) error {
	_, options, err := s.cfg.Chip()
	if err != nil {
		return err
	}
	dev, err := options.Open(s.board, s.now)
	if err != nil {
		return err
	}
	return errors.Join(s.sense(ctx, dev), dev.Close())
}

func (s *sensor) sense(ctx context.Context, dev driver.Sensor) error {
	for failures := 0; ; {
		began := s.now()
		limited, cancel := context.WithTimeout(ctx, senseLimit)
		values, err := dev.Sense(limited)
		cancel()
		if ctx.Err() != nil {
			return nil
		}
		err = errors.Join(err, s.take(values))
		if len(values) > 0 || err != nil {
			s.report(err)
		}
		switch {
		case err == nil:
			failures = 0
		case errors.Is(err, driver.ErrUnplugged), errors.Is(err, driver.ErrClosed):
			return err
		case !errors.Is(err, driver.ErrWarmingUp):
			if failures++; failures >= reopenAfter {
				return err
			}
		}
		if !sleep(ctx, began+s.cfg.Interval-s.now()) {
			return nil
		}
	}
}

// take keeps the newest values and what follows from them. The error names those
// that are no numbers.
func (s *sensor) take(values []driver.Value) (unusable error) {
	usable := slices.DeleteFunc(values, func(v driver.Value) bool {
		none := math.IsNaN(v.Value) || math.IsInf(v.Value, 0)
		if none {
			unusable = fmt.Errorf("%s is %v: %w", v.Quantity, v.Value, driver.ErrOutOfRange)
		}
		return none
	})
	all := s.store.Apply(reading.SensorID(s.cfg.ID), usable)
	s.mu.Lock()
	defer s.mu.Unlock()
	at := s.now()
	for _, v := range all {
		if !v.Quantity.IsCorrected() {
			s.newest[v.Quantity] = measured{
				raw: v.Quantity.Round(v.Value), at: at,
				quality: v.Quality.Worse(v.Quantity.Check(v.Value)),
			}
		}
	}
	for _, v := range all {
		if raw := v.Quantity.Raw(); v.Quantity.IsCorrected() {
			with, corrected := s.newest[raw], v.Quantity.Round(v.Value)
			with.corrected, with.quality = &corrected, with.quality.Worse(v.Quality)
			s.newest[raw] = with
		}
	}
	return unusable
}

// report keeps how the sensor does.
func (s *sensor) report(err error) {
	health := healthOK
	switch {
	case errors.Is(err, driver.ErrWarmingUp):
		health = healthWarming
	case err != nil:
		health = healthFailing
	}
	s.mu.Lock()
	if s.state.health != health {
		s.state.since = s.now()
	}
	s.state.health, s.state.err = health, err
	s.mu.Unlock()
	s.first()
}

func (s *sensor) snapshot() edge.SensorSnapshot {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.now()
	snap := edge.SensorSnapshot{
		ID: s.cfg.ID, Driver: s.cfg.Driver, IntervalS: s.cfg.Interval.Seconds(),
		Health: s.state.health, Code: explain.Of(s.state.err), SinceS: (now - s.state.since).Seconds(),
		Values: []edge.ValueSnapshot{},
	}
	if chip, _, err := s.cfg.Chip(); err == nil {
		snap.Model = chip.Model
	}
	if s.state.err != nil {
		snap.Error = s.state.err.Error()
	}
	for _, q := range slices.Sorted(maps.Keys(s.newest)) {
		v, in := s.newest[q], q.Info()
		c, _ := s.store.InForce(reading.SensorID(s.cfg.ID), q)
		snap.Values = append(snap.Values, edge.ValueSnapshot{
			Quantity: in.Name, TitleID: in.TitleID, TitleEN: in.TitleEN, Unit: in.Display,
			Raw: v.raw, Corrected: v.corrected, Calibration: c.Version,
			Quality: v.quality.String(), AgeS: (now - v.at).Seconds(),
		})
	}
	return snap
}

// sleep reports whether the time passed before ctx ended.
func sleep(ctx context.Context, d time.Duration) bool {
	select {
	case <-ctx.Done():
		return false
	case <-time.After(d):
		return true
	}
}
