//go:build linux

package main

import (
	"fmt"
	"strconv"
	"time"

	"github.com/siaga-id/siaga/internal/reading"
	"github.com/siaga-id/siaga/internal/wire"
)

// The four quantities of each message are one point in InfluxDB.
var quantities = [4]reading.Quantity{reading.Count, reading.Flow, reading.Speed, reading.Occupancy}

const (
	measurement = "traffic"
	sensor      = "beam-1"
	site        = "35.05.12.1001"
)

// format is how a message looks.
type format int

const (
	flatJSON  format = iota // {"node":…,"time":…,"count":…,…}
	senmlJSON               // a pack, for people and tools that know no CBOR
	senmlCBOR               // a pack as nodes send it
)

// load is what is sent: to every node each messages, one after the other, with so
// many points each. Point number i of a node has the time begin + i × step.
type load struct {
	protocol protocol
	format   format
	// first is the number of the first node.
	first, nodes int
	each, points int
	beginMS      int64
	stepMS       int64
	// paced is whether a message goes at its own time, or as soon as it may.
	paced  bool
	window int
}

// mode says which of the measurements a load is for.
type mode string

const (
	modeFull    mode = "full"
	modeSteady  mode = "steady"
	modeOrderly mode = "orderly"
	modeKilled  mode = "killed"
)

// load returns what a chain gets, from now on.
func (o options) load(c chain, m mode) load {
	l := load{protocol: c.protocol, format: c.format, nodes: o.nodes, points: c.points, window: o.window}
	if m == modeFull {
		l.each, l.stepMS = max(1, o.points/o.nodes/l.points), 1000
		l.beginMS = time.Now().Truncate(time.Second).UnixMilli() - int64(l.each*l.points)*l.stepMS
		return l
	}
	during := o.storm
	if m == modeSteady {
		during = o.steady
	}
	l.paced = true
	l.stepMS = max(1, int64(1000*o.nodes/o.rate))
	l.each = max(1, int(during.Milliseconds()/l.stepMS)/l.points)
	l.beginMS = time.Now().UnixMilli()
	return l
}

// ofNode is how many points a node sends.
func (l load) ofNode() int { return l.each * l.points }

// total is how many points all send.
func (l load) total() int { return l.nodes * l.ofNode() }

// timeMS is the time of a node's point i.
func (l load) timeMS(i int) int64 { return l.beginMS + int64(i)*l.stepMS }

// nodeID is the name of node n.
func nodeID(n int) reading.NodeID { return reading.NodeID(fmt.Sprintf("bench-%03d", n)) }

// values are those of point i of node n, so that a changed one is found.
func values(n, i int) (v [4]float64) {
	count := float64((i*7 + n) % 20)
	return [4]float64{count, count * 360, float64(200+(i*13+n*7)%500) / 10, float64((i*29+n*3)%3000) / 100}
}

// payload is message i of node n.
func (l load) payload(n, i int) []byte {
	if l.format == flatJSON {
		v := values(n, i)
		b := fmt.Appendf(nil, `{"node":%q,"sensor":%q,"site":%q,"time":%d`, nodeID(n), sensor, site, l.timeMS(i))
		for k, q := range quantities {
			b = strconv.AppendFloat(fmt.Appendf(b, `,%q:`, q.String()), v[k], 'f', -1, 64)
		}
		return append(b, '}')
	}
	p := wire.Pack{
		Node: nodeID(n), Seq: uint64(i + 1), Epoch: epoch, Boot: "0b6ee6c1-3a54-4d0e-9f6a-5a4f7d2b9c11",
		Clock: wire.Synced, ClockErrS: 0.01, Site: site, Sim: true,
	}
	for j := i * l.points; j < (i+1)*l.points; j++ {
		for k, v := range values(n, j) {
			p.Readings = append(p.Readings, reading.Reading{
				Sensor: sensor, Quantity: quantities[k], TimeMS: l.timeMS(j), Value: v, Quality: reading.Good,
			})
		}
	}
	encode := p.AppendJSON
	if l.format == senmlCBOR {
		encode = p.AppendCBOR
	}
	b, err := encode(nil)
	if err != nil {
		panic(err) // every pack of a load is valid
	}
	return b
}

// epoch is that of every node: each load begins with an empty center.
const epoch = "k3m9x2p7q4ab"

// meanBytes is how much of a payload a point takes, on average.
func (l load) meanBytes() float64 {
	sum, some := 0, min(l.each, 100)
	for i := range some {
		sum += len(l.payload(l.first+i%l.nodes, i))
	}
	return float64(sum) / float64(max(some*l.points, 1))
}
