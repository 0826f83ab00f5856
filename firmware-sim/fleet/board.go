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

// meanVehicleM is the length that a beam's configuration reckons speeds with: a
// village road's mix of motorcycles and cars.
const meanVehicleM = 2.6

// board is a simulated machine with its chips, and the sensors to configure.
type board struct {
	machine *simbus.Machine
	sensors []edge.SensorConfig
	// plugs are the chips' wires by sensor id, for faults.
	plugs map[string]*simbus.Plug
}

func newBoard(clock *world.Clock) *board {
	return &board{machine: simbus.New(clock), plugs: map[string]*simbus.Plug{}}
}

// full puts one chip of each kind on the board, in the seeded world.
func (b *board) full(src world.Source) error {
	return errors.Join(
		b.plug(world.PMS5003, "1", src, beam{meanVehicleM}, world.DatumM),
		b.plug(world.BME280, "1", src, beam{meanVehicleM}, world.DatumM),
		b.plug(world.A02YYUW, "1", src, beam{meanVehicleM}, world.DatumM),
		b.plug(world.BreakBeam, "1", src, beam{meanVehicleM}, world.DatumM),
	)
}

// beam is how a light beam is installed.
type beam struct{ vehicleM float64 }

// Intervals at which the sensors are read. A PMS5003 in a steady air speaks
// every 2.3 s.
const (
	airInterval     = 5 * time.Second
	weatherInterval = 5 * time.Second
	waterInterval   = 2 * time.Second
	trafficInterval = 20 * time.Second
)

// plug puts one chip on the board. unit tells chips of a kind apart.
func (b *board) plug(kind world.Kind, unit string, src world.Source, bm beam, datumM float64) error {
	n := len(b.plugs)
	port := fmt.Sprintf("/dev/ttySIM%d", n)
	var (
		id  string
		sc  edge.SensorConfig
		err error
		p   *simbus.Plug
	)
	switch kind {
	case world.PMS5003:
		id = "pm-" + unit
		sc = edge.SensorConfig{Port: port, Interval: airInterval}
		p, err = b.machine.PlugSerial(port, pms5003.Baud, pms5003.New(sampleAir(src)))
	case world.BME280:
		id = "bme-" + unit
		bus := fmt.Sprintf("sim-%d", n)
		sc = edge.SensorConfig{I2C: bus, Address: 0x76, Interval: weatherInterval}
		p, err = b.machine.PlugI2C(bus, 0x76, bme280.New(sampleWeather(src)))
	case world.A02YYUW:
		id = "sungai-" + unit
		sc = edge.SensorConfig{Port: port, DatumM: &datumM, Interval: waterInterval}
		p, err = b.machine.PlugSerial(port, a02yyuw.Baud, a02yyuw.New(distance(src, datumM)))
	case world.BreakBeam:
		id = "jalan-" + unit
		line := fmt.Sprintf("GPIO%d", 17+n)
		sc = edge.SensorConfig{Pin: line, VehicleLengthM: bm.vehicleM, DetectorLengthM: world.BeamM, Interval: trafficInterval}
		p, err = b.machine.PlugPin(line, breakbeam.New(true, blocked(src)))
	default:
		return fmt.Errorf("plug chip: no chip shows %q", kind)
	}
	if err != nil {
		return fmt.Errorf("plug %s: %w", kind, err)
	}
	sc.ID, sc.Driver = id, string(kind)
	b.sensors = append(b.sensors, sc)
	b.plugs[id] = p
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
		return math.Round((datumM - level) * 1000), ok
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
