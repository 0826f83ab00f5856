package breakbeam

import (
	"context"
	"errors"
	"math"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"periph.io/x/conn/v3/gpio"

	"github.com/siaga-id/siaga/edge/driver"
	"github.com/siaga-id/siaga/edge/driver/drivertest"
	"github.com/siaga-id/siaga/internal/reading"
)

const (
	ms = time.Millisecond
	s  = time.Second
)

var opts = Opts{VehicleLengthM: 4.5, DetectorLengthM: 0.5, Debounce: ms}

// open returns a barrier on a line with its first window open.
func open(t *testing.T) (*Dev, *line) {
	t.Helper()
	l := newLine()
	d, err := New(l, opts)
	if err != nil {
		t.Fatal(err)
	}
	if v := senseAt(t, d, l, 0); v != nil {
		t.Errorf("the first Sense gave %v", v)
	}
	return d, l
}

// senseAt calls Sense at a time of the line's clock.
func senseAt(t *testing.T, d *Dev, l *line, at time.Duration) []driver.Value {
	t.Helper()
	l.until(at)
	v, err := d.Sense(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// values pairs quantities with values, all within limits.
func values(pairs ...any) []driver.Value {
	var vs []driver.Value
	for i := 0; i < len(pairs); i += 2 {
		vs = append(vs, driver.Measured(pairs[i].(reading.Quantity), pairs[i+1].(float64)))
	}
	return vs
}

func want(t *testing.T, got, want []driver.Value) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

var empty = values(reading.Count, 0., reading.Flow, 0., reading.Occupancy, 0.)

func TestContract(t *testing.T) {
	drivertest.Run(t, func(t *testing.T) drivertest.Rig {
		d, l := open(t)
		l.until(s)
		return drivertest.Rig{
			Dev: d,
			// In a window of 10 s two vehicles, 4 s apart, of 36 and 18 km/h.
			Good: func() {
				begin := l.now().Truncate(s) + s
				senseAt(t, d, l, begin)
				l.pulse(begin+1*s, begin+1*s+500*ms)
				l.pulse(begin+5*s, begin+6*s)
				l.until(begin + 10*s)
			},
			Want: values(reading.Count, 2., reading.Flow, 720., reading.Occupancy, 15.,
				reading.Headway, 4., reading.Speed, 27., reading.SpeedP85, 36.),
			Silent: empty,
			Garbage: func() { // bounce
				begin := l.now()
				for i := range time.Duration(5) {
					l.pulse(begin+i*s, begin+i*s+ms/10)
				}
			},
			Half: func() { // the second edge is lost
				l.turn(true)
				l.turn(false)
				time.Sleep(s)
			},
		}
	})
}

func TestFirstHeadwayNeedsTwoVehicles(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, l := open(t)
		defer d.Close()
		l.pulse(1*s, 1*s+500*ms)
		want(t, senseAt(t, d, l, 10*s), values(reading.Count, 1., reading.Flow, 360., reading.Occupancy, 5.,
			reading.Speed, 36., reading.SpeedP85, 36.))
		l.pulse(13*s, 13*s+500*ms)
		want(t, senseAt(t, d, l, 20*s), values(reading.Count, 1., reading.Flow, 360., reading.Occupancy, 5.,
			reading.Headway, 12., reading.Speed, 36., reading.SpeedP85, 36.))
	})
}

func TestBlockAcrossTheEndOfAWindow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, l := open(t)
		defer d.Close()
		l.until(8 * s)
		l.turn(true)
		want(t, senseAt(t, d, l, 10*s), values(reading.Count, 1., reading.Flow, 360., reading.Occupancy, 20.))
		want(t, senseAt(t, d, l, 20*s), values(reading.Count, 0., reading.Flow, 0., reading.Occupancy, 100.))
		l.until(23 * s)
		l.turn(true)
		got := senseAt(t, d, l, 30*s)
		want(t, got[:3], values(reading.Count, 0., reading.Flow, 0., reading.Occupancy, 30.))
		if v := got[3]; v != driver.Measured(reading.Speed, 3.6*5/15) || v.Quality != reading.Suspect {
			t.Errorf("15 s long block: %+v", v)
		}
	})
}

func TestBlockedAtTheBeginning(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLine()
		l.turn(false)
		d, err := New(l, opts)
		if err != nil {
			t.Fatal(err)
		}
		defer d.Close()
		senseAt(t, d, l, 0)
		l.until(5 * s)
		l.turn(true)
		want(t, senseAt(t, d, l, 10*s), values(reading.Count, 0., reading.Flow, 0., reading.Occupancy, 50.))
	})
}

func TestBlockedAtHigh(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLine()
		l.level = gpio.Low
		d, err := New(l, Opts{Blocked: gpio.High})
		if err != nil {
			t.Fatal(err)
		}
		defer d.Close()
		senseAt(t, d, l, 0)
		l.pulse(2*s, 7*s)
		want(t, senseAt(t, d, l, 10*s), values(reading.Count, 1., reading.Flow, 360., reading.Occupancy, 50.))
	})
}

// TestSenseWaitsForALateGoroutine cuts a window while the goroutine has a backlog.
func TestSenseWaitsForALateGoroutine(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLine()
		d, err := New(timedLine{l}, Opts{Debounce: ms, Now: l.now})
		if err != nil {
			t.Fatal(err)
		}
		defer d.Close()
		senseAt(t, d, l, 0)
		l.until(s)
		l.mu.Lock()
		l.lag = 400 * ms
		l.mu.Unlock()
		for i := range time.Duration(8) { // each block lasts a quarter of 100 ms
			l.pulse(9*s+200*ms+i*100*ms, 9*s+225*ms+i*100*ms)
		}
		l.until(10*s - 10*ms)
		l.turn(true)
		want(t, senseAt(t, d, l, 10*s), values(reading.Count, 9., reading.Flow, 3240., reading.Occupancy, 2.1,
			reading.Headway, (0.8-0.01)/8))
	})
}

