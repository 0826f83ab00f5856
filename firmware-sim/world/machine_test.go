package world_test

import (
	"encoding/binary"
	"io"
	"math"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"periph.io/x/conn/v3/gpio"
	"periph.io/x/conn/v3/physic"
	"periph.io/x/conn/v3/uart"
	"periph.io/x/devices/v3/bmxx80"

	"github.com/siaga-id/siaga/firmware-sim/chip/a02yyuw"
	"github.com/siaga-id/siaga/firmware-sim/chip/bme280"
	"github.com/siaga-id/siaga/firmware-sim/chip/breakbeam"
	"github.com/siaga-id/siaga/firmware-sim/chip/pms5003"
	"github.com/siaga-id/siaga/firmware-sim/simbus"
	"github.com/siaga-id/siaga/firmware-sim/world"
)

// node is a whole node's board in a source's world.
func node(t *testing.T, clock *world.Clock, src world.Source) *simbus.Machine {
	t.Helper()
	m := simbus.New(clock)
	_, err1 := m.PlugI2C("i2c-1", 0x76, bme280.New(func(at time.Time) (bme280.Sample, bool) {
		w, ok := src.Weather(at)
		return bme280.Sample(w), ok
	}))
	_, err2 := m.PlugSerial("/dev/ttyS0", pms5003.Baud, pms5003.New(func(at time.Time) (pms5003.Sample, bool) {
		a, ok := src.Air(at)
		return pms5003.Sample{CF1: pms5003.Mass(a.CF1), Atmospheric: pms5003.Mass(a.Atmospheric)}, ok
	}))
	_, err3 := m.PlugSerial("/dev/ttyS1", a02yyuw.Baud, a02yyuw.New(func(at time.Time) (float64, bool) {
		level, ok := src.Level(at)
		return 1000 * (world.DatumM - level), ok
	}))
	_, err4 := m.PlugPin("GPIO17", breakbeam.New(true, func(from, to time.Time) (all []breakbeam.Interval) {
		for _, p := range src.Passages(from, to) {
			all = append(all, breakbeam.Interval{From: p.At, To: p.At.Add(p.Blocks())})
		}
		return all
	}))
	for _, err := range []error{err1, err2, err3, err4} {
		if err != nil {
			t.Fatal(err)
		}
	}
	return m
}

// message reads until a whole message of n bytes with that first byte is there.
func message(t *testing.T, m *simbus.Machine, path string, first byte, n int) []byte {
	t.Helper()
	p, err := m.Serial(path, 9600, uart.NoParity)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	b := make([]byte, n)
	for b[0] != first {
		for at := 0; at < n; {
			k, err := p.Read(b[at:])
			if err != nil {
				t.Fatal(err)
			}
			at += k
		}
	}
	return b
}

