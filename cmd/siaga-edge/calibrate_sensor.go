package main

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/siaga-id/siaga/edge"
	"github.com/siaga-id/siaga/edge/calibration"
	"github.com/siaga-id/siaga/edge/local"
	"github.com/siaga-id/siaga/internal/reading"
)

// calibrateSensor is what is known of a sensor before it is corrected.
type calibrateSensor struct {
	id   reading.SensorID
	cfg  edge.SensorConfig
	raw  []reading.Quantity // what it gives
	now  map[reading.Quantity]calibration.Correction
	past local.History
}

// sensor finds a configured sensor and what is in force of it.
func (d *calibrateDesk) sensor(ctx context.Context, id string) (calibrateSensor, error) {
	i := slices.IndexFunc(d.cfg.Sensors, func(sc edge.SensorConfig) bool { return sc.ID == id })
	if i < 0 {
		return calibrateSensor{}, d.errorf("sensor %q tidak ada di %s; yang ada: %s", "there is no sensor %q in %s; there are: %s",
			id, d.file, strings.Join(d.sensorNames(), ", "))
	}
	s := calibrateSensor{id: reading.SensorID(id), cfg: d.cfg.Sensors[i]}
	_, options, err := s.cfg.Chip()
	if err != nil {
		return calibrateSensor{}, err
	}
	all, err := d.node.Calibrations(ctx)
	if err != nil {
		return calibrateSensor{}, err
	}
	s.past = all.Sensors[s.id]
	s.now = calibration.InForceAfter(s.past.Entries)
	s.raw = options.Quantities()
	if _, ok := s.now[reading.Distance]; ok && !slices.Contains(s.raw, reading.Level) {
		s.raw = append(s.raw, reading.Level)
	}
	return s, nil
}

func (d *calibrateDesk) sensorNames() (names []string) {
	for _, sc := range d.cfg.Sensors {
		names = append(names, sc.ID)
	}
	return names
}

// quantity finds a quantity that the sensor gives as measured.
func (d *calibrateDesk) quantity(s calibrateSensor, name string) (reading.Quantity, error) {
	q, ok := reading.Lookup(strings.ToLower(name))
	if !ok || q.IsCorrected() || !slices.Contains(s.raw, q) {
		return 0, d.errorf("sensor %s tidak memberi %q; yang ada: %s", "sensor %s gives no %q; it gives: %s", s.id, name, quantityNames(s.raw))
	}
	return q, nil
}

func quantityNames(qs []reading.Quantity) string {
	var names []string
	for _, q := range qs {
		names = append(names, q.String())
	}
	return strings.Join(names, ", ")
}

// takesDatum reports whether the sensor would give a level with a datum.
func (s calibrateSensor) takesDatum() bool {
	with := s.cfg
	with.Options = map[string]any{"datum_m": 1.0}
	maps.Copy(with.Options, s.cfg.Options)
	_, options, err := with.Chip()
	return err == nil && slices.Contains(options.Quantities(), reading.Level)
}
