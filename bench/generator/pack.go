package generator

import (
	"fmt"

	"github.com/siaga-id/siaga/internal/reading"
	"github.com/siaga-id/siaga/internal/wire"
)

// Samples is how many readings of each series a pack has, Readings how many it
// has of all.
const (
	Samples  = 5
	Readings = 60
)

// What every pack and state says. A clock that was synchronised lately is
// believed to be off by clockErrS.
const (
	site      = "35.05.12.1001"
	epoch     = "benchmark000"
	boot      = "bench"
	clockErrS = 0.01
)

// Sensor is one of the reference node's.
type Sensor struct {
	ID         reading.SensorID
	Driver     string
	Quantities []reading.Quantity
	value      float64
}

// Sensors has the twelve series of a village's node.
var Sensors = []Sensor{
	{"pm-1", "pms5003", []reading.Quantity{reading.PM1, reading.PM2_5, reading.PM10}, 12},
	{"bme-1", "bme280", []reading.Quantity{reading.Temperature, reading.Humidity, reading.Pressure}, 27.35},
	{"air-1", "a02yyuw", []reading.Quantity{reading.Level, reading.Distance}, 1.234},
	{"beam-1", "breakbeam", []reading.Quantity{reading.Count, reading.Flow, reading.Occupancy, reading.Speed}, 31.5},
}

// NodeID is the id of node n.
func NodeID(n int) reading.NodeID { return reading.NodeID(fmt.Sprintf("bench-%03d", n)) }

// times are those of one pack: of its first reading, from one to the next, and
// of its being sealed, in Unix milliseconds.
type times struct{ begin, step, sealed int64 }

// fill makes p the pack of node n under that number; the same in every process.
func fill(p *wire.Pack, n int, seq uint64, t times, simulated bool) {
	*p = wire.Pack{
		Node: NodeID(n), Seq: seq, Epoch: epoch, Boot: boot, Clock: wire.Synced, ClockErrS: clockErrS,
		Site: site, Sim: simulated, SealedMS: t.sealed, Readings: p.Readings[:0],
	}
	for i, s := range Sensors {
		for j, q := range s.Quantities {
			for k := range Samples {
				wave := float64((int(seq)*Samples+k+n+7*i+3*j)%100) / 10
				p.Readings = append(p.Readings, reading.Reading{
					Sensor: s.ID, Quantity: q, TimeMS: t.begin + int64(k)*t.step,
					Value: q.Round(s.value + wave), Quality: reading.NotEvaluated,
				})
			}
		}
	}
}
