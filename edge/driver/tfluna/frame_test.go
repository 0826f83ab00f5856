package tfluna

import (
	"bytes"
	"testing"
)

// golden is 123 cm with amplitude 900, at 36.0 °C.
var golden = []byte{0x59, 0x59, 0x7B, 0x00, 0x84, 0x03, 0x20, 0x09, 0xDD}

func TestParseGolden(t *testing.T) {
	f, n, ok := parse(golden)
	if want := (frame{123, 900}); f != want || n != size || !ok {
		t.Errorf("%+v, %d, %v", f, n, ok)
	}
	if b := encode(123, 900); !bytes.Equal(b[:6], golden[:6]) {
		t.Errorf("the test's own frames: % x", b)
	}
}

// encode returns a frame, at 0 °C.
func encode(distance, amplitude uint16) []byte {
	b := []byte{head, head, byte(distance), byte(distance >> 8), byte(amplitude), byte(amplitude >> 8), 0x00, 0x08, 0}
	for _, c := range b[:8] {
		b[8] += c
	}
	return b
}

// found returns the frames in b.
func found(b []byte) (frames []frame) {
	for len(b) > 0 {
		f, n, ok := parse(b)
		if n == 0 {
			break
		}
		if b = b[n:]; ok {
			frames = append(frames, f)
		}
	}
	return frames
}

func TestParseFindsItsWayBack(t *testing.T) {
	flipped := bytes.Clone(golden)
	flipped[3] ^= 1
	full := encode(0x5959, 0x5959) // a payload that looks like beginnings
	for name, tc := range map[string]struct {
		b    []byte
		want int
	}{
		"behind noise":                  {append([]byte{0, 0x59, 1}, golden...), 1},
		"behind half a frame":           {append(bytes.Clone(golden[:4]), golden...), 1},
		"a flipped bit":                 {append(flipped, golden...), 1},
		"a payload full of beginnings":  {append(bytes.Clone(full), full...), 2},
		"half a frame of beginnings":    {append(bytes.Clone(full[3:]), full...), 1},
		"no end":                        {golden[:8], 0},
		"the other end of a long frame": {bytes.Repeat([]byte{head}, 30), 0},
	} {
		if got := found(tc.b); len(got) != tc.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func TestRecognise(t *testing.T) {
	twice := append(bytes.Clone(golden), golden...)
	for name, tc := range map[string]struct {
		heard []byte
		want  bool
	}{
		"two frames":          {twice, true},
		"behind half a frame": {append(bytes.Clone(golden[5:]), twice...), true},
		"one frame":           {golden, false},
		"noise between":       {append(append(bytes.Clone(golden), 0), golden...), false},
		"nothing":             {nil, false},
	} {
		if got := recognise(tc.heard); got != tc.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add(golden)
	f.Add(append(bytes.Clone(golden[:4]), golden...))
	f.Add(encode(0x5959, 0x5959))
	f.Fuzz(func(t *testing.T, b []byte) {
		recognise(b)
		for len(b) > 0 {
			v, n, ok := parse(b)
			if n < 0 || n > len(b) || ok && n != size || n == 0 && len(b) >= size {
				t.Fatalf("parse(% x) = %d, %v", b, n, ok)
			}
			if ok && !bytes.Equal(encode(v.distance, v.amplitude)[:6], b[:6]) {
				t.Fatalf("parse(% x) = %+v", b[:size], v)
			}
			if n == 0 {
				return
			}
			b = b[n:]
		}
	})
}

// BenchmarkSecond makes sense of a second's frames.
func BenchmarkSecond(b *testing.B) {
	second := bytes.Repeat(golden, 100)
	r := road{near: 550, far: 575}
	for b.Loop() {
		for _, f := range found(second) {
			r.see(f, 0)
		}
	}
}
