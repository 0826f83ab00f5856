package pms5003

import (
	"bytes"
	"encoding/binary"
	"testing"
	"time"
)

func TestFaults(t *testing.T) {
	pm := 8.0
	c := New(func(time.Time) (Sample, bool) {
		m := Mass{pm, pm, pm}
		return Sample{m, m}, true
	})
	before, _ := collect(c, t0, 2*time.Second)
	pm = 90
	c.SetFault(Stuck)
	for _, f := range tail(t, c, 2*time.Second) {
		if !bytes.Equal(f, before[0]) {
			t.Errorf("stuck, it says % X", f)
		}
	}
	c.SetFault(FanStopped)
	for _, f := range tail(t, c, 8*time.Second) {
		if word := binary.BigEndian.Uint16(f[12:]); word != 8 || !bytes.Equal(f[16:28], make([]byte, 12)) {
			t.Errorf("its fan stopped, it says % X", f)
		}
	}
	c.SetFault(None)
	for _, f := range tail(t, c, 14*time.Second) {
		if binary.BigEndian.Uint16(f[12:]) != 90 || binary.BigEndian.Uint16(f[16:]) == 0 {
			t.Errorf("mended, it says % X", f)
		}
	}
}

// tail returns the frames of five seconds that begin some time after t0.
func tail(t *testing.T, c *Chip, after time.Duration) [][]byte {
	t.Helper()
	f, _ := collect(c, t0.Add(after), 5*time.Second)
	if len(f) < 2 {
		t.Fatalf("%d frames", len(f))
	}
	return f
}

func TestPowerCycle(t *testing.T) {
	c := New(steadyAir)
	c.Receive(t0, unhex(t, "42 4D E1 00 00 01 70")) // passive
	c.Receive(t0, unhex(t, "42 4D E4 00 00 01 73")) // sleep
	c.Receive(t0, unhex(t, "42 4D E4"))             // half a command
	c.PowerCycle()
	at := t0.Add(time.Hour)
	f, _ := collect(c, at, 2*time.Second)
	if len(f) == 0 || binary.BigEndian.Uint16(f[0][12:]) >= 4 {
		t.Errorf("after power-up it sends % X, want frames of a fan that starts", f)
	}
	if f, _ := collect(c, at.Add(55*time.Second), 5*time.Second); len(f) == 0 || !bytes.Equal(f[len(f)-1], unhex(t, golden)) {
		t.Errorf("a minute later: % X", f)
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
		c.Receive(at, unhex(t, "42 4D E2 00 00 01 71"))
		c.Send(at)
	}
	<-done
}
