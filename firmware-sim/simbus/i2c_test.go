package simbus

import (
	"bytes"
	"errors"
	"testing"
	"time"
)

func TestI2C(t *testing.T) {
	m, c := New(bubbleClock{time.Now(), 1}), &memory{}
	plug, err := m.PlugI2C("i2c-1", 0x76, c)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := m.PlugI2C("i2c-1", 0x76, c); !errors.Is(err, ErrBusy) {
		t.Errorf("two chips at one address: %v", err)
	}
	if _, err := m.I2C("i2c-7"); !errors.Is(err, ErrNotFound) {
		t.Errorf("opened a bus that is not there: %v", err)
	}
	b, err := m.I2C("i2c-1")
	if err != nil {
		t.Fatal(err)
	}
	if err := b.Tx(0x76, []byte{0x10, 1, 2, 3, 4}, nil); err != nil {
		t.Fatal(err)
	}
	read := func() ([]byte, error) {
		r := make([]byte, 4)
		return r, b.Tx(0x76, []byte{0x10}, r)
	}
	for _, tc := range []struct {
		fault Fault
		want  []byte // nil: no acknowledge
	}{
		{None, []byte{1, 2, 3, 4}},
		{Silent, nil},
		{NACK, nil},
		{Unplugged, nil},
		{Half, []byte{1, 2, 0xFF, 0xFF}},
		{None, []byte{1, 2, 3, 4}},
	} {
		plug.SetFault(tc.fault)
		got, err := read()
		if tc.want == nil {
			if !errors.Is(err, ErrNoAcknowledge) {
				t.Errorf("%v: %v", tc.fault, err)
			}
		} else if err != nil || !bytes.Equal(got, tc.want) {
			t.Errorf("%v: read % X, %v", tc.fault, got, err)
		}
	}
	plug.SetFault(Garbage)
	if got, err := read(); err != nil || bytes.Equal(got, []byte{1, 2, 3, 4}) {
		t.Errorf("garbage: read % X, %v", got, err)
	}
	plug.SetFault(None)
	c.err = errors.New("busy")
	if _, err := read(); !errors.Is(err, ErrNoAcknowledge) {
		t.Errorf("a chip that refuses: %v", err)
	}
	if err := b.Tx(0x77, []byte{0}, nil); !errors.Is(err, ErrNoAcknowledge) {
		t.Errorf("an empty address: %v", err)
	}
	if err := b.Close(); err != nil {
		t.Error(err)
	}
	if _, err := read(); !errors.Is(err, ErrClosed) {
		t.Errorf("a closed bus: %v", err)
	}
}

func TestFaultsHaveNames(t *testing.T) {
	seen := map[string]bool{}
	for f := None; f <= Unplugged; f++ {
		if seen[f.String()] {
			t.Errorf("two faults are called %q", f)
		}
		seen[f.String()] = true
	}
	if got := Fault(99).String(); got != "fault 99" {
		t.Errorf("fault 99 is called %q", got)
	}
}
