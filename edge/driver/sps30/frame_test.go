package sps30

import (
	"bytes"
	"testing"

	"pgregory.net/rapid"
)

// The requests are the datasheet's examples.
func TestRequests(t *testing.T) {
	for want, got := range map[string][]byte{
		"7E00000201 03F97E":  request(cmdStart, 1, 3),
		"7E000300FC7E":       request(cmdRead),
		"7E0080 01007D5E7E":  request(cmdInterval, 0),
		"7E00D001 03 2B7E":   request(cmdInfo, 3),
		"7E00D2 01 00 2C 7E": request(cmdStatus, 0),
		"7E00 7D31 00 EE 7E": request(cmdWake),
	} {
		if !bytes.Equal(got, unhex(want)) {
			t.Errorf("% x, want %s", got, want)
		}
	}
}

func TestParseGolden(t *testing.T) {
	for _, tc := range []struct {
		name, b string
		n       int
		ok      bool
		want    frame
	}{
		{"an empty answer", "7E0003 00 00 FC7E", 7, true, frame{cmd: cmdRead}},
		{"interval", "7E0080 00 04 00093A80 B8 7E", 11, true, frame{cmd: cmdInterval, data: unhex("00093A80")}},
		{"stuffed", "7E0003 00 02 7D5E 7D33 69 7E", 11, true, frame{cmd: cmdRead, data: unhex("7E13")}},
		{"an error", "7E0000 43 00 BC7E", 7, true, frame{state: stateNotAllowed}},
		{"noise before", "010203 7E", 3, false, frame{}},
		{"only noise", "010203", 3, false, frame{}},
		{"half", "7E0003", 0, false, frame{}},
		{"two flags", "7E7E", 1, false, frame{}},
		{"bad checksum", "7E0003 00 00 FD7E", 6, false, frame{}},
		{"length that lies", "7E0003 00 01 FB7E", 6, false, frame{}},
		{"escape at the end", "7E0003 00 00 FC7D7E", 7, false, frame{}},
	} {
		got, n, ok := parse(unhex(tc.b))
		if n != tc.n || ok != tc.ok || got.cmd != tc.want.cmd || got.state != tc.want.state || !bytes.Equal(got.data, tc.want.data) {
			t.Errorf("%s: %+v, %d, %v", tc.name, got, n, ok)
		}
	}
}

func TestAnswersComeBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		data := rapid.SliceOfN(rapid.Byte(), 0, 60).Draw(t, "data")
		body := append([]byte{0, cmdRead, 0, byte(len(data))}, data...)
		b := stuff(append(body, checksum(body)))
		f, n, ok := parse(b)
		if !ok || n != len(b) || f.cmd != cmdRead || !bytes.Equal(f.data, data) {
			t.Fatalf("parse(% x) = %+v, %d, %v", b, f, n, ok)
		}
	})
}

func FuzzParse(f *testing.F) {
	f.Add(unhex("7E0080000400093A80B87E"))
	f.Add(unhex("7E000300027D5E7D33697E"))
	f.Add(unhex("7E7E00"))
	f.Fuzz(func(t *testing.T, b []byte) {
		for len(b) > 0 {
			v, n, ok := parse(b)
			if n < 0 || n > len(b) || ok && (b[0] != flag || b[n-1] != flag || len(v.data) > n-7) {
				t.Fatalf("parse(% x) = %+v, %d, %v", b, v, n, ok)
			}
			if n == 0 {
				return
			}
			b = b[n:]
		}
	})
}
