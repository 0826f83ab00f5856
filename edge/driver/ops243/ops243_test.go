package ops243

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/siaga-id/siaga/edge/driver"
	"github.com/siaga-id/siaga/edge/driver/drivertest"
	"github.com/siaga-id/siaga/internal/reading"
)

const s = time.Second

// answer is what the radar says to OJUK??.
const answer = "{\"OutputFeature\":\"J\"}\r\n{\"Units\":\"km-per-hr\"}\r\n{\"Product\":\"OPS243\"}\r\n{\"Version\":\"1.3.1\"}\r\n"

func say(p *drivertest.Port, format string, args ...any) {
	p.Send([]byte(fmt.Sprintf(format, args...) + "\r\n")...)
	synctest.Wait()
}

// pass lets a vehicle pass that is reported four times in a second.
func pass(p *drivertest.Port, direction string, top float64) {
	for _, f := range []float64{1, 0.97, 0.93, 0.8} {
		say(p, `{"speed":"%.1f","direction":"%s","time":"1","tick":"2"}`, f*top, direction)
		time.Sleep(s / 4)
	}
}

// values pairs quantities with values.
func values(pairs ...any) []driver.Value {
	var vs []driver.Value
	for i := 0; i < len(pairs); i += 2 {
		vs = append(vs, driver.Measured(pairs[i].(reading.Quantity), pairs[i+1].(float64)))
	}
	return vs
}

func want(t *testing.T, d *Dev, want []driver.Value) {
	t.Helper()
	got, err := d.Sense(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// bubble runs a test with a radar that has answered and whose window is open.
func bubble(t *testing.T, opts Opts, test func(t *testing.T, p *drivertest.Port, d *Dev)) {
	synctest.Test(t, func(t *testing.T) {
		p := drivertest.NewPort()
		d, err := New(p, opts)
		if err != nil {
			t.Fatal(err)
		}
		say(p, answer)
		want(t, d, nil)
		test(t, p, d)
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	})
}

func TestContract(t *testing.T) {
	drivertest.Run(t, func(t *testing.T) drivertest.Rig {
		p := drivertest.NewPort()
		opts := DefaultOpts
		opts.Direction = Inbound
		d, err := New(p, opts)
		if err != nil {
			t.Fatal(err)
		}
		return drivertest.Rig{
			Dev: d,
			// In a minute two inbound vehicles, 20 s apart, of 40 and 60 km/h.
			Good: func() {
				say(p, answer)
				for range 2 { // the first opens a window
					if _, err := d.Sense(t.Context()); err != nil {
						t.Error(err)
					}
				}
				pass(p, "inbound", 40)
				pass(p, "outbound", 90)
				time.Sleep(18 * s)
				pass(p, "inbound", 60)
				time.Sleep(39 * s)
				say(p, answer)
			},
			Want: values(reading.Count, 2., reading.Flow, 120., reading.Headway, 20.,
				reading.Speed, 50., reading.SpeedP85, 60.),
			SilentErr:  driver.ErrNoAnswer,
			Garbage:    func() { p.Send(0xFF, 0x00, '{', '1', '\r', '\n', '{', '\r', '\n') },
			GarbageErr: driver.ErrChecksum,
			Half:       func() { p.Send([]byte(`{"speed":"4`)...) },
			HalfErr:    driver.ErrChecksum,
		}
	})
}

func TestEmptyRoadIsNotADeadRadar(t *testing.T) {
	bubble(t, DefaultOpts, func(t *testing.T, p *drivertest.Port, d *Dev) {
		if w := p.Written(); !bytes.Equal(w, setUp) {
			t.Errorf("wrote %q at the start", w)
		}
		time.Sleep(20 * s)
		want(t, d, values(reading.Count, 0., reading.Flow, 0.))
		if w := p.Written(); !bytes.Equal(w, setUp) {
			t.Errorf("wrote %q to a radar that spoke a short while ago", w)
		}
		time.Sleep(60 * s)
		time.AfterFunc(s/10, func() { p.Send([]byte("{\"Product\":\"OPS243\"}\r\n")...) })
		want(t, d, values(reading.Count, 0., reading.Flow, 0.))
		if w := p.Written(); !bytes.Equal(w, append(bytes.Clone(setUp), ask...)) {
			t.Errorf("wrote %q, want one question after the silence", w)
		}
		time.Sleep(60 * s)
		if v, err := d.Sense(t.Context()); !errors.Is(err, driver.ErrNoAnswer) || v != nil {
			t.Errorf("a dead radar: %v, %v", v, err)
		}
		pass(p, "inbound", 40)
		want(t, d, nil) // a window opens
		time.Sleep(s)
		p.Unplug(io.ErrUnexpectedEOF)
		synctest.Wait()
		if v, err := d.Sense(t.Context()); !errors.Is(err, driver.ErrUnplugged) || v != nil {
			t.Errorf("unplugged: %v, %v", v, err)
		}
	})
}

func TestVehicles(t *testing.T) {
	for name, tc := range map[string]struct {
		reports func(p *drivertest.Port)
		want    []driver.Value
	}{
		"slow things are no vehicles": {
			func(p *drivertest.Port) { pass(p, "inbound", 4.9) },
			values(reading.Count, 0., reading.Flow, 0.),
		},
		"both directions at once": {
			func(p *drivertest.Port) {
				for range 4 {
					say(p, `{"speed":["50.0","-30.0"]}`)
					time.Sleep(s / 4)
				}
			},
			values(reading.Count, 2., reading.Flow, 720., reading.Headway, 0., reading.Speed, 40., reading.SpeedP85, 50.),
		},
		"reports within the join are one vehicle": {
			func(p *drivertest.Port) {
				pass(p, "inbound", 40)
				time.Sleep(s / 2)
				pass(p, "inbound", 50)
			},
			values(reading.Count, 1., reading.Flow, 360., reading.Speed, 50., reading.SpeedP85, 50.),
		},
		"too fast is Suspect": {
			func(p *drivertest.Port) { pass(p, "inbound", 200) },
			values(reading.Count, 1., reading.Flow, 360., reading.Speed, 200., reading.SpeedP85, 200.),
		},
		"faster than anything": {
			func(p *drivertest.Port) { say(p, `{"speed":1e300}`) },
			values(reading.Count, 1., reading.Flow, 360.),
		},
		"a report names its unit": {
			func(p *drivertest.Port) { say(p, `{"speed":10,"unit":"mps"}`) },
			values(reading.Count, 1., reading.Flow, 360., reading.Speed, 36., reading.SpeedP85, 36.),
		},
		"noise between": {
			func(p *drivertest.Port) {
				p.Send(0xFF, 0xFE)
				say(p, "\x01")
				say(p, "OPS243 banner")
				say(p, `{"speed":"36","direction":"inbound"}`)
			},
			values(reading.Count, 1., reading.Flow, 360., reading.Speed, 36., reading.SpeedP85, 36.),
		},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, DefaultOpts, func(t *testing.T, p *drivertest.Port, d *Dev) {
				began := time.Now()
				tc.reports(p)
				time.Sleep(10*s - time.Since(began))
				want(t, d, tc.want)
			})
		})
	}
}

