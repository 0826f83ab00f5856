package main

import (
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"testing"
	"time"
)

func TestGrowth(t *testing.T) {
	const mib, gib = 1 << 20, 1 << 30
	for _, tc := range []struct {
		live, machine uint64
		want          int
	}{
		{0, 4 * gib, 30},
		{1 * mib, 4 * gib, 6300},
		{16 * mib, 4 * gib, 300},
		{48 * mib, 4 * gib, 100},
		{300 * mib, 4 * gib, 100},
		{700 * mib, 24 * gib, 30},
		{1 * gib, 4 * gib, 30},
		{1 * gib, 8 * gib, 100},
		{1 * gib, 12 * gib, 200},
		{1 * gib, 24 * gib, 500},
		{1 * gib, 64 * gib, 700},
		{2 * gib, 24 * gib, 200},
		{1 * gib, 0, 30},
		{4 * gib, 24 * gib, 30},
	} {
		if got := growth(tc.live, tc.machine); got != tc.want {
			t.Errorf("%d MiB in use of %d: %d %%, want %d", tc.live/mib, tc.machine/mib, got, tc.want)
		}
	}
}

// TestHeapIsTendedAfterEveryCollection: not after the first one alone.
func TestHeapIsTendedAfterEveryCollection(t *testing.T) {
	t.Setenv("GOGC", "")
	defer debug.SetGCPercent(debug.SetGCPercent(100))
	tendHeap()
	var held []byte
	becomes := func(what string, right func(percent uint64) bool) {
		for limit := time.Now().Add(time.Minute); ; time.Sleep(time.Millisecond) {
			runtime.GC()
			now := []metrics.Sample{{Name: "/gc/gogc:percent"}}
			if metrics.Read(now); right(now[0].Value.Uint64()) {
				return
			}
			if time.Now().After(limit) {
				t.Fatalf("%s: the heap may grow by %d %%", what, now[0].Value.Uint64())
			}
		}
	}
	for range 3 {
		held = make([]byte, 100<<20)
		becomes("much is held", func(percent uint64) bool { return percent == usualGrowth })
		runtime.KeepAlive(held)
		held = nil
		becomes("little is held", func(percent uint64) bool { return percent > usualGrowth })
	}
}
