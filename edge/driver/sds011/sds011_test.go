package sds011

import (
	"bytes"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/siaga-id/siaga/edge/driver"
	"github.com/siaga-id/siaga/edge/driver/drivertest"
	"github.com/siaga-id/siaga/internal/reading"
)

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
			Garbage:    func() { port.Send(unhex("00AAC0AAAB0102AAC5")...) },
			GarbageErr: driver.ErrChecksum,
			Half:       func() { port.Send(golden[:6]...) },
			HalfErr:    driver.ErrChecksum,
		}
	})
}

func TestQueryContract(t *testing.T) {
	drivertest.Run(t, func(t *testing.T) drivertest.Rig {
		s := newSensor()
		s.deaf = true
		d, err := New(s, Opts{Query: true})
		if err != nil {
			t.Fatal(err)
		}
		return drivertest.Rig{
			Dev:        d,
			Good:       func() { s.change(func() { s.deaf, s.garble, s.answer = false, false, golden }) },
			Want:       goldenValues,
			SilentErr:  driver.ErrNoAnswer,
			Garbage:    func() { s.change(func() { s.deaf, s.garble = false, true }) },
			GarbageErr: driver.ErrChecksum,
			Half:       func() { s.change(func() { s.deaf, s.answer = false, golden[:6] }) },
			HalfErr:    driver.ErrChecksum,
		}
	})
}

func TestFrames(t *testing.T) {
	flipped := bytes.Clone(golden)
	flipped[4] ^= 1
	for _, tc := range []struct {
		name string
		b    []byte
		want []driver.Value
		err  error
	}{
		{"golden", golden, goldenValues, nil},
		{"behind half a frame", append(bytes.Clone(golden[:7]), golden...), goldenValues, nil},
		{"behind an answer", append(said(kindReply, 2, 0, 0, 0, 0xA1, 0x60), golden...), goldenValues, nil},
		{"behind a first reading of nothing", append(values(0, 0), golden...), goldenValues, nil},
		{"a flipped bit", flipped, nil, driver.ErrChecksum},
		{"no tail", append(bytes.Clone(golden[:9]), 0), nil, driver.ErrChecksum},
		{"more than it can measure", values(9999, 10000), nil, driver.ErrOutOfRange},
		{
			"PM10 less than what it holds", values(300, 200),
			[]driver.Value{
				{Quantity: reading.PM2_5, Value: 30, Quality: reading.Suspect},
				{Quantity: reading.PM10, Value: 20, Quality: reading.Suspect},
			},
			nil,
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newSensor()
				d := open(t, s, DefaultOpts)
				go func() {
					for len(tc.b) > 0 {
						n := min(size, len(tc.b))
						s.Send(tc.b[:n]...)
						synctest.Wait()
						tc.b = tc.b[n:]
					}
				}()
				s.deaf = true
				got, err := sense(t, d)
				if tc.err == driver.ErrChecksum {
					if !errors.Is(err, driver.ErrChecksum) && !errors.Is(err, driver.ErrNoAnswer) || got != nil {
						t.Fatalf("%v, %v", got, err)
					}
					return
				}
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

func TestTalkingSensorIsNotDisturbed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSensor()
		d := open(t, s, DefaultOpts)
		for range 60 {
			time.Sleep(time.Second)
			s.Send(golden...)
		}
		if _, err := sense(t, d); err != nil || s.Written() != nil {
			t.Errorf("Sense: %v, wrote % x", err, s.Written())
		}
	})
}

func TestOldValueIsNone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSensor()
		d := open(t, s, DefaultOpts)
		s.deaf = true
		s.Send(golden...)
		time.Sleep(fresh + time.Second)
		if v, err := sense(t, d); !errors.Is(err, driver.ErrNoAnswer) {
			t.Errorf("%v, %v", v, err)
		}
	})
}

func TestErrorsNameTheSensor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSensor()
		d := open(t, s, DefaultOpts)
		s.Send(values(20000, 20000)...)
		_, err := sense(t, d)
		if err == nil || !bytes.Contains([]byte(err.Error()), []byte("sds011 A160")) {
			t.Errorf("%v", err)
		}
	})
}

func TestNewRefusesWhatCannotBe(t *testing.T) {
	for _, opts := range []Opts{{WarmUp: -1}, {Period: -1}, {Period: 31}, {Period: 5, Query: true}} {
		if _, err := New(drivertest.NewPort(), opts); err == nil {
			t.Errorf("accepted %+v", opts)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add(golden)
	f.Add(golden[:9])
	f.Add(said(kindReply, 2, 0, 0, 0, 0xA1, 0x60))
	f.Add(append([]byte{head, head}, golden...))
	f.Fuzz(func(t *testing.T, b []byte) {
		for len(b) > 0 {
			v, n, ok := parse(b)
			if n < 0 || n > len(b) || ok && n != size || n == 0 && len(b) >= size {
				t.Fatalf("parse(% x) = %d, %v", b, n, ok)
			}
			if ok && (b[0] != head || b[9] != tail || b[8] != sum(b[2:8]) || v.reply != (b[1] == kindReply)) {
				t.Fatalf("parse(% x) took it for a frame", b[:size])
			}
			if n == 0 {
				return
			}
			b = b[n:]
		}
	})
}
