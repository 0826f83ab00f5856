package edge

import (
	"context"
	"slices"
	"time"

	"github.com/siaga-id/siaga/edge/calibration"
	"github.com/siaga-id/siaga/edge/driver"
	"github.com/siaga-id/siaga/edge/quality"
	"github.com/siaga-id/siaga/internal/reading"
)

// Calibrations are the corrections of this node's sensors. What is changed there
// holds for the next measurement.
func (a *Agent) Calibrations() *calibration.Store { return a.calibrations }

// uncorrected notes why the corrections cannot be used; nil is that they can.
func (a *Agent) uncorrected(err error) {
	if err == nil {
		a.problem.Store(nil)
		return
	}
	why := err.Error()
	if was := a.problem.Swap(&why); was == nil || *was != why {
		a.dep.Logger.Error("corrections cannot be read", "err", err)
	}
}

// sampler makes what reads one sensor, its values judged and then corrected as the
// node's corrections say at that moment.
func (a *Agent) sampler(sc SensorConfig) (*sampler, error) {
	chip, options, err := sc.Chip()
	if err != nil {
		return nil, err
	}
	id, checks := reading.SensorID(sc.ID), quality.New(sc.Checks)
	return &sampler{
		questions: make(chan question, 4),
		cfg:       sc, model: chip.Model, quantities: options.Quantities(), clock: a.dep.Clock, log: a.dep.Logger,
		deliver: a.sealer.add, health: a.sender.sensors.set, nameOf: a.dep.Code,
		supply: func() (*supply, error) { return openSupply(sc, a.dep.Board, a.dep.Clock) },
		correct: func(vs []driver.Value) []driver.Value {
			checks.Judge(a.dep.Clock.Boot(), vs)
			vs = a.calibrations.Apply(id, vs)
			checks.Inherit(vs)
			return vs
		},
		version: func(q reading.Quantity) int {
			c, _ := a.calibrations.InForce(id, q)
			return c.Version
		},
		open: func() (driver.Sensor, []reading.Quantity, error) {
			checks.Reset()
			_, options, err := a.mounted(sc).Chip()
			if err != nil {
				return nil, nil, err
			}
			dev, err := options.Open(a.dep.Board, a.dep.Clock.Boot)
			return dev, a.promised(id, options), err
		},
	}, nil
}

// mounted is the sensor's configuration with the datum that was measured here,
// which goes before the one in the file. A chip that takes no datum has come in
// the place of one that did, and nobody said so: it is opened without.
func (a *Agent) mounted(sc SensorConfig) SensorConfig {
	m, ok := a.calibrations.Datum(reading.SensorID(sc.ID))
	if !ok {
		return sc
	}
	with, err := sc.WithDatum(m)
	if err != nil {
		a.dep.Logger.Error("a datum was measured for a sensor that takes none: tell with siaga-edge replace that it is another one",
			"sensor", sc.ID, "driver", sc.Driver)
		return sc
	}
	return with
}

// promised is what comes of a sensor at every interval, corrected values too.
func (a *Agent) promised(id reading.SensorID, o driver.Options) []reading.Quantity {
	raw := o.Quantities()
	return append(raw, a.calibrations.Quantities(id, raw)...)
}

// settings is what of a sensor's corrections is more than arithmetic.
type settings struct {
	datumM   float64
	promised []reading.Quantity
}

func (a *Agent) settings(sm *sampler) settings {
	id := reading.SensorID(sm.cfg.ID)
	m, _ := a.calibrations.Datum(id)
	_, options, err := a.mounted(sm.cfg).Chip()
	if err != nil {
		return settings{datumM: m} // which opening it will say
	}
	return settings{m, a.promised(id, options)}
}

// lookAgain is how often the file of corrections is looked at: somebody may have
// changed it without this program.
const lookAgain = time.Minute

// followCalibrations opens a sensor anew when a person has changed its settings,
// until ctx ends.
func (a *Agent) followCalibrations(ctx context.Context) {
	last := map[*sampler]settings{}
	for _, sm := range a.samplers {
		last[sm] = a.settings(sm)
	}
	again := time.NewTicker(lookAgain)
	defer again.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-again.C:
			a.uncorrected(a.calibrations.Reload()) // which tells of a change as any other
			continue
		case <-a.calibrations.Changed():
		}
		for _, sm := range a.samplers {
			now := a.settings(sm)
			if now.datumM != last[sm].datumM || !slices.Equal(now.promised, last[sm].promised) {
				last[sm] = now
				sm.changed()
			}
		}
	}
}
