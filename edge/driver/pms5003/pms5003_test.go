package pms5003

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/siaga-id/siaga/edge/driver"
	"github.com/siaga-id/siaga/edge/driver/drivertest"
	"github.com/siaga-id/siaga/internal/reading"
)

// golden is 5, 8 and 10 µg/m³ with 900 particles above 0.3 µm.
var golden = unhex("424D001C 00050008000A 00050008000A 038400FA003C000A00020001 9700033A")

var goldenValues = []driver.Value{
	{Quantity: reading.PM1, Value: 5, Quality: reading.NotEvaluated},
	{Quantity: reading.PM2_5, Value: 8, Quality: reading.NotEvaluated},
	{Quantity: reading.PM10, Value: 10, Quality: reading.NotEvaluated},
}

func unhex(s string) []byte {
	b, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
	if err != nil {
		panic(err)
	}
	return b
}

// edited returns the golden frame with words changed (by their place after the
// length) and its sum made right.
func edited(words map[int]uint16) []byte {
	b := bytes.Clone(golden)
	for n, w := range words {
		binary.BigEndian.PutUint16(b[4+2*n:], w)
	}
	binary.BigEndian.PutUint16(b[30:], sum(b[:30]))
	return b
}

func TestContract(t *testing.T) {
	drivertest.Run(t, func(t *testing.T) drivertest.Rig {
		port := drivertest.NewPort()
		d, err := New(port, Opts{})
		if err != nil {
			t.Fatal(err)
		}
		return drivertest.Rig{
			Dev:        d,
			Good:       func() { port.Send(golden...) },
			Want:       goldenValues,
			SilentErr:  driver.ErrNoAnswer,
			Garbage:    func() { port.Send(unhex("00FF424D424D001C00050042FF4D")...) },
			GarbageErr: driver.ErrChecksum,
			Half:       func() { port.Send(golden[:17]...) },
			HalfErr:    driver.ErrChecksum,
		}
	})
}

// sense runs one Sense of at most 3 s on a sensor that says b.
func sense(t *testing.T, b []byte) (values []driver.Value, err error) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		port := drivertest.NewPort()
		d, e := New(port, DefaultOpts)
		if e != nil {
			t.Fatal(e)
		}
		defer d.Close()
		port.Send(b...)
		ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
		defer cancel()
		values, err = d.Sense(ctx)
	})
	return values, err
}

