package tippingbucket

import (
	"errors"
	"math"
	"strings"
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

// tip closes the reed at t of the line's clock for 90 ms; it bounces at both
// ends.
func tip(l *pulsetest.Line, t time.Duration) {
	for _, end := range []time.Duration{t, t + 90*ms} {
		for i := range time.Duration(3) {
			l.Pulse(end+i*2*ms, end+i*2*ms+ms/2)
		}
		l.Until(end + 7*ms)
		l.Turn()
	}
}

func rain(mm, rate float64) []driver.Value {
	return []driver.Value{driver.Measured(reading.Rain, mm), driver.Measured(reading.RainRate, rate)}
}

// open returns a gauge on a line, in whose first 20 s it was dry.
func open(t *testing.T, opts Opts) (*Dev, *pulsetest.Line) {
	t.Helper()
	l := pulsetest.New()
	d, err := New(l, opts)
	if err != nil {
		t.Fatal(err)
	}
	want(t, d, l, 20*s, rain(0, 0), nil)
	return d, l
}

// want calls Sense at a time of the line's clock.
func want(t *testing.T, d *Dev, l *pulsetest.Line, at time.Duration, want []driver.Value, wantErr error) {
	t.Helper()
	l.Until(at)
	got, err := d.Sense(t.Context())
	if !errors.Is(err, wantErr) {
		t.Fatalf("error %v, want %v", err, wantErr)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestContract(t *testing.T) {
	drivertest.Run(t, func(t *testing.T) drivertest.Rig {
		d, l := open(t, DefaultOpts)
		l.Until(40 * s)
		return drivertest.Rig{
			Dev: d,
			Good: func() { // two tips in a minute
				begin := l.Now().Truncate(s) + s
				l.Until(begin)
				if _, err := d.Sense(t.Context()); err != nil {
					t.Error(err)
				}
				tip(l, begin+10*s)
				tip(l, begin+40*s)
				l.Until(begin + 60*s)
			},
			Want:    rain(0.4, 24),
			Silent:  rain(0, 0),
			Garbage: func() { l.Tell() }, // an edge that was none
			Half:    func() { tip(l, l.Now()+ms) },
		}
	})
}

func TestTips(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		opts := DefaultOpts
		opts.MMPerTip = 0.2794
		d, l := open(t, opts)
		defer d.Close()
		tip(l, 30*s)
		want(t, d, l, 80*s, rain(0.2794, 0.2794*60), nil)
		tip(l, 81*s)
		tip(l, 81*s+150*ms)
		want(t, d, l, 140*s, rain(2*0.2794, 2*0.2794*60), nil)
		want(t, d, l, 200*s, rain(0, 0), nil)
	})
}

func TestFirstIntervalLosesNoRain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := pulsetest.New()
		d, err := New(l, DefaultOpts)
		if err != nil {
			t.Fatal(err)
		}
		defer d.Close()
		tip(l, s)
		want(t, d, l, 2*s, rain(0.2, 0)[:1], nil)
	})
}

func TestMoreThanTheSkyGives(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, l := open(t, DefaultOpts)
		defer d.Close()
		pour := func(from time.Duration, tips int) {
			for i := range time.Duration(tips) {
				tip(l, from+i*s)
			}
		}
		pour(21*s, 50)
		want(t, d, l, 80*s, rain(10, 600), nil)
		pour(81*s, 51)
		v := rain(10.2, 612)
		v[0].Quality, v[1].Quality = reading.Suspect, reading.Suspect
		want(t, d, l, 140*s, v, nil)
	})
}

func TestStuckClosed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		opts := DefaultOpts
		opts.StuckAfter = 90 * s
		d, l := open(t, opts)
		defer d.Close()
		l.Until(70 * s)
		l.Turn()
		want(t, d, l, 80*s, rain(0.2, 12), nil)
		want(t, d, l, 140*s, rain(0, 0), nil)
		want(t, d, l, 200*s, nil, driver.ErrStuck)
		l.Until(201 * s)
		l.Turn()
		tip(l, 210*s)
		v := rain(0.2, 12)
		v[0].Quality, v[1].Quality = reading.Suspect, reading.Suspect
		want(t, d, l, 260*s, v, driver.ErrStuck) // a part of it is not known
		tip(l, 270*s)
		want(t, d, l, 320*s, rain(0.2, 12), nil)
	})
}

// TestStuckFromTheBeginning: a gauge that is opened anew must not take a contact
// that is stuck for dry weather.
func TestStuckFromTheBeginning(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := pulsetest.New()
		l.TurnUntold()
		d, err := New(l, DefaultOpts)
		if err != nil {
			t.Fatal(err)
		}
		defer d.Close()
		want(t, d, l, 60*s, nil, driver.ErrStuck)
		want(t, d, l, 120*s, nil, driver.ErrStuck)
		l.Until(130 * s)
		l.Turn()
		tip(l, 140*s)
		want(t, d, l, 180*s, rain(0.2, 12), nil)
	})
}

func TestNewRefuses(t *testing.T) {
	for name, o := range map[string]Opts{
		"no rain":           {},
		"negative rain":     {MMPerTip: -1},
		"no number":         {MMPerTip: math.NaN()},
		"negative debounce": {MMPerTip: 1, Debounce: -1},
		"negative patience": {MMPerTip: 1, StuckAfter: -1},
	} {
		if _, err := New(pulsetest.New(), o); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

// board has one pin.
type board struct {
	driver.Board
	pin gpio.PinIn
}

func (b board) Pin(string) (gpio.PinIn, error) { return b.pin, nil }

func TestChip(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := Chip.Options().(*options)
		if err := o.Validate(); err == nil || !strings.HasPrefix(err.Error(), "pin: ") {
			t.Errorf("defaults without a pin: %v", err)
		}
		o.Pin = "GPIO17"
		if err := o.Validate(); err != nil {
			t.Error(err)
		}
		l := pulsetest.New()
		dev, err := o.Open(board{pin: l}, l.Now)
		if err != nil {
			t.Fatal(err)
		}
		defer dev.Close()
		tip(l, 30*s)
		want(t, dev.(*Dev), l, 60*s, rain(0.2, 12), nil)
		if diff := cmp.Diff([]reading.Quantity{reading.Rain, reading.RainRate}, o.Quantities()); diff != "" {
			t.Error(diff)
		}
		for _, bad := range []options{{GPIOPin: o.GPIOPin}, {GPIOPin: o.GPIOPin, MMPerTip: 1, StuckAfter: -1}} {
			if err := bad.Validate(); err == nil {
				t.Errorf("accepted %+v", bad)
			}
		}
	})
}
