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
	"github.com/siaga-id/siaga/edge/driver/pulse/pulsetest"
	"github.com/siaga-id/siaga/internal/reading"
)

const (
	ms = time.Millisecond
	s  = time.Second
)

var opts = Opts{VehicleLengthM: 4.5, DetectorLengthM: 0.5, Debounce: ms}

// open returns a barrier on a line with its first window open.
func open(t *testing.T) (*Dev, *pulsetest.Line) {
	t.Helper()
	l := pulsetest.New()
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
func senseAt(t *testing.T, d *Dev, l *pulsetest.Line, at time.Duration) []driver.Value {
	t.Helper()
	l.Until(at)
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
		l.Until(s)
		return drivertest.Rig{
			Dev: d,
			// In a window of 10 s two vehicles, 4 s apart, of 36 and 18 km/h.
			Good: func() {
				begin := l.Now().Truncate(s) + s
				senseAt(t, d, l, begin)
				l.Pulse(begin+1*s, begin+1*s+500*ms)
				l.Pulse(begin+5*s, begin+6*s)
				l.Until(begin + 10*s)
			},
			Want: values(reading.Count, 2., reading.Flow, 720., reading.Occupancy, 15.,
				reading.Headway, 4., reading.Speed, 27., reading.SpeedP85, 36.),
			Silent: empty,
			Garbage: func() { // bounce
				begin := l.Now()
				for i := range time.Duration(5) {
					l.Pulse(begin+i*s, begin+i*s+ms/10)
				}
			},
			Half: func() { // the second edge is lost
				l.Turn()
				l.TurnUntold()
				time.Sleep(s)
			},
		}
	})
}

func TestFirstHeadwayNeedsTwoVehicles(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, l := open(t)
		defer d.Close()
		l.Pulse(1*s, 1*s+500*ms)
		want(t, senseAt(t, d, l, 10*s), values(reading.Count, 1., reading.Flow, 360., reading.Occupancy, 5.,
			reading.Speed, 36., reading.SpeedP85, 36.))
		l.Pulse(13*s, 13*s+500*ms)
		want(t, senseAt(t, d, l, 20*s), values(reading.Count, 1., reading.Flow, 360., reading.Occupancy, 5.,
			reading.Headway, 12., reading.Speed, 36., reading.SpeedP85, 36.))
	})
}

func TestBlockAcrossTheEndOfAWindow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, l := open(t)
		defer d.Close()
		l.Until(8 * s)
		l.Turn()
		want(t, senseAt(t, d, l, 10*s), values(reading.Count, 1., reading.Flow, 360., reading.Occupancy, 20.))
		want(t, senseAt(t, d, l, 20*s), values(reading.Count, 0., reading.Flow, 0., reading.Occupancy, 100.))
		l.Until(23 * s)
		l.Turn()
		got := senseAt(t, d, l, 30*s)
		want(t, got[:3], values(reading.Count, 0., reading.Flow, 0., reading.Occupancy, 30.))
		if v := got[3]; v != driver.Measured(reading.Speed, 3.6*5/15) || v.Quality != reading.Suspect {
			t.Errorf("15 s long block: %+v", v)
		}
	})
}

func TestBlockedAtTheBeginning(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := pulsetest.New()
		l.TurnUntold()
		d, err := New(l, opts)
		if err != nil {
			t.Fatal(err)
		}
		defer d.Close()
		senseAt(t, d, l, 0)
		l.Until(5 * s)
		l.Turn()
		want(t, senseAt(t, d, l, 10*s), values(reading.Count, 0., reading.Flow, 0., reading.Occupancy, 50.))
	})
}

func TestBlockedAtHigh(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := pulsetest.New()
		l.TurnUntold()
		d, err := New(l, Opts{Blocked: gpio.High})
		if err != nil {
			t.Fatal(err)
		}
		defer d.Close()
		senseAt(t, d, l, 0)
		l.Pulse(2*s, 7*s)
		want(t, senseAt(t, d, l, 10*s), values(reading.Count, 1., reading.Flow, 360., reading.Occupancy, 50.))
	})
}

// TestSenseWaitsForALateGoroutine cuts a window while the goroutine has a backlog.
func TestSenseWaitsForALateGoroutine(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := pulsetest.New()
		d, err := New(pulsetest.Timed{Line: l}, Opts{Debounce: ms, Now: l.Now})
		if err != nil {
			t.Fatal(err)
		}
		defer d.Close()
		senseAt(t, d, l, 0)
		l.Until(s)
		l.Lag(400 * ms)
		for i := range time.Duration(8) { // each block lasts a quarter of 100 ms
			l.Pulse(9*s+200*ms+i*100*ms, 9*s+225*ms+i*100*ms)
		}
		l.Until(10*s - 10*ms)
		l.Turn()
		want(t, senseAt(t, d, l, 10*s), values(reading.Count, 9., reading.Flow, 3240., reading.Occupancy, 2.1,
			reading.Headway, (0.8-0.01)/8))
	})
}

