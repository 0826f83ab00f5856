package main

import (
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
)

// How far the heap grows between two collections depends on its size. A collection
// costs processor time by what is in use, and comes the less often the more the heap
// may grow.
const (
	// smallHeap is up to where the heap grows before it is collected at all: a small
	// center would otherwise collect a few megabytes many times a second.
	smallHeap = 64 << 20
	// Up to mediumHeap in use it doubles, as Go has it.
	mediumHeap   = 400 << 20
	mediumGrowth = 100
	// Up to largeHeap it grows by half: ten thousand nodes beside an influxd of their
	// own are so held in a gigabyte.
	largeHeap   = 640 << 20
	largeGrowth = 50
	// A center beyond that has outgrown the gigabyte in any case, and its readings
	// wait for the processor: it takes memory instead, where the machine has four
	// times as much.
	hugeGrowth = 100
	hugeShare  = 4
)

// tendHeap sets after each collection how far the heap may grow until the next one.
// The environment's GOGC, where it is set, is left alone.
func tendHeap() {
	if os.Getenv("GOGC") == "" {
		machine := machineMemory()
		debug.SetGCPercent(largeGrowth)
		again(new([16]byte), machine, largeGrowth)
	}
}

// again comes with every collection: it begins what the next one finalizes. Setting
// the percentage stops the world, so the same one is not set again.
func again(mark *[16]byte, machine uint64, was int) {
	runtime.SetFinalizer(mark, func(mark *[16]byte) {
		live := []metrics.Sample{{Name: "/gc/heap/live:bytes"}, {Name: "/memory/classes/heap/stacks:bytes"}}
		metrics.Read(live)
		percent := growth(live[0].Value.Uint64()+live[1].Value.Uint64(), machine)
		if percent != was {
			debug.SetGCPercent(percent)
		}
		again(mark, machine, percent)
	})
}

// growth is by how many percent a heap of which live bytes are in use, its stacks
// included, may grow on a machine with so much memory; 0 is not known.
func growth(live, machine uint64) int {
	switch {
	case live == 0:
		return largeGrowth
	case live < smallHeap:
		return max(int((smallHeap-live)*100/live), mediumGrowth)
	case live < mediumHeap:
		return mediumGrowth
	case live < largeHeap || live*(100+hugeGrowth)/100 > machine/hugeShare:
		return largeGrowth
	}
	return hugeGrowth
}
