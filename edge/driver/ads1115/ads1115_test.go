package ads1115

import (
	"context"
	"errors"
	"math"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"periph.io/x/conn/v3/i2c/i2ctest"

	"github.com/siaga-id/siaga/edge/driver"
	"github.com/siaga-id/siaga/edge/driver/ads1115/ads1115test"
)

// opened runs a test with a converter on a board, in the bubble's time.
func opened(t *testing.T, test func(t *testing.T, b *ads1115test.Board, d *Dev)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		b := ads1115test.NewBoard()
		d, err := Open(b, ads1115test.Bus, ads1115test.Address)
		if err != nil {
			t.Fatal(err)
		}
		test(t, b, d)
		for range 2 {
			if err := d.Close(); err != nil {
				t.Errorf("Close: %v", err)
			}
		}
		if b.Handles() != 0 || len(converters.open) != 0 {
			t.Errorf("%d bus handles and %d converters are still open", b.Handles(), len(converters.open))
		}
	})
}

func input(t *testing.T, in Input, err error) Input {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	return in
}

func TestRead(t *testing.T) {
	opened(t, func(t *testing.T, b *ads1115test.Board, d *Dev) {
		b.Set(1.5, 0.25, -0.1, 3.2)
		for n, want := range []float64{1.5, 0.25, -0.1, 3.2} {
			in, err := Single(n)
			v, err := d.Read(t.Context(), input(t, in, err), 3.3)
			if err != nil || math.Abs(v-want) > 0.0001 {
				t.Errorf("A%d: %v, %v, want %v", n, v, err, want)
			}
		}
		for pair, want := range map[[2]int]float64{{0, 1}: 1.25, {0, 3}: -1.7, {1, 3}: -2.95, {2, 3}: -3.3} {
			in, err := Between(pair[0], pair[1])
			v, err := d.Read(t.Context(), input(t, in, err), 5)
			if err != nil || math.Abs(v-want) > 0.0002 {
				t.Errorf("%v: %v, %v, want %v", in, v, err, want)
			}
		}
	})
}

func TestEndOfTheSpan(t *testing.T) {
	opened(t, func(t *testing.T, b *ads1115test.Board, d *Dev) {
		for _, tc := range []struct {
			volts, maxV float64
			err         error
		}{
			{0.2559, 0.25, nil},
			{0.256, 0.25, driver.ErrOverRange},
			{-0.256, 0.25, driver.ErrOverRange},
			{0.256, 0.3, nil},
			{5, 5, nil},
			{6.2, 6.144, driver.ErrOverRange},
		} {
			b.Set(tc.volts)
			if v, err := d.Read(t.Context(), single, tc.maxV); !errors.Is(err, tc.err) {
				t.Errorf("%v V, up to %v expected: %v, %v", tc.volts, tc.maxV, v, err)
			}
		}
		for _, maxV := range []float64{0, -1, 6.2, math.NaN(), math.Inf(1)} {
			if v, err := d.Read(t.Context(), single, maxV); err == nil {
				t.Errorf("up to %v V expected: %v", maxV, v)
			}
		}
	})
}

// TestTraffic holds the transfers themselves to what the data sheet wants.
func TestTraffic(t *testing.T) {
	const addr = 0x48
	synctest.Test(t, func(t *testing.T) {
		p := &i2ctest.Playback{DontPanic: true, Ops: []i2ctest.IO{
			{Addr: addr, W: []byte{0x01}, R: []byte{0x85, 0x83}},
			{Addr: addr, W: []byte{0x01}, R: []byte{0x85, 0x83}}, // again, to compare
			{Addr: addr, W: []byte{0x01, 0xC3, 0x03}},            // A0, 4.096 V, 8 a second
			{Addr: addr, W: []byte{0x01}, R: []byte{0x43, 0x03}},
			{Addr: addr, W: []byte{0x01}, R: []byte{0x43, 0x03}},
			{Addr: addr, W: []byte{0x01}, R: []byte{0xC3, 0x03}},
			{Addr: addr, W: []byte{0x01}, R: []byte{0xC3, 0x03}},
			{Addr: addr, W: []byte{0x00}, R: []byte{0x3E, 0x80}}, // 16000 of 32768
			{Addr: addr, W: []byte{0x00}, R: []byte{0x3E, 0x80}},
		}}
		b := ads1115test.NewBoard()
		d := &Dev{bus: p, addr: addr, shared: share(b, "", addr)}
		v, err := d.Read(t.Context(), single, 3.3)
		if err != nil || v != 2 {
			t.Errorf("Read = %v, %v, want 2 V", v, err)
		}
		if err := d.Close(); err != nil { // all of it was used
			t.Error(err)
		}
	})
}

