package wire

import (
	"cmp"
	"slices"

	"github.com/siaga-id/siaga/internal/reading"
)

// planned is one reading at its place in the pack.
type planned struct {
	index    int // in Pack.Readings
	sensor   reading.SensorID
	quantity reading.Quantity
	// named is true where the record has a name of its own below the sensor's
	// base name, false where the base name is the whole name.
	named bool
}

// sameName reports whether p needs no new base name after q.
func (p planned) sameName(q planned) bool {
	return p.sensor == q.sensor && p.named == q.named && (p.named || p.quantity == q.quantity)
}

// planOf puts the readings in the order in which they are written: by sensor,
// then by unit, so that names and units need not be repeated. Quantities without
// a unit come first, since SenML cannot take back a base unit. Within a series
// the order stays.
func planOf(p *Pack) []planned {
	plan := make([]planned, len(p.Readings))
	for i := range p.Readings {
		plan[i] = planned{index: i, sensor: p.Readings[i].Sensor, quantity: p.Readings[i].Quantity}
	}
	slices.SortStableFunc(plan, func(a, b planned) int {
		if a.sensor == b.sensor && a.quantity == b.quantity {
			return 0
		}
		x, y := a.quantity.Info(), b.quantity.Info()
		if (x.Unit == "") != (y.Unit == "") {
			return cmp.Compare(min(len(x.Unit), 1), min(len(y.Unit), 1))
		}
		return cmp.Or(cmp.Compare(a.sensor, b.sensor), cmp.Compare(x.Unit, y.Unit), cmp.Compare(x.Name, y.Name))
	})
	for from := 0; from < len(plan); {
		to := from + 1
		for to < len(plan) && plan[to].sensor == plan[from].sensor {
			to++
		}
		nameShorter(plan[from:to], len(p.Node)+len(plan[from].sensor)+len("//"))
		from = to
	}
	return plan
}

// nameShorter chooses, for the readings of one sensor, the shorter way of
// naming: each series by a base name of its own, or all by the sensor's, of
// prefix bytes, with a name in each record. The former wins once series have a
// few readings.
func nameShorter(block []planned, prefix int) {
	each, own := 0, prefix
	for i, b := range block {
		name := len(b.quantity.String())
		own += name + len("\x00\x60") // the label and the text's head in CBOR
		if i == 0 || block[i-1].quantity != b.quantity {
			each += prefix + name + len("\x21\x60")
		}
	}
	if own >= each {
		return
	}
	for i := range block {
		block[i].named = true
	}
}
