package tfluna

import (
	"bytes"
	"errors"
	"io"
	"math"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"periph.io/x/conn/v3/uart"

	"github.com/siaga-id/siaga/edge/driver"
	"github.com/siaga-id/siaga/edge/driver/drivertest"
	"github.com/siaga-id/siaga/internal/config"
	"github.com/siaga-id/siaga/internal/reading"
)

const (
	ms = time.Millisecond
	s  = time.Second
)

// opts has the road at 6 m, where the beam is 0.21 m wide.
var opts = Opts{Model: Luna, RoadDistanceM: 6, ThresholdM: 0.5, StuckAfter: time.Minute}

// see has the lidar see a distance for a while, 100 times a second. What is to be
// read by its end has been read then: a window ends with the last chunk.
func see(p *drivertest.Port, distance, amplitude uint16, d time.Duration) {
	for range d / (10 * ms) {
		p.Send(encode(distance, amplitude)...)
		time.Sleep(10 * ms)
	}
	synctest.Wait()
}

func values(pairs ...any) []driver.Value {
	var vs []driver.Value
	for i := 0; i < len(pairs); i += 2 {
		vs = append(vs, driver.Measured(pairs[i].(reading.Quantity), pairs[i+1].(float64)))
	}
	return vs
}

// near compares values; times are known to a frame or so.
var near = cmpopts.EquateApprox(0.02, 0.05)

func want(t *testing.T, d *Dev, want []driver.Value) {
	t.Helper()
	got, err := d.Sense(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got, near); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// bubble runs a test with a lidar that sees the road and whose window is open.
func bubble(t *testing.T, opts Opts, test func(t *testing.T, p *drivertest.Port, d *Dev)) {
	synctest.Test(t, func(t *testing.T) {
		p := drivertest.NewPort()
		d, err := New(p, opts)
		if err != nil {
			t.Fatal(err)
		}
		see(p, 600, 900, s)
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
		d, err := New(p, opts)
		if err != nil {
			t.Fatal(err)
		}
		return drivertest.Rig{
			Dev: d,
			Good: func() { // in 10 s of an empty road
				see(p, 600, 900, s)
				for range 2 { // the first opens a window
					if _, err := d.Sense(t.Context()); err != nil {
						t.Error(err)
					}
				}
				see(p, 600, 900, 10*s)
				time.Sleep(200 * ms)
			},
			Want:       values(reading.Count, 0., reading.Flow, 0., reading.Occupancy, 0.),
			SilentErr:  driver.ErrNoAnswer,
			Garbage:    func() { p.Send(0x59, 0x59, 1, 2, 3, 4, 5, 6, 7, 0x59) },
			GarbageErr: driver.ErrChecksum,
			Half:       func() { p.Send(golden[:5]...) },
			HalfErr:    driver.ErrChecksum,
		}
	})
}

func TestVehicles(t *testing.T) {
	fast := opts
	fast.VehicleLengthM = 4.79 // and the beam: 5 m
	for name, tc := range map[string]struct {
		opts Opts
		road func(p *drivertest.Port)
		want []driver.Value
	}{
		"two vehicles": {
			fast,
			func(p *drivertest.Port) {
				see(p, 450, 900, 500*ms)
				see(p, 600, 900, 3500*ms)
				see(p, 430, 900, s)
				see(p, 600, 900, 5*s)
			},
			values(reading.Count, 2., reading.Flow, 720., reading.Occupancy, 15., reading.Headway, 4.,
				reading.Speed, 27., reading.SpeedP85, 36.),
		},
		"a drop, twice": {
			opts,
			func(p *drivertest.Port) {
				for range 2 {
					see(p, 100, 900, 10*ms)
					see(p, 600, 900, 5*s-10*ms)
				}
			},
			values(reading.Count, 0., reading.Flow, 0., reading.Occupancy, 0.),
		},
		"no farther than half the threshold": {
			opts,
			func(p *drivertest.Port) {
				see(p, 551, 900, 5*s) // not near enough to come
				see(p, 550, 900, s)
				see(p, 574, 900, s) // not far enough to leave
				see(p, 575, 900, 3*s)
			},
			values(reading.Count, 1., reading.Flow, 360., reading.Occupancy, 20.),
		},
		"nothing comes or leaves that cannot be trusted": {
			opts,
			func(p *drivertest.Port) {
				see(p, 0, 50, s)
				see(p, 400, 99, s)
				see(p, 400, 0xFFFF, s)
				see(p, 10, 900, s)
				see(p, 600, 900, 3*s)
				see(p, 400, 900, s)
				see(p, 0xFFFF, 900, s/2) // -1
				see(p, 0xFFFC, 900, s/2) // -4
				see(p, 600, 900, s)
			},
			values(reading.Count, 1., reading.Flow, 360., reading.Occupancy, 20.),
		},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, tc.opts, func(t *testing.T, p *drivertest.Port, d *Dev) {
				tc.road(p)
				time.Sleep(110 * ms)
				got, err := d.Sense(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				for i := range got {
					got[i].Quality = reading.NotEvaluated
				}
				// The window is as long as what has been read.
				if diff := cmp.Diff(tc.want, got, cmpopts.EquateApprox(0.025, 0.05)); diff != "" {
					t.Errorf("(-want +got):\n%s", diff)
				}
			})
		})
	}
}