func TestFaults(t *testing.T) {
	for _, tc := range []struct {
		name  string
		spoil func(b *ads1115test.Board)
		err   error
	}{
		{"absent", (*ads1115test.Board).Remove, driver.ErrNoAnswer},
		{"config cannot be read", func(b *ads1115test.Board) { b.Break(regConfig) }, driver.ErrNoAnswer},
		{"the result cannot be read", func(b *ads1115test.Board) { b.Break(regConversion) }, driver.ErrNoAnswer},
		{"noise", (*ads1115test.Board).Garble, driver.ErrChecksum},
	} {
		t.Run(tc.name, func(t *testing.T) {
			opened(t, func(t *testing.T, b *ads1115test.Board, d *Dev) {
				b.Set(1)
				tc.spoil(b)
				if v, err := d.Read(t.Context(), single, 2); !errors.Is(err, tc.err) {
					t.Errorf("Read = %v, %v, want %v", v, err, tc.err)
				}
				b.PowerUp()
				if v, err := d.Read(t.Context(), single, 2); err != nil || v != 1 {
					t.Errorf("Read after it came back = %v, %v", v, err)
				}
			})
		})
	}
}

func TestChipIsResetDuringAConversion(t *testing.T) {
	opened(t, func(t *testing.T, b *ads1115test.Board, d *Dev) {
		b.Set(1)
		go func() {
			time.Sleep(50 * time.Millisecond)
			b.PowerUp()
		}()
		if v, err := d.Read(t.Context(), single, 2); !errors.Is(err, driver.ErrReset) {
			t.Errorf("Read = %v, %v", v, err)
		}
	})
}

func TestChipThatConvertsForEverIsStopped(t *testing.T) {
	opened(t, func(t *testing.T, b *ads1115test.Board, d *Dev) {
		b.Set(1)
		b.RunFreely()
		if v, err := d.Read(t.Context(), single, 2); err != nil || v != 1 {
			t.Errorf("Read = %v, %v", v, err)
		}
	})
}

func TestGivenUpConversionDoesNotSpoilTheNext(t *testing.T) {
	opened(t, func(t *testing.T, b *ads1115test.Board, d *Dev) {
		b.Set(1, 0.5)
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
		defer cancel()
		if v, err := d.Read(ctx, single, 2); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Read = %v, %v", v, err)
		}
		if v, err := d.Read(t.Context(), single+1, 2); err != nil || v != 0.5 {
			t.Errorf("the next Read = %v, %v, want 0.5 V", v, err)
		}
	})
}

func TestUsersTakeTurns(t *testing.T) {
	opened(t, func(t *testing.T, b *ads1115test.Board, _ *Dev) {
		b.Set(1, 2, 3, 4)
		var users sync.WaitGroup
		for n := range 4 {
			d, err := Open(b, ads1115test.Bus, ads1115test.Address)
			if err != nil {
				t.Fatal(err)
			}
			users.Go(func() {
				for range 5 {
					if v, err := d.Read(t.Context(), Input(single+n), 5); err != nil || math.Abs(v-float64(n+1)) > 0.001 {
						t.Errorf("A%d: %v, %v", n, v, err)
					}
				}
				if err := d.Close(); err != nil {
					t.Error(err)
				}
			})
		}
		users.Wait()
	})
}

func TestWaitingForATurnEndsWithTheContext(t *testing.T) {
	opened(t, func(t *testing.T, b *ads1115test.Board, d *Dev) {
		d.shared.turn <- struct{}{}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := d.Read(ctx, single, 1); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Read: %v", err)
		}
		<-d.shared.turn
	})
}

func TestReadAfterClose(t *testing.T) {
	opened(t, func(t *testing.T, b *ads1115test.Board, d *Dev) {
		if err := d.Close(); err != nil {
			t.Fatal(err)
		}
		if _, err := d.Read(t.Context(), single, 1); !errors.Is(err, driver.ErrClosed) {
			t.Errorf("Read: %v", err)
		}
	})
}

func TestInputsThatAreNone(t *testing.T) {
	for _, n := range []int{-1, 4} {
		if in, err := Single(n); err == nil {
			t.Errorf("Single(%d) = %v", n, in)
		}
	}
	for _, pair := range [][2]int{{1, 0}, {0, 2}, {3, 3}, {-1, 3}} {
		if in, err := Between(pair[0], pair[1]); err == nil {
			t.Errorf("Between(%v) = %v", pair, in)
		}
	}
}

func TestProbe(t *testing.T) {
	b := ads1115test.NewBoard()
	bus, err := b.I2C(ads1115test.Bus)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Probe.Identify(bus, ads1115test.Address); err != nil {
		t.Errorf("an ADS1115: %v", err)
	}
	if _, err := Probe.Identify(bus, 0x49); !errors.Is(err, driver.ErrNoAnswer) || !errors.Is(err, ads1115test.ErrNACK) {
		t.Errorf("nobody: %v", err)
	}
	other := &i2ctest.Playback{DontPanic: true, Ops: []i2ctest.IO{
		{Addr: 0x48, W: []byte{2}, R: []byte{0x4B, 0x00}}, // a TMP102's limits, 75 and 80 °C
		{Addr: 0x48, W: []byte{3}, R: []byte{0x50, 0x00}},
	}}
	if _, err := Probe.Identify(other, 0x48); !errors.Is(err, driver.ErrWrongDevice) {
		t.Errorf("a TMP102: %v", err)
	}
}
