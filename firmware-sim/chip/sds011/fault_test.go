package sds011

import (
	"bytes"
	"fmt"
	"testing"
	"time"
)

func TestPowerCycle(t *testing.T) {
	c := New(steadyAir)
	for _, s := range []string{"02 01 01", "08 01 03", "06 01 00"} {
		c.Receive(t0, command(t, s))
	}
	c.PowerCycle()
	at := t0.Add(time.Hour)
	for _, s := range []string{"02", "08", "06"} {
		c.Receive(at, command(t, s))
	}
	got, _ := collect(c, at, 0)
	same(t, got,
		"AA C5 02 00 01 00 A1 60 04 AB", // still on query
		"AA C5 08 00 03 00 A1 60 0C AB", // still every 3 min
		"AA C5 06 00 01 00 A1 60 08 AB") // but awake
	c.Receive(at, command(t, "08 01 00"))
	c.Receive(at, command(t, "02 01 00"))
	c.PowerCycle()
	at = at.Add(time.Hour)
	if got, _ := collect(c, at, time.Second); len(got) != 1 || pm2_5(got[0]) > 3 {
		t.Errorf("right after power-up: % X", got)
	}
}

func TestFaults(t *testing.T) {
	n := 0.0
	c := New(func(time.Time) (Sample, bool) { n++; return Sample{n, n}, true })
	first, _ := collect(c, t0, time.Second)
	for fault, want := range map[Fault]string{
		Stuck:      fmt.Sprintf("%X", first[0]),
		FanStopped: zero,
		Blinded:    "AA C0 0F 27 1F 4E A1 60 A4 AB",
	} {
		c.last = Sample{1, 1}
		c.SetFault(fault)
		got, at := collect(c, c.next, 3*time.Second)
		same(t, got, want, want, want, want)
		c.SetFault(None)
		if got, _ := collect(c, at[3].Add(time.Second), time.Second); len(got) < 2 || bytes.Equal(got[0], got[1]) {
			t.Errorf("mended of %v it says % X", fault, got)
		}
	}
}

func TestFaultsFromElsewhere(t *testing.T) {
	c := New(steadyAir)
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
		at := t0.Add(time.Duration(n) * time.Second)
		c.Receive(at, command(t, "04"))
		c.Send(at)
	}
	<-done
}
