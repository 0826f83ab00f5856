package world

import (
	"math"
	"time"
)

// VehicleM is the length in m of every vehicle in a replayed trace, as recorded
// occupancy and speed say nothing of lengths.
const VehicleM = 4.5

// flow returns the vehicles per second that, all at the row's speed and of
// VehicleM, keep a beam blocked for the row's share of time; 0 where the row
// does not say. Speeds count as 1 to 1000 km/h: a beam cannot show a standstill.
func (t *Trace) flow(i int) (perSecond float64, p Passage) {
	o, s := t.columns[column{occupancy, ""}], t.columns[column{speed, ""}]
	if o == nil || !(o[i] > 0) || math.IsNaN(s[i]) {
		return 0, Passage{}
	}
	p = Passage{SpeedKMH: math.Max(1, math.Min(1000, s[i])), LengthM: VehicleM}
	return math.Min(100, o[i]) / 100 / p.Blocks().Seconds(), p
}

// countVehicles sums the flow up to each row. Passages are where the sum
// crosses a half: so no vehicle is lost where one row ends and the next begins.
func (t *Trace) countVehicles() {
	t.vehicles = make([]float64, len(t.times))
	sum := 0.0
	for i := range t.times {
		t.vehicles[i] = sum
		perSecond, _ := t.flow(i)
		sum += perSecond * t.until(i).Sub(t.times[i]).Seconds()
	}
}

// Passages implements Source: evenly spaced vehicles that give the recorded
// occupancy and speed at the beam. In gaps no vehicle passes.
func (u unitSource) Passages(from, to time.Time) []Passage {
	t := u.trace
	if u.unit != "" {
		return nil
	}
	var all []Passage
	from, to = u.recorded(from), u.recorded(to)
	first, _, ok := t.row(from)
	if !ok && !from.Before(t.times[0]) {
		first++ // in a gap: the next row is the first that matters
	}
	for i := first; i < len(t.times) && t.times[i].Before(to); i++ {
		perSecond, p := t.flow(i)
		if perSecond == 0 {
			continue
		}
		begin, end := t.times[i], t.until(i)
		if begin.Before(from) {
			begin = from
		}
		if end.After(to) {
			end = to
		}
		count := func(at time.Time) float64 {
			return t.vehicles[i] + perSecond*at.Sub(t.times[i]).Seconds() - 0.5
		}
		for k := math.Ceil(count(begin)); k < count(end); k++ {
			after := (k + 0.5 - t.vehicles[i]) / perSecond
			p.At = t.times[i].Add(time.Duration(after * float64(time.Second)))
			if p.At.Before(begin) { // by a rounded nanosecond
				p.At = begin
			}
			p.At = p.At.Add(u.shift)
			all = append(all, p)
		}
	}
	return all
}
