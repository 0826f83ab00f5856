package world

import (
	"cmp"
	"regexp"
	"slices"
)

// quantity is what a column tells, as the chips know it.
type quantity string

const (
	pm1         quantity = "pm1"
	pm2_5       quantity = "pm2_5"
	pm10        quantity = "pm10"
	pm1CF1      quantity = "pm1_cf1"
	pm2_5CF1    quantity = "pm2_5_cf1"
	pm10CF1     quantity = "pm10_cf1"
	temperature quantity = "temperature"
	humidity    quantity = "humidity"
	pressure    quantity = "pressure"
	level       quantity = "level"
	occupancy   quantity = "occupancy"
	speed       quantity = "speed"
)

// column is a quantity of one of several equal chips: unit "" is the only or
// first one, "b" the second beside it.
type column struct {
	what quantity
	unit string
}

var (
	airColumn     = regexp.MustCompile(`^((?:pm1|pm2_5|pm10)(?:_cf1)?)(?:_([b-z]))?_ugm3$`)
	weatherColumn = regexp.MustCompile(`^(?:(temperature)(?:_([b-z]))?_cel|(humidity)(?:_([b-z]))?_pct|(pressure)(?:_([b-z]))?_hpa)$`)
)

// columnOf reads a column's name: pm1, pm2_5 and pm10 in ugm3 (with _cf1 for
// the factory calibration), temperature_cel, humidity_pct, pressure_hpa,
// level_m (above gauge zero), occupancy_pct and speed_kmh. A letter from b
// before the unit is a further chip of the same kind: pm2_5_b_ugm3.
func columnOf(name string) (column, bool) {
	switch name {
	case "level_m":
		return column{level, ""}, true
	case "occupancy_pct":
		return column{occupancy, ""}, true
	case "speed_kmh":
		return column{speed, ""}, true
	}
	if m := airColumn.FindStringSubmatch(name); m != nil {
		return column{quantity(m[1]), m[2]}, true
	}
	if m := weatherColumn.FindStringSubmatch(name); m != nil {
		return column{quantity(m[1] + m[3] + m[5]), m[2] + m[4] + m[6]}, true
	}
	return column{}, false
}

// Kind is a kind of chip that can show a trace.
type Kind string

// The kinds of chips.
const (
	PMS5003   Kind = "pms5003"
	BME280    Kind = "bme280"
	A02YYUW   Kind = "a02yyuw"
	BreakBeam Kind = "breakbeam"
)

func (q quantity) kind() Kind {
	switch q {
	case temperature, humidity, pressure:
		return BME280
	case level:
		return A02YYUW
	case occupancy, speed:
		return BreakBeam
	}
	return PMS5003
}

// Chip is one chip that a trace has values for. Unit is "" for the first of its
// kind and a letter from "b" for those beside it.
type Chip struct {
	Kind Kind
	Unit string
}

// Chips returns the chips that the trace can drive, sorted by kind and unit. A
// node that replays it should have these and no others: the rest would have
// nothing to say.
func (t *Trace) Chips() []Chip {
	var all []Chip
	for c := range t.columns {
		if chip := (Chip{c.what.kind(), c.unit}); !slices.Contains(all, chip) {
			all = append(all, chip)
		}
	}
	slices.SortFunc(all, func(a, b Chip) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Unit, b.Unit))
	})
	return all
}