func TestSenseGivesUpAndTheWindowGoesOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, l := open(t)
		defer d.Close()
		l.pulse(1*s, 6*s)
		l.until(7*s + 50*ms)
		ctx, cancel := context.WithTimeout(t.Context(), ms)
		defer cancel()
		if v, err := d.Sense(ctx); !errors.Is(err, driver.ErrNoAnswer) {
			t.Errorf("Sense = %v, %v", v, err)
		}
		want(t, senseAt(t, d, l, 10*s)[:3], values(reading.Count, 1., reading.Flow, 360., reading.Occupancy, 50.))
	})
}

func TestNoPulseIsLost(t *testing.T) {
	for name, lag := range map[string]time.Duration{"in time": 0, "late": 2 * ms} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := newLine()
				l.lag = lag
				d, err := New(timedLine{l}, Opts{VehicleLengthM: 0.1, Debounce: ms, Now: l.now})
				if err != nil {
					t.Fatal(err)
				}
				defer d.Close()
				senseAt(t, d, l, 0)
				for i := range time.Duration(2000) { // 10 s at 200 a second
					l.pulse(s+i*5*ms, s+i*5*ms+2*ms)
				}
				var count, on float64
				for _, v := range senseAt(t, d, l, 12*s) {
					switch v.Quantity {
					case reading.Count:
						count = v.Value
					case reading.Occupancy:
						on = v.Value * 12 / 100
					case reading.Speed, reading.SpeedP85:
						if v.Value != 180 {
							t.Errorf("%v %v, want 180", v.Quantity, v.Value)
						}
					}
				}
				if count != 2000 || math.Abs(on-4) > 0.001 {
					t.Errorf("%v pulses, blocked for %v s; want 2000, 4 s", count, on)
				}
			})
		})
	}
}

func TestBounceIsOneEdge(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, l := open(t)
		defer d.Close()
		for _, end := range []time.Duration{1 * s, 1*s + 500*ms} { // of one block
			for i := range time.Duration(3) {
				l.pulse(end-2*ms+i*ms/2, end-2*ms+i*ms/2+ms/5)
			}
			l.until(end)
			l.turn(true)
		}
		want(t, senseAt(t, d, l, 10*s), values(reading.Count, 1., reading.Flow, 360., reading.Occupancy, 5.,
			reading.Speed, 36., reading.SpeedP85, 36.))
	})
}

func TestLostEdges(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, l := open(t)
		defer d.Close()
		l.until(2 * s)
		l.turn(false) // the leading edge is lost: blocked from some time on
		l.until(7 * s)
		l.turn(true)
		v := senseAt(t, d, l, 10*s)
		if len(v) != 3 || v[0].Value != 1 || v[2].Value < 48.9 || v[2].Value > 50 {
			t.Errorf("leading edge lost: %v", v)
		}
		l.until(12 * s)
		l.turn(true)
		l.until(17 * s)
		l.turn(false) // the trailing edge is lost
		v = senseAt(t, d, l, 20*s)
		if len(v) != 3 || v[0].Value != 1 || v[2].Value < 50 || v[2].Value > 51.1 {
			t.Errorf("trailing edge lost: %v", v)
		}
		l.pulse(22*s, 22*s+500*ms)
		want(t, senseAt(t, d, l, 30*s), values(reading.Count, 1., reading.Flow, 360., reading.Occupancy, 5.,
			reading.Speed, 36., reading.SpeedP85, 36.))
	})
}

func TestAnEdgeToldTwiceIsOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, l := open(t)
		defer d.Close()
		l.until(1 * s)
		l.turn(true)
		l.until(1*s + 250*ms)
		l.edges <- l.now() // nothing has moved
		l.until(1*s + 500*ms)
		l.turn(true)
		want(t, senseAt(t, d, l, 10*s), values(reading.Count, 1., reading.Flow, 360., reading.Occupancy, 5.,
			reading.Speed, 36., reading.SpeedP85, 36.))
	})
}

func TestTooShortForAVehicleHasNoSpeed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, l := open(t)
		defer d.Close()
		l.pulse(1*s, 1*s+50*ms) // would be 360 km/h
		want(t, senseAt(t, d, l, 10*s), values(reading.Count, 1., reading.Flow, 360., reading.Occupancy, 0.5))
	})
}

func TestBrokenPinDoesNotSpin(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLine()
		l.broken = true
		d, err := New(l, opts)
		if err != nil {
			t.Fatal(err)
		}
		synctest.Wait() // returns only when the goroutine rests
		if err := d.Close(); err != nil {
			t.Error(err)
		}
		if !l.halted {
			t.Error("Close did not halt the pin")
		}
	})
}

func TestNewRefuses(t *testing.T) {
	for name, o := range map[string]Opts{
		"negative length":   {VehicleLengthM: -1},
		"no length":         {DetectorLengthM: math.NaN()},
		"endless detector":  {DetectorLengthM: math.Inf(1)},
		"negative debounce": {Debounce: -1},
	} {
		if _, err := New(newLine(), o); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	if _, err := New(timedLine{newLine()}, Opts{}); err == nil {
		t.Error("accepted EdgeTime without its clock")
	}
	if _, err := New(gpio.INVALID, Opts{}); err == nil {
		t.Error("accepted a pin that cannot be configured")
	}
}
