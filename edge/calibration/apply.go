package calibration

import (
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/siaga-id/siaga/edge/driver"
	"github.com/siaga-id/siaga/internal/reading"
)

// freshHumidity is how old another sensor's humidity may be: the air does not
// change faster than this by more than such sensors err.
const freshHumidity = 5 * time.Minute

// published is what readers see. It is never changed.
type published struct {
	ledger *ledger
	text   string // of the file; "" where there is none
	// rules are what is in force, by quantity; sensors without any are not in it.
	rules map[reading.SensorID][]rule
	// sources are the sensors whose humidity the rules of others need.
	sources map[reading.SensorID]bool
}

type rule struct {
	Correction
	model Model // of Kind Humidity
}

func (s *Store) publish(l *ledger, text []byte) {
	p := &published{ledger: l, text: string(text), rules: map[reading.SensorID][]rule{}, sources: map[reading.SensorID]bool{}}
	for id, past := range l.sensors {
		now := past.inForce()
		for _, q := range slices.Sorted(maps.Keys(now)) {
			r := rule{Correction: now[q]}
			if r.Kind == Humidity {
				r.model, _ = ModelNamed(r.Humidity.Name) // valid: it has a model
				if from := r.Humidity.Sensor; from != "" {
					p.sources[from] = true
				}
			}
			p.rules[id] = append(p.rules[id], r)
		}
	}
	s.current.Store(p)
}

// heard is the newest humidity of the sensors that others need.
type heard struct {
	mu   sync.Mutex
	last map[reading.SensorID]sample
}

type sample struct {
	value driver.Value
	at    time.Duration
}

// UseClock gives the clock by which another sensor's humidity grows old; without
// it that is the machine's. It must be called before the store is used.
func (s *Store) UseClock(now func() time.Duration) { s.now = now }

// Apply returns values with the corrected ones behind them, in the same order,
// rounded. values are one measurement of a sensor, of raw quantities; they are
// not changed, but their slice may be appended to. Where nothing is corrected
// nothing is allocated.
//
// A corrected value is no better than the raw one that it was made from, but for
// one thing: limits look at the corrected value alone, since a sensor that is far
// off is what corrections are for. It is suspect outside them and where the
// correction is not known to hold. There is none for a raw value that is no number, and none from a
// humidity model whose inputs are missing: another sensor's humidity counts for
// 5 minutes.
func (s *Store) Apply(sensor reading.SensorID, values []driver.Value) []driver.Value {
	now := s.current.Load()
	if now.sources[sensor] {
		s.hear(sensor, values)
	}
	rules := now.rules[sensor]
	if len(rules) == 0 {
		return values
	}
	for _, raw := range values { // of the slice as it came
		i := slices.IndexFunc(rules, func(r rule) bool { return r.Quantity == raw.Quantity })
		if i < 0 || !finite(raw.Value) {
			continue
		}
		if v, ok := s.correct(&rules[i], raw, values); ok {
			values = append(values, v)
		}
	}
	return values
}

// correct returns what r makes of raw, which was measured with the others.
func (s *Store) correct(r *rule, raw driver.Value, with []driver.Value) (driver.Value, bool) {
	var v float64
	var holds bool
	quality := raw.Quality
	if quality == reading.Suspect && raw.Quantity.Check(raw.Value) == reading.Suspect {
		quality = reading.NotEvaluated
	}
	switch r.Kind {
	case Datum:
		return driver.Value{}, false
	case Humidity:
		input, ok := find(with, r.model.Input)
		if !ok {
			return driver.Value{}, false
		}
		rh, ok := find(with, reading.Humidity)
		if !ok {
			rh, ok = s.fresh(r.Humidity.Sensor)
		}
		if !ok {
			return driver.Value{}, false
		}
		v, holds = r.model.Correct(input.Value, rh.Value)
		quality = least(quality, input.Quality, rh.Quality)
	default:
		v, holds = r.compute(raw.Value)
	}
	if !finite(v) {
		return driver.Value{}, false
	}
	corrected := driver.Measured(raw.Quantity.Corrected(), v)
	corrected.Quality = worse(corrected.Quality, quality)
	if !holds {
		corrected.Quality = worse(corrected.Quality, reading.Suspect)
	}
	return corrected, true
}

// least is what can be said of a value made from several: it is good only where
// all of them are. QARTOD's flags rise in that order; 0 is NotEvaluated.
func least(qs ...reading.Quality) reading.Quality {
	all := reading.Good
	for _, q := range qs {
		if q == 0 {
			q = reading.NotEvaluated
		}
		all = max(all, q)
	}
	return all
}

// worse takes 0, which a driver that judges nothing leaves, for NotEvaluated.
func worse(a, b reading.Quality) reading.Quality {
	if b == 0 {
		return a
	}
	if a == 0 {
		return b
	}
	return a.Worse(b)
}

// find returns the value of q, if there is one and it is a number.
func find(values []driver.Value, q reading.Quantity) (driver.Value, bool) {
	i := slices.IndexFunc(values, func(v driver.Value) bool { return v.Quantity == q })
	if i < 0 || !finite(values[i].Value) {
		return driver.Value{}, false
	}
	return values[i], true
}

// hear keeps a sensor's humidity for the rules of others.
func (s *Store) hear(sensor reading.SensorID, values []driver.Value) {
	v, ok := find(values, reading.Humidity)
	if !ok {
		return
	}
	s.heard.mu.Lock()
	defer s.heard.mu.Unlock()
	if s.heard.last == nil {
		s.heard.last = map[reading.SensorID]sample{}
	}
	s.heard.last[sensor] = sample{v, s.now()}
}

func (s *Store) fresh(sensor reading.SensorID) (driver.Value, bool) {
	s.heard.mu.Lock()
	defer s.heard.mu.Unlock()
	last, ok := s.heard.last[sensor]
	return last.value, ok && s.now()-last.at <= freshHumidity
}

// Quantities returns the corrected quantities that come in addition at every
// interval from a sensor that gives these raw ones. The caller owns the slice.
func (s *Store) Quantities(sensor reading.SensorID, raw []reading.Quantity) []reading.Quantity {
	var more []reading.Quantity
	for _, r := range s.current.Load().rules[sensor] {
		if r.Kind != Datum && slices.Contains(raw, r.Quantity) && Check(r.Correction, raw) == nil {
			more = append(more, r.Quantity.Corrected())
		}
	}
	return more
}

// Datum returns the height above gauge zero in metres that was measured for a
// sensor, and whether there is one. It goes before the one in the configuration.
func (s *Store) Datum(sensor reading.SensorID) (m float64, ok bool) {
	c, ok := s.InForce(sensor, reading.Distance)
	return c.DatumM, ok
}

// InForce returns what corrects a raw quantity of a sensor now, and whether
// anything does. The caller owns it.
func (s *Store) InForce(sensor reading.SensorID, q reading.Quantity) (Correction, bool) {
	for _, r := range s.current.Load().rules[sensor] {
		if r.Quantity == q {
			return r.clone(), true
		}
	}
	return Correction{}, false
}
