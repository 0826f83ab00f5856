package a02yyuw

import (
	"context"
	"errors"
	"math"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/siaga-id/siaga/edge/driver"
	"github.com/siaga-id/siaga/edge/driver/drivertest"
	"github.com/siaga-id/siaga/internal/reading"
)

// datum is that of the tests' sensor.
var datum = func() Datum { m := 6.25; return Datum{&m} }()

var (
	golden1953 = []byte{0xFF, 0x07, 0xA1, 0xA7}
	golden2500 = []byte{0xFF, 0x09, 0xC4, 0xCC}
)

// at is what a sensor at datum gives for a distance.
func at(mm, level float64) []driver.Value {
	return []driver.Value{
		{Quantity: reading.Level, Value: level, Quality: reading.NotEvaluated},
		{Quantity: reading.Distance, Value: mm, Quality: reading.NotEvaluated},
	}
}

// twice is what it takes to get into step.
func twice(frame []byte) []byte { return append(frame[:len(frame):len(frame)], frame...) }

func frameOf(mm uint16) []byte {
	h, l := byte(mm>>8), byte(mm)
	return []byte{0xFF, h, l, 0xFF + h + l}
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
			Good:       func() { port.Send(twice(golden1953)...) },
			Want:       at(1953, 4.297),
			SilentErr:  driver.ErrNoAnswer,
			Garbage:    func() { port.Send(0x00, 0xFF, 0xFF, 0xFF, 0x12, 0x42, 0xFF) },
			GarbageErr: driver.ErrChecksum,
			// Followed at once by the golden frame these would make a frame:
			// FF + 09 + FF is 07 in its low byte.
			Half:    func() { port.Send(0xFF, 0x09) },
			HalfErr: driver.ErrChecksum,
		}
	})
}

func TestFrames(t *testing.T) {
	for _, tc := range []struct {
		name string
		b    []byte
		want []driver.Value
		err  error
	}{
		{"1953 mm", twice(golden1953), at(1953, 4.297), nil},
		{"2500 mm", twice(golden2500), at(2500, 3.75), nil},
		{"the newest of two", append(golden1953[:4:4], golden2500...), at(2500, 3.75), nil},
		{"the first alone", golden1953, nil, driver.ErrChecksum},
		{"good and bad in turn", []byte{0xFF, 0x07, 0xA1, 0xA7, 0xFF, 0x07, 0xA1, 0xA6, 0xFF, 0x07, 0xA1, 0xA7}, nil, driver.ErrChecksum},
		{"low byte FF", twice(frameOf(0x03FF)), at(1023, 5.227), nil},
		{"behind a frame's second half", append([]byte{0xA1, 0xA7}, twice(golden2500)...), at(2500, 3.75), nil},
		{"behind FF", append([]byte{0xFF}, twice(golden2500)...), at(2500, 3.75), nil},
		{"an AJ-SR04M's checksum", twice([]byte{0xFF, 0x07, 0xA1, 0xA8}), nil, driver.ErrWrongDevice},
		{"an AJ-SR04M's checksum once", []byte{0xFF, 0x07, 0xA1, 0xA8}, nil, driver.ErrChecksum},
		{"no echo", twice(frameOf(0)), nil, driver.ErrEchoLost},
		{"in the blind zone", twice(frameOf(30)), nil, driver.ErrOutOfRange},
		{"nearest", twice(frameOf(31)), at(31, 6.219), nil},
		{"farthest", twice(frameOf(4500)), at(4500, 1.75), nil},
		{"too far", twice(frameOf(4501)), nil, driver.ErrEchoLost},
		{"everything FF", twice(frameOf(0xFFFF)), nil, driver.ErrEchoLost},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				port := drivertest.NewPort()
				d, err := New(port, Opts{Datum: datum})
				if err != nil {
					t.Fatal(err)
				}
				defer d.Close()
				port.Send(tc.b...)
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

func TestWithoutDatumThereIsNoLevel(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		port := drivertest.NewPort()
		d, err := New(port, Opts{})
		if err != nil {
			t.Fatal(err)
		}
		defer d.Close()
		port.Send(twice(golden1953)...)
		got, err := d.Sense(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(at(1953, 0)[1:], got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
}

func TestNewRefusesADatumThatIsNoHeight(t *testing.T) {
	for _, m := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
		if _, err := New(drivertest.NewPort(), Opts{Datum: Datum{&m}}); err == nil {
			t.Errorf("accepted %v", m)
		}
	}
}
