package scd4x

import (
	"testing"
	"time"
)

func TestFaults(t *testing.T) {
	c := New(func(at time.Time) (Sample, bool) { return Sample{at.Sub(t0).Seconds(), 25.0027, 37.0016}, true })
	put(t, c, t0, start)
	fetch(t, c, s(500), read, example)
	c.SetFault(Stuck)
	fetch(t, c, s(600), ready, isReady)
	fetch(t, c, s(600), read, example)
	c.SetFault(Malfunction)
	fetch(t, c, s(700), read, "00 00 81 66 67 A2 5E B9 3C")
	put(t, c, s(701), stop)
	put(t, c, s(702), "36 39")
	refused(t, c, s(711.9), "", 3)
	fetch(t, c, s(712), "", "00 01 B0")
	c.SetFault(WrongID)
	fetch(t, c, s(713), "20 2F", "F4 40 27")
	c.SetFault(None)
	put(t, c, s(714), "36 39")
	fetch(t, c, s(724), "", "00 00 81")
}

func TestPowerCycleStopsIt(t *testing.T) {
	c := New(room)
	put(t, c, t0, "36 39")
	c.PowerCycle()
	fetch(t, c, s(1), "36 82", "F8 96 31 9F 07 C2 3B BE 89")
	put(t, c, s(1), start)
	c.PowerCycle()
	refused(t, c, s(10), read, 9)
	put(t, c, s(10), start)
}

func TestFaultsFromElsewhere(t *testing.T) {
	c := New(room)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for range 100 {
			c.SetFault(Stuck)
			c.PowerCycle()
			c.SetFault(None)
		}
	}()
	for n := range 100 {
		_ = c.Tx(t0.Add(time.Duration(n)*time.Second), unhex(t, ready), make([]byte, 3))
	}
	<-done
}
