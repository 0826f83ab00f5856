package main

import (
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"

	"github.com/siaga-id/siaga/internal/machine"
)

// How far the heap grows between two collections depends on its size. A collection
// costs processor time by what is in use, and comes the less often the more the heap
// may grow.
const (
	// smallHeap is up to where the heap grows before it is collected at all: a small
	// center would otherwise collect a few megabytes many times a second.
	smallHeap = 64 << 20
	// usualGrowth doubles it, as Go does.
	usualGrowth = 100
	// From mediumHeap in use on it grows by tightGrowth: ten thousand nodes beside an
	// influxd of their own are so held in about a gigabyte.
	mediumHeap  = 400 << 20
	tightGrowth = 30
	// A center beyond largeHeap has outgrown the gigabyte in any case, and its readings
	// wait for the processor whenever it is collected: it grows up to a machineShare-th
	// of the machine's memory and by wideGrowth at most, where that at least doubles it.
	largeHeap    = 800 << 20
	machineShare = 4
	wideGrowth   = 700
)

// tendHeap sets after each collection how far the heap may grow until the next one.
// The environment's GOGC, where it is set, is left alone.
func tendHeap() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(tightGrowth)
		again(new([16]byte), machine.Memory(), tightGrowth)
	}
}

// again comes with every collection: it begins what the next one finalizes. Setting
// the percentage stops the world, so the same one is not set again.
func again(mark *[16]byte, memory uint64, was int) {
	runtime.SetFinalizer(mark, func(mark *[16]byte) {
		live := []metrics.Sample{{Name: "/gc/heap/live:bytes"}, {Name: "/memory/classes/heap/stacks:bytes"}}
		metrics.Read(live)
		percent := growth(live[0].Value.Uint64()+live[1].Value.Uint64(), memory)
		if percent != was {
			debug.SetGCPercent(percent)
		}
		again(mark, memory, percent)
	})
}

// growth is by how many percent a heap of which live bytes are in use, its stacks
// included, may grow on a machine with so much memory; 0 is not known.
func growth(live, memory uint64) int {
	switch {
	case live == 0: // nothing has been collected yet
		return tightGrowth
	case live < smallHeap:
		return max(int((smallHeap-live)*100/live), usualGrowth)
	case live < mediumHeap:
		return usualGrowth
	case live >= largeHeap && memory/machineShare >= live*(100+usualGrowth)/100:
		return min(int(memory/machineShare*100/live)-100, wideGrowth)
	}
	return tightGrowth
}
