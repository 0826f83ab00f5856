package tfluna

import (
	"bytes"
	"encoding/hex"
	"math"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

var t0 = time.Date(2026, 1, 15, 3, 0, 0, 0, time.UTC)

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func still(s Sample) func(time.Time) (Sample, bool) {
	return func(time.Time) (Sample, bool) { return s, true }
}

// golden is a checked example: 123 cm, strength 900, 36.0 °C.
const golden = "59 59 7B 00 84 03 20 09 DD"

var goldenSample = Sample{DistanceM: 1.23, Reflectivity: 900.5 * 1.23 * 1.23 / brightLuna, TemperatureC: 36}

// all returns what the chip has sent by now.
func all(c *Chip, now time.Time) (messages [][]byte) {
	for {
		m, _ := c.Send(now)
		if m == nil {
			return messages
		}
		messages = append(messages, m)
	}
}

func TestFrames(t *testing.T) {
	for _, tc := range []struct {
		name  string
		model Model
		fault Fault
		in    Sample
		want  string
	}{
		{"golden", TFLuna, None, goldenSample, golden},
		{"white at the end of the range", TFLuna, None, Sample{7.99, 0.9, 25}, "59 59 1F 03 64 00 C8 08 08"},
		{"white beyond", TFLuna, None, Sample{8.2, 0.9, 25}, "59 59 00 00 5F 00 C8 08 E1"},
		{"black at 2.5 m", TFLuna, None, Sample{2.5, 0.1, 25}, "59 59 FA 00 71 00 C8 08 ED"},
		{"cold", TFLuna, None, Sample{2.5, 0.1, -10}, "59 59 FA 00 71 00 B0 07 D4"},
		{"very near", TFLuna, None, Sample{0.05, 0.9, 25}, "59 59 05 00 60 EA C8 08 D1"},
		{"nothing", TFLuna, None, Sample{math.Inf(1), 0.9, 25}, "59 59 00 00 00 00 C8 08 82"},
		{"no number", TFLuna, None, Sample{math.NaN(), 0.9, 25}, "59 59 00 00 00 00 C8 08 82"},
		{"dirty", TFLuna, WeakSignal, goldenSample, "59 59 00 00 28 00 20 09 03"},
		{"mirror", TFLuna, Overexposed, goldenSample, "59 59 7B 00 FF FF 20 09 54"},
		{"sun", TFLuna, AmbientLight, goldenSample, "59 59 00 00 00 00 20 09 DB"},
		{"white at 11.9 m", TFminiPlus, None, Sample{11.9, 0.9, 25}, "59 59 A6 04 65 00 C8 08 91"},
		{"weak", TFminiPlus, None, Sample{13, 0.9, 25}, "59 59 FF FF 55 00 C8 08 D5"},
		{"dirty Plus", TFminiPlus, WeakSignal, Sample{2, 0.5, 25}, "59 59 FF FF 28 00 C8 08 A8"},
		{"mirror Plus", TFminiPlus, Overexposed, Sample{2, 0.5, 25}, "59 59 FE FF FF FF C8 08 7D"},
		{"sun Plus", TFminiPlus, AmbientLight, Sample{2, 0.5, 25}, "59 59 FC FF 00 00 C8 08 7D"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c := New(tc.model, still(tc.in))
			c.SetFault(tc.fault)
			c.Send(t0)
			got := all(c, t0.Add(10*time.Millisecond))
			if len(got) != 1 || !bytes.Equal(got[0], unhex(t, tc.want)) {
				t.Errorf("sent % X, want %s", got, tc.want)
			}
		})
	}
}

