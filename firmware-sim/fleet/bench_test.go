package fleet

import (
	"context"
	"runtime"
	"testing"
	"time"
)

// BenchmarkNodes reports what a running node costs in memory.
func BenchmarkNodes(b *testing.B) {
	const nodes = 500
	for b.Loop() {
		before := inUse()
		opt := testOptions(b, nodes)
		f, err := New(opt)
		if err != nil {
			b.Fatal(err)
		}
		ctx, cancel := context.WithCancel(b.Context())
		ended := make(chan error, 1)
		go func() { ended <- f.Run(ctx) }()
		time.Sleep(30 * time.Second) // until every sensor has been read
		b.ReportMetric(float64(inUse()-before)/nodes, "B/node")
		b.ReportMetric(float64(runtime.NumGoroutine())/nodes, "goroutines/node")
		if n := f.Counts(); n.QueuedReadings == 0 || n.LostReadings > 0 {
			b.Errorf("%+v", n)
		}
		cancel()
		if err := <-ended; err != nil {
			b.Error(err)
		}
	}
}

// inUse is what heap and stacks hold that is not garbage.
func inUse() uint64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc + m.StackInuse
}