func TestLittleIsTrusted(t *testing.T) {
	bubble(t, opts, func(t *testing.T, p *drivertest.Port, d *Dev) {
		see(p, 600, 900, 4*s)
		see(p, 0, 40, 6*s)
		time.Sleep(110 * ms)
		got, err := d.Sense(t.Context())
		if err != nil || len(got) != 3 || got[0].Quality != reading.Suspect {
			t.Errorf("%v, %v", got, err)
		}
		see(p, 0, 40, 10*s)
		if v, err := d.Sense(t.Context()); !errors.Is(err, driver.ErrEchoLost) || v != nil {
			t.Errorf("%v, %v", v, err)
		}
		see(p, 600, 900, s)
		want(t, d, nil) // a window opens
	})
}

func TestStuck(t *testing.T) {
	bubble(t, opts, func(t *testing.T, p *drivertest.Port, d *Dev) {
		see(p, 300, 900, 70*s)
		if v, err := d.Sense(t.Context()); !errors.Is(err, driver.ErrStuck) || v != nil {
			t.Errorf("%v, %v", v, err)
		}
	})
}

func TestSilenceAndUnplug(t *testing.T) {
	bubble(t, opts, func(t *testing.T, p *drivertest.Port, d *Dev) {
		time.Sleep(10 * s)
		if v, err := d.Sense(t.Context()); !errors.Is(err, driver.ErrNoAnswer) || v != nil {
			t.Errorf("silent: %v, %v", v, err)
		}
		see(p, 600, 900, s)
		want(t, d, nil) // what it did not see is in no window
		p.Unplug(io.ErrUnexpectedEOF)
		time.Sleep(s)
		if v, err := d.Sense(t.Context()); !errors.Is(err, driver.ErrUnplugged) || v != nil {
			t.Errorf("unplugged: %v, %v", v, err)
		}
	})
}

// TestReadsInLargeChunks counts reads: a hundred frames must not take a hundred.
func TestReadsInLargeChunks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &counted{Port: drivertest.NewPort()}
		d, err := New(p, opts)
		if err != nil {
			t.Fatal(err)
		}
		see(p.Port, 600, 900, 10*s)
		if err := d.Close(); err != nil {
			t.Error(err)
		}
		if p.reads > 110 {
			t.Errorf("%d reads in 10 s", p.reads)
		}
	})
}

type counted struct {
	*drivertest.Port
	reads int
}

func (c *counted) Read(b []byte) (int, error) {
	c.reads++
	return c.Port.Read(b)
}

// board has one port.
type board struct {
	driver.Board
	port *drivertest.Port
}

func (b board) Serial(string, int, uart.Parity) (io.ReadWriteCloser, error) { return b.port, nil }

func TestChips(t *testing.T) {
	for _, tc := range []struct {
		chip driver.Chip
		road any
	}{{Chip, 7.5}, {ChipMiniPlus, 11}} {
		synctest.Test(t, func(t *testing.T) {
			o := tc.chip.Options()
			if err := o.Validate(); err == nil || !strings.Contains(err.Error(), "port: ") || !strings.Contains(err.Error(), "\nroad_distance_m: ") {
				t.Errorf("%s: defaults: %v", tc.chip.Name, err)
			}
			if err := config.Decode(map[string]any{
				"port": "/dev/ttyUSB0", "road_distance_m": tc.road, "threshold_m": 0.4, "vehicle_length_m": 4.5, "stuck_after": "5m",
			}, o); err != nil {
				t.Fatal(err)
			}
			if err := o.Validate(); err != nil {
				t.Errorf("%s: %v", tc.chip.Name, err)
			}
			p := drivertest.NewPort()
			d, err := o.Open(board{port: p}, nil)
			if err != nil {
				t.Fatal(err)
			}
			p.Send(bytes.Repeat(encode(600, 900), 2)...)
			if v, err := d.Sense(t.Context()); v != nil || err != nil {
				t.Errorf("%v, %v", v, err)
			}
			if err := d.Close(); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestNewRefuses(t *testing.T) {
	for key, change := range map[string]func(*Opts){
		"road_distance_m":  func(o *Opts) { o.RoadDistanceM = 8.1 },
		"threshold_m":      func(o *Opts) { o.ThresholdM = 5.9 },
		"vehicle_length_m": func(o *Opts) { o.VehicleLengthM = math.NaN() },
		"stuck_after":      func(o *Opts) { o.StuckAfter = -1 },
	} {
		o := opts
		change(&o)
		if _, err := New(drivertest.NewPort(), o); err == nil || !strings.Contains(err.Error(), key+": ") {
			t.Errorf("%s: %v", key, err)
		}
	}
}
