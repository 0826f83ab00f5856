//go:build unix

package generator

import (
	"testing"
	"time"

	"github.com/siaga-id/siaga/internal/reading"
	"github.com/siaga-id/siaga/internal/wire"
)

func TestEveryReadingIsAPointOfItsOwn(t *testing.T) {
	now := time.Now()
	b := Burst{Nodes: 2, FirstSeq: 1, Packs: 3, BeginMS: now.UnixMilli()}
	p := &pace{Pace: Pace{Nodes: 2, All: 2, Every: 10 * time.Second, BeginMS: now.UnixMilli(), StepMS: 2000, Window: 1}}
	nodes := []*node{{pace: p, n: 0}, {pace: p, n: 1}}
	for name, payload := range map[string]func(n int, seq uint64) ([]byte, error){
		"burst": b.Payload,
		"pace": func(n int, seq uint64) ([]byte, error) {
			nodes[n].next = seq
			u, err := nodes[n].seal(now)
			return u.payload, err
		},
	} {
		type point struct {
			node   reading.NodeID
			sensor reading.SensorID
			q      reading.Quantity
			at     int64
		}
		seen := map[point]bool{}
		var d wire.Decoder
		for n := range b.Nodes {
			for seq := b.FirstSeq; seq < b.FirstSeq+uint64(b.Packs); seq++ {
				payload, err := payload(n, seq)
				if err != nil {
					t.Fatal(err)
				}
				var p wire.Pack
				if err := d.Decode(payload, &p); err != nil || len(p.Rejects) > 0 {
					t.Fatal(err, p.Rejects)
				}
				for _, r := range p.Readings {
					seen[point{p.Node, r.Sensor, r.Quantity, r.TimeMS}] = true
				}
			}
		}
		if len(seen) != b.Readings() {
			t.Errorf("%s: %d points, want %d", name, len(seen), b.Readings())
		}
	}
}