func TestSenseGivesUpAndTheWindowGoesOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, l := open(t)
		defer d.Close()
		l.Pulse(1*s, 6*s)
		l.Until(7*s + 50*ms)
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
				l := pulsetest.New()
				l.Lag(lag)
				d, err := New(pulsetest.Timed{Line: l}, Opts{VehicleLengthM: 0.1, Debounce: ms, Now: l.Now})
				if err != nil {
					t.Fatal(err)
				}
				defer d.Close()
				senseAt(t, d, l, 0)
				for i := range time.Duration(2000) { // 10 s at 200 a second
					l.Pulse(s+i*5*ms, s+i*5*ms+2*ms)
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
				l.Pulse(end-2*ms+i*ms/2, end-2*ms+i*ms/2+ms/5)
			}
			l.Until(end)
			l.Turn()
		}
		want(t, senseAt(t, d, l, 10*s), values(reading.Count, 1., reading.Flow, 360., reading.Occupancy, 5.,
			reading.Speed, 36., reading.SpeedP85, 36.))
	})
}

func TestLostEdges(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, l := open(t)
		defer d.Close()
		l.Until(2 * s)
		l.TurnUntold() // the leading edge is lost: blocked from some time on
		l.Until(7 * s)
		l.Turn()
		v := senseAt(t, d, l, 10*s)
		if len(v) != 3 || v[0].Value != 1 || v[2].Value < 48.9 || v[2].Value > 50 {
			t.Errorf("leading edge lost: %v", v)
		}
		l.Until(12 * s)
		l.Turn()
		l.Until(17 * s)
		l.TurnUntold() // the trailing edge is lost
		v = senseAt(t, d, l, 20*s)
		if len(v) != 3 || v[0].Value != 1 || v[2].Value < 50 || v[2].Value > 51.1 {
			t.Errorf("trailing edge lost: %v", v)
		}
		l.Pulse(22*s, 22*s+500*ms)
		want(t, senseAt(t, d, l, 30*s), values(reading.Count, 1., reading.Flow, 360., reading.Occupancy, 5.,
			reading.Speed, 36., reading.SpeedP85, 36.))
	})
}

func TestAnEdgeToldTwiceIsOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, l := open(t)
		defer d.Close()
		l.Until(1 * s)
		l.Turn()
		l.Until(1*s + 250*ms)
		l.Tell() // nothing has moved
		l.Until(1*s + 500*ms)
		l.Turn()
		want(t, senseAt(t, d, l, 10*s), values(reading.Count, 1., reading.Flow, 360., reading.Occupancy, 5.,
			reading.Speed, 36., reading.SpeedP85, 36.))
	})
}

func TestTooShortForAVehicleHasNoSpeed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, l := open(t)
		defer d.Close()
		l.Pulse(1*s, 1*s+50*ms) // would be 360 km/h
		want(t, senseAt(t, d, l, 10*s), values(reading.Count, 1., reading.Flow, 360., reading.Occupancy, 0.5))
	})
}

func TestBrokenPinDoesNotSpin(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := pulsetest.New()
		l.Break()
		d, err := New(l, opts)
		if err != nil {
			t.Fatal(err)
		}
		synctest.Wait() // returns only when the goroutine rests
		if err := d.Close(); err != nil {
			t.Error(err)
		}
		if !l.Halted() {
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
		if _, err := New(pulsetest.New(), o); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	if _, err := New(pulsetest.Timed{Line: pulsetest.New()}, Opts{}); err == nil {
		t.Error("accepted EdgeTime without its clock")
	}
	if _, err := New(gpio.INVALID, Opts{}); err == nil {
		t.Error("accepted a pin that cannot be configured")
	}
}

func TestBlockedForTooLong(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := pulsetest.New()
		o := opts
		o.StuckAfter = 60 * s
		d, err := New(l, o)
		if err != nil {
			t.Fatal(err)
		}
		defer d.Close()
		senseAt(t, d, l, 0)
		l.Until(30 * s)
		l.Turn()
		want(t, senseAt(t, d, l, 60*s), values(reading.Count, 1., reading.Flow, 60., reading.Occupancy, 50.))
		l.Until(120 * s)
		if v, err := d.Sense(t.Context()); !errors.Is(err, driver.ErrStuck) || v != nil {
			t.Errorf("after 90 s: %v, %v", v, err)
		}
	})
}