func TestFrames(t *testing.T) {
	flipped := bytes.Clone(golden)
	flipped[9] ^= 0x10
	for _, tc := range []struct {
		name string
		b    []byte
		want []driver.Value
		err  error
	}{
		{"golden", golden, goldenValues, nil},
		{"behind half a frame", append(bytes.Clone(golden[:20]), golden...), goldenValues, nil},
		{"behind a frame's second half", append(bytes.Clone(golden[5:]), golden...), goldenValues, nil},
		{"behind the answer to a command", append(unhex("424D0004E101 0175"), golden...), goldenValues, nil},
		{"a flipped bit", flipped, nil, driver.ErrChecksum},
		{"answer to a command only", unhex("424D0004E1010175"), nil, driver.ErrNoAnswer},
		{"a damaged answer to a command", unhex("424D0004E1010174"), nil, driver.ErrChecksum},
		{"mass without particles", edited(map[int]uint16{6: 0}), nil, driver.ErrStuck},
		{
			"clean air", edited(map[int]uint16{3: 0, 4: 0, 5: 0, 6: 0}),
			[]driver.Value{
				{Quantity: reading.PM1, Value: 0, Quality: reading.NotEvaluated},
				{Quantity: reading.PM2_5, Value: 0, Quality: reading.NotEvaluated},
				{Quantity: reading.PM10, Value: 0, Quality: reading.NotEvaluated},
			},
			nil,
		},
		{
			"above the limits", edited(map[int]uint16{3: 999, 4: 1000, 5: 1001}),
			[]driver.Value{
				{Quantity: reading.PM1, Value: 999, Quality: reading.NotEvaluated},
				{Quantity: reading.PM2_5, Value: 1000, Quality: reading.NotEvaluated},
				{Quantity: reading.PM10, Value: 1001, Quality: reading.Suspect},
			},
			nil,
		},
		{
			"the sensor reports an error", edited(map[int]uint16{12: 0x9703}),
			[]driver.Value{
				{Quantity: reading.PM1, Value: 5, Quality: reading.Suspect},
				{Quantity: reading.PM2_5, Value: 8, Quality: reading.Suspect},
				{Quantity: reading.PM10, Value: 10, Quality: reading.Suspect},
			},
			nil,
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got, err := sense(t, tc.b)
			if !errors.Is(err, tc.err) {
				t.Fatalf("error %v, want %v", err, tc.err)
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestSleepingSensorIsWokenAndWarmsUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		port := drivertest.NewPort()
		d, err := New(port, DefaultOpts)
		if err != nil {
			t.Fatal(err)
		}
		defer d.Close()
		try := func() error {
			ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
			defer cancel()
			_, err := d.Sense(ctx)
			return err
		}
		for range 2 {
			if err := try(); !errors.Is(err, driver.ErrNoAnswer) {
				t.Fatalf("asleep: %v", err)
			}
		}
		if w := port.Written(); w != nil {
			t.Fatalf("wrote % x before the silence was long", w)
		}
		if err := try(); !errors.Is(err, driver.ErrNoAnswer) {
			t.Fatalf("asleep: %v", err)
		}
		if w := port.Written(); !bytes.Equal(w, unhex("424DE400010174 424DE100010171")) {
			t.Fatalf("wrote % x, want wake and active mode", w)
		}
		port.Send(golden...)
		if err := try(); !errors.Is(err, driver.ErrWarmingUp) {
			t.Errorf("just woken: %v", err)
		}
		for range 15 {
			time.Sleep(2 * time.Second)
			port.Send(golden...)
		}
		synctest.Wait()
		if err := try(); err != nil {
			t.Errorf("after half a minute: %v", err)
		}
	})
}

func TestTalkingSensorIsNotDisturbed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		port := drivertest.NewPort()
		d, err := New(port, DefaultOpts)
		if err != nil {
			t.Fatal(err)
		}
		defer d.Close()
		for range 20 { // a minute between two Sense
			time.Sleep(2300 * time.Millisecond)
			port.Send(golden...)
		}
		if _, err := d.Sense(t.Context()); err != nil || port.Written() != nil {
			t.Errorf("Sense: %v, wrote % x", err, port.Written())
		}
	})
}

func TestNewRefusesWhatCannotBe(t *testing.T) {
	for _, opts := range []Opts{{WarmUp: -1}, {Sleep: true}} {
		if _, err := New(drivertest.NewPort(), opts); err == nil {
			t.Errorf("accepted %+v", opts)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add(golden)
	f.Add(golden[:31])
	f.Add(unhex("424D0004E1010175424D"))
	f.Add(append(unhex("42424D"), golden...))
	f.Fuzz(func(t *testing.T, b []byte) {
		for len(b) > 0 {
			v, n, ok := parse(b)
			if n < 0 || n > len(b) || ok && n != 32 && n != 8 || ok && v.reply != (n == 8) || n == 0 && len(b) >= 32 {
				t.Fatalf("parse(% x) = %d, %v", b, n, ok)
			}
			if ok && !v.reply && (!bytes.HasPrefix(b, start) || v.pm10 != binary.BigEndian.Uint16(b[14:]) ||
				sum(b[:30]) != binary.BigEndian.Uint16(b[30:])) {
				t.Fatalf("parse(% x) took it for a frame", b[:32])
			}
			if n == 0 {
				return
			}
			b = b[n:]
		}
	})
}

// TestAColdSensorWarmsUpFirst: it may have got its power together with the node.
func TestAColdSensorWarmsUpFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		port := drivertest.NewPort()
		opts := DefaultOpts
		opts.Cold = true
		d, err := New(port, opts)
		if err != nil {
			t.Fatal(err)
		}
		defer d.Close()
		for at := time.Duration(0); at < DefaultOpts.WarmUp+5*time.Second; at += 2 * time.Second {
			port.Send(golden...)
			_, err := d.Sense(t.Context())
			if warming := errors.Is(err, driver.ErrWarmingUp); warming != (at < DefaultOpts.WarmUp) {
				t.Errorf("after %v: %v", at, err)
			}
			time.Sleep(2 * time.Second)
		}
	})
}
