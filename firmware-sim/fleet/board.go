package fleet

import (
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/siaga-id/siaga/edge"
	"github.com/siaga-id/siaga/firmware-sim/chip/a02yyuw"
	"github.com/siaga-id/siaga/firmware-sim/chip/bme280"
	"github.com/siaga-id/siaga/firmware-sim/chip/breakbeam"
	"github.com/siaga-id/siaga/firmware-sim/chip/pms5003"
	"github.com/siaga-id/siaga/firmware-sim/simbus"
	"github.com/siaga-id/siaga/firmware-sim/world"
)

// board is a simulated machine with its chips, and the sensors to configure.
type board struct {
	machine  *simbus.Machine
	schedule schedule
	sensors  []edge.SensorConfig
	// plugs are the chips' wires by sensor id, for faults.
	plugs map[string]*simbus.Plug
}

// mounting is what a sensor's configuration says of how it is mounted.
type mounting struct {
	// datumM is the height of the level sensor's face above gauge zero.
	datumM float64
	// vehicleM is the length that speeds at the beam are reckoned with.
	vehicleM float64
}

// inVillage is the mounting in the seeded world: a village road's mix of
// motorcycles and cars.
var inVillage = mounting{datumM: world.DatumM, vehicleM: 2.6}

// clearance is how far above the highest water of a trace the level sensor
// hangs: outside its blind zone of 30 mm, and not much higher, since it reaches
// 4.5 m down.
const clearance = 0.05

// overTrace is the mounting for a trace.
func overTrace(t *world.Trace) mounting {
	m := mounting{vehicleM: world.VehicleM}
	if _, highest, ok := t.LevelSpan(); ok {
		m.datumM = math.Ceil((highest+clearance)*100) / 100
	}
	return m
}

// newBoard returns a board for a village's node: one chip of each kind in the
// seeded world, under a trace those that it has columns for.
func newBoard(c *clock, s schedule, opt Options, replay *world.Replay, v world.Village) (*board, error) {
	b := &board{machine: simbus.New(c), schedule: s, plugs: map[string]*simbus.Plug{}}
	if replay == nil {
		src := world.New(opt.Seed, v)
		return b, errors.Join(
			b.plug(world.PMS5003, "1", src, inVillage),
			b.plug(world.BME280, "1", src, inVillage),
			b.plug(world.A02YYUW, "1", src, inVillage),
			b.plug(world.BreakBeam, "1", src, inVillage),
		)
	}
	m := overTrace(opt.Trace)
	for _, chip := range opt.Trace.Chips() {
		unit := chip.Unit
		if unit == "" {
			unit = "1"
		}
		if err := b.plug(chip.Kind, unit, replay.Source(chip.Unit), m); err != nil {
			return nil, err
		}
	}
	return b, nil
}

// plug puts one chip on the board. unit tells chips of a kind apart.
func (b *board) plug(kind world.Kind, unit string, src world.Source, m mounting) error {
	n := len(b.plugs)
	port := fmt.Sprintf("/dev/ttySIM%d", n)
	sc := edge.SensorConfig{Driver: string(kind), Interval: b.schedule.interval(kind)}
	var (
		p   *simbus.Plug
		err error
	)
	switch kind {
	case world.PMS5003:
		// The chip has been running for long.
		sc.ID, sc.Port, sc.WarmUp = "pm-"+unit, port, new(time.Duration)
		p, err = b.machine.PlugSerial(port, pms5003.Baud, pms5003.New(sampleAir(src)))
	case world.BME280:
		sc.ID, sc.I2C, sc.Address = "bme-"+unit, fmt.Sprintf("sim-%d", n), 0x76
		p, err = b.machine.PlugI2C(sc.I2C, sc.Address, bme280.New(sampleWeather(src)))
	case world.A02YYUW:
		sc.ID, sc.Port, sc.DatumM = "sungai-"+unit, port, &m.datumM
		p, err = b.machine.PlugSerial(port, a02yyuw.Baud, a02yyuw.New(distance(src, m.datumM)))
	case world.BreakBeam:
		sc.ID, sc.Pin = "jalan-"+unit, fmt.Sprintf("GPIO%d", 17+n)
		sc.VehicleLengthM, sc.DetectorLengthM = m.vehicleM, world.BeamM
		p, err = b.machine.PlugPin(sc.Pin, breakbeam.New(true, blocked(src)))
	default:
		return fmt.Errorf("plug chip: no chip shows %q", kind)
	}
	if err != nil {
		return fmt.Errorf("plug %s: %w", kind, err)
	}
	b.sensors = append(b.sensors, sc)
	b.plugs[sc.ID] = p
	return nil
}

func sampleAir(src world.Source) func(time.Time) (pms5003.Sample, bool) {
	return func(at time.Time) (pms5003.Sample, bool) {
		a, ok := src.Air(at)
		return pms5003.Sample{CF1: pms5003.Mass(a.CF1), Atmospheric: pms5003.Mass(a.Atmospheric)}, ok
	}
}

func sampleWeather(src world.Source) func(time.Time) (bme280.Sample, bool) {
	return func(at time.Time) (bme280.Sample, bool) {
		w, ok := src.Weather(at)
		return bme280.Sample(w), ok
	}
}

func distance(src world.Source, datumM float64) func(time.Time) (float64, bool) {
	return func(at time.Time) (float64, bool) {
		level, ok := src.Level(at)
		return (datumM - level) * 1000, ok
	}
}

func blocked(src world.Source) func(from, to time.Time) []breakbeam.Interval {
	return func(from, to time.Time) []breakbeam.Interval {
		passages := src.Passages(from, to)
		intervals := make([]breakbeam.Interval, len(passages))
		for i, p := range passages {
			intervals[i] = breakbeam.Interval{From: p.At, To: p.At.Add(p.Blocks())}
		}
		return intervals
	}
}
