package bench

import (
	"fmt"
	"testing"
	"time"

	"github.com/siaga-id/siaga/internal/reading"
	"github.com/siaga-id/siaga/internal/wire"
)

// load is what one round sends: every node some packs of 60 readings, one after
// the other, each of the five seconds after the one before.
type load struct {
	Nodes int `json:"nodes"`
	// FirstSeq is the first pack's number, Packs how many each node sends.
	FirstSeq uint64 `json:"first_seq"`
	Packs    int    `json:"packs"`
	// BeginMS is the time of pack number 0.
	BeginMS int64 `json:"begin_ms"`
	// Window is how many packs a node has under way without acknowledgement.
	Window int `json:"window"`
}

const (
	samples      = 5
	readingsEach = 60
)

// readings is how many readings the load has.
func (l load) readings() int { return l.Nodes * l.Packs * readingsEach }

// referenceSeries are the twelve series of a village's node.
var referenceSeries = []struct {
	sensor     reading.SensorID
	quantities []reading.Quantity
	value      float64
}{
	{"pm-1", []reading.Quantity{reading.PM1, reading.PM2_5, reading.PM10}, 12},
	{"bme-1", []reading.Quantity{reading.Temperature, reading.Humidity, reading.Pressure}, 27.35},
	{"air-1", []reading.Quantity{reading.Level, reading.Distance}, 1.234},
	{"beam-1", []reading.Quantity{reading.Count, reading.Flow, reading.Occupancy, reading.Speed}, 31.5},
}

func nodeID(n int) reading.NodeID { return reading.NodeID(fmt.Sprintf("bench-%03d", n)) }

// payload is the pack that node n sends under that number; the same bytes in
// every process.
func (l load) payload(n int, seq uint64) ([]byte, error) {
	p := &wire.Pack{
		Node: nodeID(n), Seq: seq, Epoch: "benchmark000", Boot: "bench",
		Clock: wire.Synced, ClockErrS: 0.01, Site: "35.05.12.1001",
	}
	begin := l.BeginMS + int64(seq)*samples*1000
	p.SealedMS = begin + samples*1000
	for i, s := range referenceSeries {
		for j, q := range s.quantities {
			for k := range samples {
				wave := float64((int(seq)*samples+k+n+7*i+3*j)%100) / 10
				p.Readings = append(p.Readings, reading.Reading{
					Sensor: s.sensor, Quantity: q, TimeMS: begin + int64(k)*1000,
					Value: q.Round(s.value + wave), Quality: reading.NotEvaluated,
				})
			}
		}
	}
	return p.AppendCBOR(nil)
}

func TestEveryReadingOfTheLoadIsAPointOfItsOwn(t *testing.T) {
	l := load{Nodes: 2, FirstSeq: 1, Packs: 3, BeginMS: time.Now().UnixMilli()}
	type point struct {
		node   reading.NodeID
		sensor reading.SensorID
		q      reading.Quantity
		at     int64
	}
	seen := map[point]bool{}
	var d wire.Decoder
	for n := range l.Nodes {
		for seq := l.FirstSeq; seq < l.FirstSeq+uint64(l.Packs); seq++ {
			b, err := l.payload(n, seq)
			if err != nil {
				t.Fatal(err)
			}
			var p wire.Pack
			if err := d.Decode(b, &p); err != nil || len(p.Rejects) > 0 {
				t.Fatal(err, p.Rejects)
			}
			for _, r := range p.Readings {
				seen[point{p.Node, r.Sensor, r.Quantity, r.TimeMS}] = true
			}
		}
	}
	if len(seen) != l.readings() {
		t.Errorf("%d points, want %d", len(seen), l.readings())
	}
}
