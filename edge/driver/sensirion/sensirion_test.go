package sensirion

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"periph.io/x/conn/v3/i2c/i2ctest"
	"pgregory.net/rapid"

	"github.com/siaga-id/siaga/edge/driver"
)

// The first is the datasheets' check value; the others stand in their examples.
func TestCRC(t *testing.T) {
	for word, want := range map[uint16]byte{0xBEEF: 0x92, 0x0300: 0xAC, 0x8000: 0xA2, 0x6666: 0x93, 0x01F4: 0x33, 0x0000: 0x81} {
		if got := CRC(byte(word>>8), byte(word)); got != want {
			t.Errorf("CRC(%04x) = %02x, want %02x", word, got, want)
		}
	}
}

func TestWordsComeBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		words := rapid.SliceOf(rapid.Uint16()).Draw(t, "words")
		b := Append(nil, words...)
		got, err := Words(b)
		if err != nil || !slices.Equal(got, words) {
			t.Fatalf("Words(% x) = %x, %v", b, got, err)
		}
		if len(b) == 0 {
			return
		}
		b[rapid.IntRange(0, len(b)-1).Draw(t, "byte")] ^= 1 << rapid.IntRange(0, 7).Draw(t, "bit")
		if got, err := Words(b); !errors.Is(err, driver.ErrChecksum) || got != nil {
			t.Fatalf("Words(% x), a bit flipped = %x, %v", b, got, err)
		}
	})
}

func TestTransfersAreTwo(t *testing.T) {
	b := &i2ctest.Playback{DontPanic: true, Ops: []i2ctest.IO{
		{Addr: 0x62, W: []byte{0x24, 0x1D, 0x07, 0xE6, 0x48}},
		{Addr: 0x62, W: []byte{0xE4, 0xB8}},
		{Addr: 0x62, R: []byte{0x80, 0x06, 0x04}},
	}}
	c := Conn{Bus: b, Addr: 0x62}
	if err := c.Send(0x241D, 0x07E6); err != nil {
		t.Fatal(err)
	}
	words, err := c.Ask(t.Context(), 0xE4B8, time.Millisecond, 1)
	if err != nil || !slices.Equal(words, []uint16{0x8006}) {
		t.Errorf("Ask = %x, %v", words, err)
	}
	if err := b.Close(); err != nil {
		t.Error(err)
	}
}

func TestWhatGoesWrong(t *testing.T) {
	for _, tc := range []struct {
		name string
		ops  []i2ctest.IO
		want error
	}{
		{"nobody there", nil, driver.ErrNoAnswer},
		{"no answer", []i2ctest.IO{{Addr: 0x58, W: []byte{0x20, 0x2F}}}, driver.ErrNoAnswer},
		{"damaged", []i2ctest.IO{{Addr: 0x58, W: []byte{0x20, 0x2F}}, {Addr: 0x58, R: []byte{0, 0x20, 0}}}, driver.ErrChecksum},
		{"an idle bus", []i2ctest.IO{{Addr: 0x58, W: []byte{0x20, 0x2F}}, {Addr: 0x58, R: []byte{0xFF, 0xFF, 0xFF}}}, driver.ErrChecksum},
	} {
		c := Conn{Bus: &i2ctest.Playback{DontPanic: true, Ops: tc.ops}, Addr: 0x58}
		if words, err := c.Ask(t.Context(), 0x202F, 0, 1); !errors.Is(err, tc.want) || words != nil {
			t.Errorf("%s: %x, %v", tc.name, words, err)
		}
	}
}

func TestPauseEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := Pause(ctx, time.Millisecond); err != nil {
			t.Error(err)
		}
		err := Pause(ctx, time.Hour)
		if !errors.Is(err, driver.ErrNoAnswer) || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Pause = %v", err)
		}
	})
}

func FuzzWords(f *testing.F) {
	f.Add([]byte{0x01, 0xF4, 0x33, 0x66, 0x67, 0xA2, 0x5E, 0xB9, 0x3C})
	f.Add([]byte{0xBE, 0xEF})
	f.Fuzz(func(t *testing.T, b []byte) {
		words, err := Words(b)
		if err == nil && !bytes.Equal(Append(nil, words...), b) && len(b) > 0 {
			t.Fatalf("Words(% x) = %x", b, words)
		}
	})
}
