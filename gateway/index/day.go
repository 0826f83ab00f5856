package index

import (
	"time"

	"github.com/siaga-id/siaga/gateway/index/ispu"
	"github.com/siaga-id/siaga/gateway/registry"
	"github.com/siaga-id/siaga/internal/reading"
)

const (
	// dayHours is what an ISPU is of; one more is held, for while the newest is not
	// rolled up yet.
	dayHours  = 24
	ringHours = dayHours + 1
	// least is the share of a day's readings that a mean must be of: Siaga's
	// proposal, 18 of 24 hours. The regulation's own rule was not to be found.
	least = 0.75
	// nearly is added to what is compared with least: a sum of shares is not exact.
	nearly = 1e-9
)

// hourly is what is known of an hour.
type hourly struct {
	hour  int64 // Unix; 0: nothing
	share float64
	mean  float64
	// corrected tells that mean is of corrected values.
	corrected bool
}

// day holds a sensor's last hours.
type day struct {
	all [ringHours]hourly // of all its quantities; mean is not set
	// of has those of parameters of the ISPU.
	of map[reading.Quantity]*[ringHours]hourly
}

func slot(hour int64) int { return int(((hour % ringHours) + ringHours) % ringHours) }

// rolled is a roll-up of one quantity, over its good readings.
type rolled struct {
	mean, min, max, count float64
}

// with joins two roll-ups of the same hour, as of a sensor whose site changed.
func (r rolled) with(o rolled) rolled {
	if r.count == 0 {
		return o
	}
	if o.count == 0 {
		return r
	}
	n := r.count + o.count
	return rolled{r.mean + (o.mean-r.mean)*o.count/n, min(r.min, o.min), max(r.max, o.max), n}
}

// intervalAt returns how a sensor was configured at a time: before the first that
// is known, as it was first.
func intervalAt(of []registry.Interval, sensor reading.SensorID, at time.Time) *registry.Interval {
	var found *registry.Interval
	for i := range of {
		if of[i].Sensor == sensor && (found == nil || !of[i].Since.After(at)) {
			found = &of[i]
		}
	}
	return found
}

// put takes over what an hour's roll-up says of a sensor, none where it has no good
// reading. in is how it was configured then.
func (d *day) put(hour int64, in *registry.Interval, found map[reading.Quantity]rolled) {
	promised := float64(time.Hour) / float64(in.Every)
	sum, n := 0.0, 0
	for _, name := range in.Quantities {
		q, ok := reading.Lookup(name)
		if !ok || q.IsCorrected() {
			continue
		}
		r, corrected := found[q.Corrected()], true
		if r.count == 0 {
			r, corrected = found[q], false
		}
		is := hourly{hour, min(r.count/promised, 1), r.mean, corrected && r.count > 0}
		sum, n = sum+is.share, n+1
		if !ispu.Is(q) {
			continue
		}
		if d.of == nil {
			d.of = make(map[reading.Quantity]*[ringHours]hourly)
		}
		if d.of[q] == nil {
			d.of[q] = new([ringHours]hourly)
		}
		d.of[q][slot(hour)] = is
	}
	d.all[slot(hour)] = hourly{hour: hour, share: sum / float64(max(n, 1))}
}

// mean24 is a mean over the 24 hours before end.
type mean24 struct {
	value float64
	share float64 // of the readings that were promised
	// corrected tells that a part of it is of corrected values.
	corrected bool
}

func over24(ring *[ringHours]hourly, end int64) (m mean24) {
	weights := 0.0
	for h := end - dayHours; h < end; h++ {
		if is := &ring[slot(h)]; is.hour == h && is.share > 0 {
			m.value += is.mean * is.share
			weights += is.share
			m.corrected = m.corrected || is.corrected
		}
	}
	if m.share = weights / dayHours; weights > 0 {
		m.value /= weights
	}
	return m
}

// air is a sensor's ISPU.
type air struct {
	index   float64
	decides reading.Quantity
	ok      bool // else it is withheld
	// mean24 is of the parameter that decides, or of the most complete one where it
	// is withheld.
	mean24
}

// ispuOf computes the ISPU of the 24 hours before end from those of a sensor's
// parameters that are complete enough.
func (d *day) ispuOf(parameters []reading.Quantity, end int64, top float64) (a air) {
	var means []ispu.Mean
	of := make(map[reading.Quantity]mean24, len(parameters))
	for _, q := range parameters {
		var m mean24
		if ring := d.of[q]; ring != nil {
			m = over24(ring, end)
		}
		of[q] = m
		if m.share+nearly >= least {
			means = append(means, ispu.Mean{Quantity: q, Value: m.value})
		}
		if m.share > a.share {
			a.mean24 = m
		}
	}
	if a.index, a.decides, a.ok = ispu.Of(means, top); a.ok {
		a.mean24 = of[a.decides]
	}
	return a
}
