package fleet

import (
	"fmt"
	"maps"
	"math"
	"path/filepath"
	"slices"

	"github.com/siaga-id/siaga/edge"
	chip "github.com/siaga-id/siaga/firmware-sim/chip/board"
	"github.com/siaga-id/siaga/firmware-sim/simbus"
	"github.com/siaga-id/siaga/firmware-sim/world"
)

// board is a simulated machine with its chips, and the sensors to configure.
type board struct {
	machine  *simbus.Machine
	schedule schedule
	sensors  []edge.SensorConfig
	// dir is a folder of the simulated node's disk.
	dir    string
	system *chip.Board
	plugs  int
	// running: the chips have been running for long when the node starts.
	running bool
	// chips are what the sensors read, by sensor id, for faults.
	chips map[string]plugged
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

// newBoard returns a board for a village's node: in the seeded world with the
// chips that the options name, under a trace with those that it has columns for.
func newBoard(c *clock, s schedule, opt Options, replay *world.Replay, v world.Village) (*board, error) {
	src := world.New(opt.Seed, v)
	b := &board{
		machine: simbus.New(c), schedule: s, dir: filepath.Join(opt.Dir, string(v.Node)),
		system: newSystem(c, src), chips: map[string]plugged{}, running: opt.Chips == nil,
	}
	b.machine.Install(system{b.system})
	if replay == nil {
		chosen, err := choose(opt.Chips)
		if err != nil {
			return nil, err
		}
		for _, p := range chosen {
			if err := b.plug(p, "1", src, inVillage); err != nil {
				return nil, err
			}
		}
		return b, nil
	}
	m := overTrace(opt.Trace)
	for _, chip := range opt.Trace.Chips() {
		unit := chip.Unit
		if unit == "" {
			unit = "1"
		}
		p, err := partFor(string(chip.Kind))
		if err != nil {
			return nil, err
		}
		if err := b.plug(p, unit, replay.Source(chip.Unit), m); err != nil {
			return nil, err
		}
	}
	return b, nil
}

// plug puts one chip on the board, each on a line of its own. unit tells chips
// of a kind apart.
func (b *board) plug(p part, unit string, src world.Source, m mounting) error {
	n := b.plugs
	b.plugs++
	c, err := p.plug(place{
		board: b, src: src, mounting: m,
		port: fmt.Sprintf("/dev/ttySIM%d", n), bus: fmt.Sprintf("sim-%d", n), pin: fmt.Sprintf("GPIO%d", 17+n),
	})
	if err != nil {
		return fmt.Errorf("plug %s: %w", p.driver, err)
	}
	for _, tail := range slices.Sorted(maps.Keys(c.sensors)) {
		id := p.id + "-" + unit
		if tail != "" {
			id += "-" + tail
		}
		b.sensors = append(b.sensors, edge.SensorConfig{
			ID: id, Driver: p.driver, Interval: b.schedule.interval(p), Options: c.sensors[tail],
		})
		b.chips[id] = c
	}
	return nil
}
