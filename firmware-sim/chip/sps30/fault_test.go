package sps30

import (
	"testing"
	"time"
)

func TestFaultsUART(t *testing.T) {
	at := func(s int) time.Time { return t0.Add(time.Duration(s) * time.Second) }
	for _, tc := range []struct {
		name          string
		fault         Fault
		status, after string // while it is there, and mended
		mass          float64
	}{
		// An error stands in the state of every answer too.
		{"fan", FanBlocked, "7E 00 D2 80 05 00 00 00 10 00 98 7E", "7E 00 D2 80 05 00 00 00 10 00 98 7E", 0},
		{"laser", LaserFailed, "7E 00 D2 80 05 00 00 00 20 00 88 7E", allIsWell, 0},
		{"speed", FanSpeed, "7E 00 D2 00 05 00 20 00 00 00 08 7E", allIsWell, 8},
	} {
		t.Run(tc.name, func(t *testing.T) {
			u := NewUART(steadyAir)
			u.SetFault(tc.fault)
			same(t, "idle it finds nothing", ask(t, u, at(0), status), allIsWell)
			ask(t, u, at(1), start)
			same(t, "at once", ask(t, u, at(2), status), allIsWell)
			same(t, "later", ask(t, u, at(6), status), tc.status)
			if v := payload(t, ask(t, u, at(60), read)); v[1] != tc.mass {
				t.Errorf("PM2.5 %v, want %v", v[1], tc.mass)
			}
			u.SetFault(None)
			same(t, "mended", ask(t, u, at(61), status), tc.after)
			ask(t, u, at(62), clearAll)
			same(t, "cleared", ask(t, u, at(63), status), allIsWell)
			if v := payload(t, ask(t, u, at(64), read)); v[1] != 8 {
				t.Errorf("mended PM2.5 is %v", v[1])
			}
		})
	}
	t.Run("while it measures", func(t *testing.T) {
		u := NewUART(steadyAir)
		ask(t, u, at(0), start)
		ask(t, u, at(60), read)
		u.SetFault(LaserFailed)
		same(t, "at once", ask(t, u, at(61), status), allIsWell)
		same(t, "later", ask(t, u, at(62), status), "7E 00 D2 80 05 00 00 00 20 00 88 7E")
	})
}

func TestStuckAndWrongID(t *testing.T) {
	pm := 8.0
	u := NewUART(func(time.Time) (Sample, bool) { return Sample{pm, pm, pm, pm}, true })
	ask(t, u, t0, start)
	before := ask(t, u, t0.Add(time.Minute), read)
	pm = 90
	u.SetFault(Stuck)
	if got := ask(t, u, t0.Add(2*time.Minute), read); string(got) != string(before) {
		t.Errorf("stuck, it says % X", got)
	}
	u.SetFault(WrongID)
	same(t, "product", ask(t, u, t0, product), "7E 00 D0 00 09 30 30 30 39 30 30 30 30 00 9D 7E")
}

func TestFaultsFromElsewhere(t *testing.T) {
	c := NewUART(steadyAir)
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
		c.Receive(at, unhex(t, product))
		c.Send(at)
	}
	<-done
}
