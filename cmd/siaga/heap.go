package main

import (
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
)

const (
	// smallHeap is up to where the heap grows before it is collected at all: a small
	// center would otherwise collect a few megabytes many times a second.
	smallHeap = 64 << 20
	// largeGrowth is by how many percent a large one grows in between: half as much
	// as Go's default, which holds ten thousand nodes in a gigabyte.
	largeGrowth = 50
)

// tendHeap sets after each collection how far the heap may grow until the next one.
// The environment's GOGC, where it is set, is left alone.
func tendHeap() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(largeGrowth)
		again(new([16]byte))
	}
}

// again comes with every collection: it begins what the next one finalizes.
func again(mark *[16]byte) {
	runtime.SetFinalizer(mark, func(mark *[16]byte) {
		live := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
		metrics.Read(live)
		debug.SetGCPercent(growth(live[0].Value.Uint64()))
		again(mark)
	})
}

// growth is by how many percent a heap of which live bytes are in use may grow.
func growth(live uint64) int {
	if live == 0 || live >= smallHeap {
		return largeGrowth
	}
	return max(int((smallHeap-live)*100/live), largeGrowth)
}