// TestBoardShowsTheWorld reads every chip over its wires; the BME280 with
// periph's own driver, whose arithmetic is not the simulator's.
func TestBoardShowsTheWorld(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		clock, err := world.NewClock(time.Date(2026, 1, 15, 0, 0, 0, 0, time.UTC), 1)
		if err != nil {
			t.Fatal(err)
		}
		w := world.New(7, world.VillageAt(0))
		m := node(t, clock, w)

		near := func(what string, got, want, within float64) {
			t.Helper()
			if !(math.Abs(got-want) <= within) {
				t.Errorf("%s is %.4f on the wire and %.4f outside", what, got, want)
			}
		}
		bus, err := m.I2C("i2c-1")
		if err != nil {
			t.Fatal(err)
		}
		dev, err := bmxx80.NewI2C(bus, 0x76, &bmxx80.DefaultOpts)
		if err != nil {
			t.Fatal(err)
		}
		for range 100 {
			var e physic.Env
			if err := dev.Sense(&e); err != nil {
				t.Fatal(err)
			}
			want, _ := w.Weather(clock.Now())
			near("temperature", e.Temperature.Celsius(), want.Temperature, 0.04)
			near("humidity", float64(e.Humidity)/float64(physic.PercentRH), want.Humidity, 0.2)
			near("pressure", float64(e.Pressure)/float64(physic.Pascal)/100, want.Pressure, 0.1)
			time.Sleep(13 * time.Minute)
		}

		f := message(t, m, "/dev/ttyS0", 0x42, 32)
		air, _ := w.Air(clock.Now())
		near("PM2.5", float64(binary.BigEndian.Uint16(f[12:])), air.Atmospheric.PM2_5, 0.5)

		f = message(t, m, "/dev/ttyS1", 0xFF, 4)
		level, _ := w.Level(clock.Now())
		near("level", world.DatumM-float64(binary.BigEndian.Uint16(f[1:]))/1000, level, 0.0005)

		pin, err := m.Pin("GPIO17")
		if err != nil {
			t.Fatal(err)
		}
		if err := pin.In(gpio.PullUp, gpio.FallingEdge); err != nil {
			t.Fatal(err)
		}
		begin, cars := clock.Now(), 0
		for pin.WaitForEdge(10 * time.Minute) {
			if cars++; cars == 100 {
				break
			}
		}
		if want := len(w.Passages(begin, clock.Now().Add(time.Nanosecond))); cars != want {
			t.Errorf("%d vehicles on the line and %d outside", cars, want)
		}
	})
}

// TestTraceReachesTheWires replays a recording fast through a beam and an
// ultrasonic ranger.
func TestTraceReachesTheWires(t *testing.T) {
	const text = `time,occupancy_pct,speed_kmh,level_m
2015-09-17T00:00:00Z,10,36,1.5
2015-09-17T01:00:00Z,20,72,-0.5
2015-09-17T02:00:00Z,0,50,4.39
`
	synctest.Test(t, func(t *testing.T) {
		tr, err := world.ReadTrace(strings.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		r, err := tr.Replay(world.Options{Speed: 60})
		if err != nil {
			t.Fatal(err)
		}
		m := node(t, r.Clock(), r.Source(""))
		p, err := m.Pin("GPIO17")
		if err != nil {
			t.Fatal(err)
		}
		pin := p.(*simbus.Pin)
		ranger, err := m.Serial("/dev/ttyS1", 9600, uart.NoParity)
		if err != nil {
			t.Fatal(err)
		}
		for _, want := range []struct {
			occupancy, kmh float64
			mm             uint16
		}{{10, 36, 2900}, {20, 72, 4900}, {0, 0, 30}} {
			if err := pin.In(gpio.PullUp, gpio.BothEdges); err != nil {
				t.Fatal(err)
			}
			begin := r.Clock().Boot()
			last, blocked, cars := begin, time.Duration(0), 0
			for r.Clock().Boot() < begin+59*time.Minute {
				if !pin.WaitForEdge(time.Second) {
					continue
				}
				if pin.Read() == gpio.Low {
					cars++
				} else {
					blocked += pin.EdgeTime() - last
				}
				last = pin.EdgeTime()
			}
			if got := blocked.Seconds() / 59 / 60 * 100; math.Abs(got-want.occupancy) > 0.1 {
				t.Errorf("occupancy %.3f, want %v", got, want.occupancy)
			}
			if cars > 0 {
				kmh := float64(cars) * (world.VehicleM + world.BeamM) / blocked.Seconds() * 3.6
				if math.Abs(kmh-want.kmh) > 0.1 {
					t.Errorf("speed %.2f, want %v", kmh, want.kmh)
				}
			}
			if mm := newest(t, ranger); mm != want.mm {
				t.Errorf("distance %d, want %d", mm, want.mm)
			}
			time.Sleep(r.Clock().Real(time.Minute))
		}
	})
}

// newest reads all that waits on a ranger's line and returns the last distance.
func newest(t *testing.T, p io.Reader) uint16 {
	t.Helper()
	b := make([]byte, 1024)
	n, err := p.Read(b)
	if err != nil || n < 4 {
		t.Fatalf("%d bytes, %v", n, err)
	}
	return binary.BigEndian.Uint16(b[n-3:])
}
