package live

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/siaga-id/siaga/internal/reading"
	"github.com/siaga-id/siaga/internal/wire"
)

// reference is a node's pack: 12 series of 5 samples.
func reference(node int) *wire.Pack {
	p := &wire.Pack{Node: reading.NodeID(fmt.Sprintf("node-%04d", node)), Clock: wire.Synced}
	quantities := reading.Quantities()
	for s := range 12 {
		for i := range 5 {
			p.Readings = append(p.Readings, reading.Reading{
				Sensor: reading.SensorID(fmt.Sprintf("sensor-%d", s/3)), Quantity: quantities[s], TimeMS: int64(1000 * i), Value: 12.3, Quality: 2,
			})
		}
	}
	return p
}

func BenchmarkObserve(b *testing.B) {
	h := New(Options{})
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- h.Run(ctx) }()
	defer func() { cancel(); <-done }()
	const nodes = 1000
	packs := make([]*wire.Pack, nodes)
	for i := range packs {
		packs[i] = reference(i)
		h.Observe(packs[i], time.Now())
	}
	var turn atomic.Int64
	b.ReportAllocs()
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		base := turn.Add(1) * nodes / 16
		for i := base; pb.Next(); i++ {
			p := packs[i%nodes]
			now := time.Now()
			h.Observe(p, now)
		}
	})
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*60), "ns/reading")
}
