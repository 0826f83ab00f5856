package maxbotix

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestFrame(t *testing.T) {
	for _, tc := range []struct {
		b  string
		mm millimetres
		n  int
		ok bool
	}{
		{"R1234\r", 1234, 6, true},
		{"R0300\rR0301\r", 300, 6, true},
		{"R5000 \r", 5000, 7, true}, // the USB variant
		{"\xFF\xFFR1234\r", 0, 2, false},
		{"1234\rR1234\r", 0, 5, false},
		{"R123\r", 0, 1, false}, // an XL, in cm
		{"R12345\r", 0, 1, false},
		{"R12R1234\r", 0, 1, false},
		{"R1234\n", 0, 1, false},
		{"R1234  \r", 0, 1, false},
		{"R12\xFF4\r", 0, 1, false},
		{"R 234\r", 0, 1, false},
		{"RoHS 1.8b090  0713\r", 0, 1, false},
		{"TempI\r", 0, 6, false},
		{"R", 0, 0, false},
		{"R123", 0, 0, false},
		{"R1234", 0, 0, false},
		{"R1234 ", 0, 0, false},
		{"", 0, 0, false},
	} {
		if mm, n, ok := frame([]byte(tc.b)); ok != tc.ok || n != tc.n || ok && mm != tc.mm {
			t.Errorf("frame(%q) = %d, %d, %v, want %d, %d, %v", tc.b, mm, n, ok, tc.mm, tc.n, tc.ok)
		}
	}
}

func TestRecognise(t *testing.T) {
	for b, want := range map[string]bool{
		"":                           false,
		"R1234\r":                    false,
		"34\rR1234\rR1234\rR12":      true,
		"R1234 \rR1234 \r":           true,
		"R1234\r\xFFR1234\r":         false,
		"MB7389\rR1234\rTempI\rR12":  false,
		"\xFF\x07\xA1\xA7\xFF\x07":   false,
		"R1234\rjunkR1234\rR5000\rR": true,
	} {
		if got := recognise([]byte(b)); got != want {
			t.Errorf("recognise(%q) = %v", b, got)
		}
	}
}

func TestParserForgets(t *testing.T) {
	var now time.Duration
	p := &parser{now: func() time.Duration { return now }}
	say := func(mm int) recent {
		r, _, ok := p.parse(fmt.Appendf(nil, "R%04d\r", mm))
		if !ok {
			t.Fatal("no frame")
		}
		return r
	}
	for mm := range 100 {
		now += 10 * time.Millisecond
		if r := say(mm); len(r.frames) > mostFrames || r.frames[len(r.frames)-1] != millimetres(mm) || r.count != uint64(mm)+1 {
			t.Fatalf("after frame %d: %+v", mm, r)
		}
	}
	now += window
	if r := say(100); !slices.Equal(r.frames, []millimetres{99, 100}) {
		t.Errorf("after %v: %v", window, r.frames)
	}
}

func TestMedianWasHeard(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		frames := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) millimetres {
			return millimetres(rapid.IntRange(0, 9999).Draw(t, "mm"))
		}), 1, mostFrames).Draw(t, "frames")
		mm, err := median(frames)
		if err == nil && (!slices.Contains(frames, mm) || mm <= tooNear || mm >= nothing) {
			t.Fatalf("median(%v) = %d", frames, mm)
		}
	})
}

func FuzzFrame(f *testing.F) {
	for _, s := range []string{"R1234\r", "\xFFR1234 \r", "R12R5000\r", "RoHS\rTempI\r", "R999"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		for len(b) > 0 {
			mm, n, ok := frame(b)
			if n < 0 || n > len(b) || n == 0 && len(b) >= 7 {
				t.Fatalf("frame(%q) = %d", b, n)
			}
			if s := fmt.Sprintf("R%04d", mm); ok && string(b[:n]) != s+"\r" && string(b[:n]) != s+" \r" {
				t.Fatalf("frame(%q) = %d", b[:n], mm)
			}
			if n == 0 {
				return
			}
			b = b[n:]
		}
	})
}
