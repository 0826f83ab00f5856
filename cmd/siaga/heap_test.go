package main

import (
	"runtime"
	"runtime/debug"
	"testing"
	"time"
)

func TestGrowth(t *testing.T) {
	for live, want := range map[uint64]int{
		0: 50, 1 << 20: 6300, 16 << 20: 300, 32 << 20: 100, 48 << 20: 50, 64 << 20: 50, 1 << 30: 50,
	} {
		if got := growth(live); got != want {
			t.Errorf("%d live bytes: %d %%, want %d", live, got, want)
		}
	}
}

// TestHeapIsTendedAfterEveryCollection: not after the first one alone.
func TestHeapIsTendedAfterEveryCollection(t *testing.T) {
	t.Setenv("GOGC", "")
	was := debug.SetGCPercent(100)
	defer debug.SetGCPercent(was)
	tendHeap()
	for range 3 {
		debug.SetGCPercent(77)
		limit := time.Now().Add(time.Minute)
		for percent := 77; percent == 77; {
			if time.Now().After(limit) {
				t.Fatal("nobody looks at the heap")
			}
			runtime.GC()
			time.Sleep(time.Millisecond)
			percent = debug.SetGCPercent(77) // the only way to read it
		}
	}
}
