package maxbotix

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/siaga-id/siaga/edge/driver"
	"github.com/siaga-id/siaga/edge/driver/a02yyuw"
	"github.com/siaga-id/siaga/edge/driver/drivertest"
	"github.com/siaga-id/siaga/internal/config"
	"github.com/siaga-id/siaga/internal/reading"
)

// datum is that of the tests' sensor: 6.25 m.
var datum = func() a02yyuw.Datum { m := 6.25; return a02yyuw.Datum{DatumM: &m} }()

// banner is what comes after power-up.
const banner = "HRXLMaxSonarWR\rPN: MB7389\rMaxBotix Inc.\rRoHS 1.8b090  0713\rTempI\r"

// at is what a sensor at datum gives for a distance.
func at(mm, level float64) []driver.Value {
	return []driver.Value{
		{Quantity: reading.Level, Value: level, Quality: reading.NotEvaluated},
		{Quantity: reading.Distance, Value: mm, Quality: reading.NotEvaluated},
	}
}

func TestContract(t *testing.T) {
	drivertest.Run(t, func(t *testing.T) drivertest.Rig {
		port := drivertest.NewPort()
		d, err := New(port, Opts{Datum: datum})
		if err != nil {
			t.Fatal(err)
		}
		return drivertest.Rig{
			Dev:        d,
			Good:       func() { port.Send([]byte("R1953\rR1953\rR1953\r")...) },
			Want:       at(1953, 4.297),
			SilentErr:  driver.ErrNoAnswer,
			Garbage:    func() { port.Send([]byte("\x00\xFFR12\x804\r" + banner)...) },
			GarbageErr: driver.ErrChecksum,
			Half:       func() { port.Send([]byte("R19")...) },
			HalfErr:    driver.ErrChecksum,
		}
	})
}

func TestSense(t *testing.T) {
	for _, tc := range []struct {
		name string
		b    string
		want []driver.Value
		err  error
	}{
		{"median", "R2000\rR2010\rR1990\r", at(2000, 4.25), nil},
		{"one garbled digit", "R2000\rR2000\rR7000\rR2001\r", at(2000, 4.25), nil},
		{"the USB variant", "R2000 \rR2000 \rR2000 \r", at(2000, 4.25), nil},
		{"behind the banner", banner + "R2000\r\xFFR2000\rR2000\r", at(2000, 4.25), nil},
		{"two frames are too few", "R2000\rR2000\r", nil, driver.ErrNoAnswer},
		{"nothing heard", "R5000\rR5000\rR5000\r", nil, driver.ErrEchoLost},
		{"an echo now and then", "R5000\rR2000\rR5000\r", nil, driver.ErrEchoLost},
		{"an echo mostly", "R5000\rR2000\rR2000\r", at(2000, 4.25), nil},
		{"too near", "R0300\rR0300\rR0301\r", nil, driver.ErrOutOfRange},
		{"nearest", "R0301\rR0301\rR0301\r", at(301, 5.949), nil},
		{"farthest", "R4999\rR4999\rR4999\r", at(4999, 1.251), nil},
		{"lost and too near, but once heard", "R0300\rR2000\rR5000\r", nil, driver.ErrEchoLost},
		{"a 10 m model that hears nothing", "R9999\rR9999\rR9999\r", nil, driver.ErrEchoLost},
		{"an XL, in cm", "R200\rR200\rR200\r", nil, driver.ErrChecksum},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				port := drivertest.NewPort()
				d, err := New(port, Opts{Datum: datum})
				if err != nil {
					t.Fatal(err)
				}
				defer d.Close()
				port.Send([]byte(tc.b)...)
				synctest.Wait()
				ctx, cancel := context.WithTimeout(t.Context(), time.Second)
				defer cancel()
				got, err := d.Sense(ctx)
				if !errors.Is(err, tc.err) {
					t.Fatalf("error %v, want %v", err, tc.err)
				}
				if diff := cmp.Diff(tc.want, got); diff != "" {
					t.Errorf("(-want +got):\n%s", diff)
				}
			})
		})
	}
}

func TestSenseTakesWhatNoneHasHad(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		port := drivertest.NewPort()
		d, err := New(port, Opts{})
		if err != nil {
			t.Fatal(err)
		}
		defer d.Close()
		for _, tc := range []struct {
			b    string
			want float64
		}{
			{"R1000\rR1000\rR1000\rR1000\rR1000\r", 1000},
			{"R2000\rR2000\rR2000\r", 2000},
		} {
			port.Send([]byte(tc.b)...)
			synctest.Wait()
			v, err := d.Sense(t.Context())
			if err != nil || len(v) != 1 || v[0].Quantity != reading.Distance || v[0].Value != tc.want {
				t.Errorf("%q: %v, %v, want the distance %v only", tc.b, v, err, tc.want)
			}
		}
	})
}

func TestOptions(t *testing.T) {
	o := Chip.Options()
	if err := config.Decode(map[string]any{"port": "/dev/serial0", "datum_m": 6.25}, o); err != nil {
		t.Fatal(err)
	}
	if err := o.Validate(); err != nil || !slices.Equal(o.Quantities(), []reading.Quantity{reading.Level, reading.Distance}) {
		t.Errorf("Validate: %v; Quantities: %v", err, o.Quantities())
	}
	if err := Chip.Options().Validate(); err == nil || !strings.HasPrefix(err.Error(), "port: ") {
		t.Errorf("without a port: %v", err)
	}
}