func TestCommands(t *testing.T) {
	for _, tc := range []struct {
		name    string
		model   Model
		send    []string
		answers []string // at once
		then    int      // frames in the second after
	}{
		{"version", TFLuna, []string{"5A 04 01 5F"}, []string{"5A 07 01 01 02 03 68"}, 100},
		{"10 Hz", TFLuna, []string{"5A 06 03 0A 00 6D"}, []string{"5A 06 03 0A 00 6D"}, 10},
		{"sum 0", TFLuna, []string{"5A 06 03 0A 00 00"}, []string{"5A 06 03 0A 00 6D"}, 10},
		{"wrong sum", TFLuna, []string{"5A 06 03 0A 00 6E"}, nil, 100},
		{"not 500/n", TFLuna, []string{"5A 06 03 C8 00 00"}, []string{"5A 06 03 A6 00 09"}, 166},
		{"too fast", TFLuna, []string{"5A 06 03 E8 03 4E"}, []string{"5A 06 03 FA 00 5D"}, 250},
		{"1000 Hz", TFminiPlus, []string{"5A 06 03 E8 03 4E"}, []string{"5A 06 03 E8 03 4E"}, 1000},
		{"trigger", TFLuna, []string{"5A 06 03 00 00 63", "5A 04 04 00", "5A 04 04 62"}, []string{"5A 06 03 00 00 63", golden, golden}, 0},
		{"trigger while running", TFLuna, []string{"5A 04 04 62"}, nil, 100},
		{"off", TFLuna, []string{"5A 05 07 00 66"}, []string{"5A 05 07 00 66"}, 0},
		{"off and on", TFLuna, []string{"5A 05 07 00 66 5A 05 07 01 67"}, []string{"5A 05 07 00 66", "5A 05 07 01 67"}, 100},
		{"unknown", TFLuna, []string{"5A 08 06 80 25 00 00 00", "5A 04 7F 00"}, nil, 100},
		{"noise before", TFLuna, []string{"00 5A 5A 03 5A 04 01 5F"}, []string{"5A 07 01 01 02 03 68"}, 100},
		{"in pieces", TFLuna, []string{"5A", "04", "01", "5F"}, []string{"5A 07 01 01 02 03 68"}, 100},
		{"reset", TFLuna, []string{"5A 05 07 00 66", "5A 04 02 60"}, []string{"5A 05 02 00 61"}, 100},
		{"factory", TFLuna, []string{"5A 06 03 01 00 64", "5A 04 10 6E"}, []string{"5A 06 03 01 00 64", "5A 05 10 00 6F"}, 100},
		{"millimetres and no other", TFLuna, []string{"5A 05 05 06 6A", "5A 05 05 02 00"}, []string{"5A 05 05 06 6A", "5A 05 05 06 6A"}, 100},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c := New(tc.model, still(goldenSample))
			all(c, t0)
			for _, s := range tc.send {
				c.Receive(t0, unhex(t, s))
			}
			got := all(c, t0)
			if len(got) != len(tc.answers) {
				t.Fatalf("answers % X, want %d", got, len(tc.answers))
			}
			for i, want := range tc.answers {
				if !bytes.Equal(got[i], unhex(t, want)) {
					t.Errorf("answer %d is % X, want %s", i, got[i], want)
				}
			}
			if n := len(all(c, t0.Add(time.Second))); n != tc.then {
				t.Errorf("%d frames in the second after, want %d", n, tc.then)
			}
		})
	}
}

func TestMillimetres(t *testing.T) {
	c := New(TFLuna, still(goldenSample))
	c.Receive(t0, unhex(t, "5A 05 05 06 6A"))
	all(c, t0)
	if m, _ := c.Send(t0.Add(10 * time.Millisecond)); m[2] != 0xCE || m[3] != 0x04 {
		t.Errorf("% X, want 1230 mm", m)
	}
}

func TestPowerCycle(t *testing.T) {
	c := New(TFLuna, still(goldenSample))
	c.Receive(t0, unhex(t, "5A 06 03 32 00 95 5A 04 11 6F 5A 05 07 00 66"))
	if got := all(c, t0); len(got) != 3 || !bytes.Equal(got[1], unhex(t, "5A 05 11 00 70")) {
		t.Fatalf("answers % X", got)
	}
	c.PowerCycle()
	all(c, t0)
	if n := len(all(c, t0.Add(time.Second))); n != 50 {
		t.Errorf("%d frames a second, want the 50 that were saved", n)
	}
}

func TestSilenceUnreadFramesAndClockSteps(t *testing.T) {
	c := New(TFLuna, func(at time.Time) (Sample, bool) { return goldenSample, at.Sub(t0) >= time.Minute })
	c.Send(t0)
	if n := len(all(c, t0.Add(time.Minute-1))); n != 0 {
		t.Errorf("%d frames in a gap", n)
	}
	if n := len(all(c, t0.Add(time.Hour))); n != 1001 {
		t.Errorf("%d frames waited after an hour", n)
	}
	all(c, t0.Add(2*time.Minute)) // the clock goes back
	if n := len(all(c, t0.Add(2*time.Minute+time.Second))); n != 100 {
		t.Errorf("%d frames in the second after the clock went back", n)
	}
}

func TestFrameIsConsistent(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v := rapid.Float64()
		c := New(Model(rapid.IntRange(0, 1).Draw(t, "model")), nil)
		b := c.frame(Sample{v.Draw(t, "distance"), v.Draw(t, "reflectivity"), v.Draw(t, "temperature")})
		if len(b) != 9 || b[0] != 0x59 || b[1] != 0x59 || !bytes.Equal(seal(b[:8:8]), b) {
			t.Fatalf("frame % X", b)
		}
		strength := int(b[4]) | int(b[5])<<8
		if distance := int16(uint16(b[2]) | uint16(b[3])<<8); strength < weak && distance > 0 {
			t.Fatalf("%d cm at strength %d", distance, strength)
		}
	})
}

func FuzzReceive(f *testing.F) {
	f.Add([]byte("\x5A\x04\x01\x5F\x5A\x06\x03\x00\x00\x00\x5A\x04\x04\x00"))
	f.Add([]byte("\x5A\x5A\x05\x07\x00\x66"))
	f.Fuzz(func(t *testing.T, b []byte) {
		c := New(TFminiPlus, still(goldenSample))
		c.Receive(t0, b)
		if len(c.in) >= longestCommand || len(c.answers) > maxAnswers {
			t.Fatalf("%d bytes and %d answers held", len(c.in), len(c.answers))
		}
		for _, m := range all(c, t0.Add(time.Second)) {
			if n := len(m); n < 5 || !bytes.Equal(seal(m[:n-1:n-1]), m) {
				t.Fatalf("message % X", m)
			}
		}
	})
}
