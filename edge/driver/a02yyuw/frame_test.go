package a02yyuw

import (
	"bytes"
	"testing"

	"pgregory.net/rapid"
)

func TestEveryDistanceIsRead(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		mm := rapid.Uint16().Draw(t, "mm")
		s := Sum(rapid.Bool().Draw(t, "sum of the distance only"))
		b := twice(frameWith(mm, s))
		for _, tc := range []struct {
			parser Parser
			want   Frame
		}{
			{Parser{Sum: s}, Frame{MM: mm}},
			{Parser{Sum: !s}, Frame{MM: mm, Foreign: true}},
		} {
			p := tc.parser
			if _, n, ok := p.Parse(b); n != 4 || ok {
				t.Fatalf("Parse(% x) = %d, %v: the first frame alone", b, n, ok)
			}
			if f, n, ok := p.Parse(b[4:]); f != tc.want || n != 4 || !ok {
				t.Fatalf("Parse(% x) = %+v, %d, %v", b[4:], f, n, ok)
			}
		}
	})
}

func TestRecognise(t *testing.T) {
	aj := []byte{0xFF, 0x07, 0xA1, 0xA8}
	for _, tc := range []struct {
		name               string
		b                  []byte
		ofAll, ofDistances bool
	}{
		{"nothing", nil, false, false},
		{"one frame", golden1953, false, false},
		{"two", twice(golden1953), true, false},
		{"two of an AJ-SR04M", twice(aj), false, true},
		{"one of each", append(bytes.Clone(golden1953), aj...), false, false},
		{"from the middle of a frame", append([]byte{0xA1, 0xA7}, twice(golden2500)...), true, false},
		{"another device", []byte("R1234\rR1234\r"), false, false},
	} {
		if got := Recognise(tc.b, SumOfAll); got != tc.ofAll {
			t.Errorf("%s: Recognise(SumOfAll) = %v", tc.name, got)
		}
		if got := Recognise(tc.b, SumOfDistance); got != tc.ofDistances {
			t.Errorf("%s: Recognise(SumOfDistance) = %v", tc.name, got)
		}
	}
}

// frameWith makes a frame with a checksum.
func frameWith(mm uint16, s Sum) []byte {
	b := frameOf(mm)
	if s == SumOfDistance {
		b[3]++
	}
	return b
}

func FuzzParse(f *testing.F) {
	f.Add(golden1953, false)
	f.Add(append([]byte{0xFF, 0xFF}, golden2500...), false)
	f.Add([]byte{0xFF, 0xFF, 0xFF, 0xFF, 0xFF}, true)
	f.Add([]byte{0x00, 0x12, 0xFF}, true)
	f.Fuzz(func(t *testing.T, b []byte, ofDistance bool) {
		p := Parser{Sum: Sum(ofDistance)}
		for len(b) > 0 {
			v, n, ok := p.Parse(b)
			if n < 0 || n > len(b) || ok && n != 4 || n == 0 && len(b) >= 4 {
				t.Fatalf("Parse(% x) = %d, %v", b, n, ok)
			}
			if ok && !bytes.Equal(b[:4], frameWith(v.MM, p.Sum != Sum(v.Foreign))) {
				t.Fatalf("Parse(% x) = %+v", b[:4], v)
			}
			if n == 0 {
				return
			}
			b = b[n:]
		}
	})
}