func TestVehicleAcrossTheEndOfAWindow(t *testing.T) {
	bubble(t, DefaultOpts, func(t *testing.T, p *drivertest.Port, d *Dev) {
		time.Sleep(9*s + s/2)
		say(p, `{"speed":36}`)
		time.Sleep(s / 2)
		want(t, d, values(reading.Count, 1., reading.Flow, 360.))
		say(p, `{"speed":54}`)
		time.Sleep(10 * s)
		want(t, d, values(reading.Count, 0., reading.Flow, 0., reading.Speed, 54., reading.SpeedP85, 54.))
	})
}

// TestRadarThatLostItsSettings is set up again, and what it says in between, in
// m/s, is not taken for km/h.
func TestRadarThatLostItsSettings(t *testing.T) {
	bubble(t, DefaultOpts, func(t *testing.T, p *drivertest.Port, d *Dev) {
		pass(p, "inbound", 36)
		time.Sleep(20 * s)
		want(t, d, values(reading.Count, 1., reading.Flow, 171., reading.Speed, 36., reading.SpeedP85, 36.))
		say(p, "15.0") // its power came back
		if w := p.Written(); !bytes.Equal(w, append(bytes.Clone(setUp), setUp...)) {
			t.Fatalf("wrote %q, want the settings again", w)
		}
		say(p, "15.1")
		say(p, answer)
		pass(p, "outbound", 54)
		time.Sleep(4 * s)
		want(t, d, values(reading.Count, 1., reading.Flow, 720., reading.Headway, 21.,
			reading.Speed, 54., reading.SpeedP85, 54.))
		time.Sleep(10 * s)
		say(p, `{"Product":"OPS243"}`) // unasked
		if w := p.Written(); len(w) != 3*len(setUp) {
			t.Errorf("wrote %q", w)
		}
	})
}

func TestUnitsWithoutAStatement(t *testing.T) {
	for units, kmh := range map[string]float64{"": 20, "kmh": 20, "ms": 72, "mph": 32.2} {
		synctest.Test(t, func(t *testing.T) {
			p := drivertest.NewPort()
			opts := DefaultOpts
			opts.Units = units
			d, err := New(p, opts)
			if err != nil {
				t.Fatal(err)
			}
			defer d.Close()
			say(p, "88.8") // before the settings can be in force
			if got, err := d.Sense(t.Context()); got != nil || err != nil {
				t.Fatalf("first Sense: %v, %v", got, err)
			}
			time.Sleep(s)
			say(p, "+20.0")
			time.Sleep(9 * s)
			got, err := d.Sense(t.Context())
			if err != nil || math.Abs(got[len(got)-1].Value-kmh) > 0.05 {
				t.Errorf("%s: %v, %v", units, got, err)
			}
		})
	}
}

func TestNewRefuses(t *testing.T) {
	for name, o := range map[string]Opts{
		"units": {Units: "knots"}, "join": {Join: -1}, "speed": {MinSpeedKMH: math.NaN()},
	} {
		if _, err := New(drivertest.NewPort(), o); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}
