package modbus

import (
	"bytes"
	"encoding/binary"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// Golden frames. The requests' and the answers' CRCs are those that any Modbus
// tool computes; that of "123456789" is the CRC's published check value, 4B37.
var (
	first       = Query{Unit: 1, Function: 3, Address: 0, Count: 1}
	askHolding  = []byte{0x01, 0x03, 0x00, 0x00, 0x00, 0x01, 0x84, 0x0A}
	askInput    = []byte{0x01, 0x04, 0x00, 0x00, 0x00, 0x01, 0x31, 0xCA}
	answer2000  = []byte{0x01, 0x03, 0x02, 0x07, 0xD0, 0xBB, 0xE8}
	noRegister2 = []byte{0x01, 0x83, 0x02, 0xC0, 0xF1}
)

// sealed returns a frame with its CRC.
func sealed(b ...byte) []byte { return binary.LittleEndian.AppendUint16(b, crc(b)) }

func TestCRC(t *testing.T) {
	if got := crc([]byte("123456789")); got != 0x4B37 {
		t.Errorf("check value %04X", got)
	}
}

func TestRequest(t *testing.T) {
	if got := Request(first); !bytes.Equal(got, askHolding) {
		t.Errorf("% x", got)
	}
	if got := Request(Query{Unit: 1, Function: 4, Count: 1}); !bytes.Equal(got, askInput) {
		t.Errorf("% x", got)
	}
	if got := Request(Query{Unit: 2, Function: 3, Address: 0x1234, Count: 2}); !bytes.Equal(got, sealed(2, 3, 0x12, 0x34, 0, 2)) {
		t.Errorf("% x", got)
	}
}

func TestSearch(t *testing.T) {
	otherUnit := sealed(2, 3, 2, 0x07, 0xD0)
	for _, tc := range []struct {
		name      string
		b         []byte
		want      []uint16
		exception Exception
		ok, other bool
	}{
		{"golden", answer2000, []uint16{2000}, 0, true, false},
		{"exception", noRegister2, nil, 2, true, false},
		{"behind the request's echo", slices.Concat(askHolding, answer2000), []uint16{2000}, 0, true, false},
		{"behind noise", slices.Concat([]byte{0x00, 0x01, 0x03, 0x02}, answer2000), []uint16{2000}, 0, true, false},
		{"behind another unit's", slices.Concat(otherUnit, answer2000), []uint16{2000}, 0, true, true},
		{"another unit's alone", otherUnit, nil, 0, false, true},
		{"a flipped bit", []byte{0x01, 0x03, 0x02, 0x07, 0xD1, 0xBB, 0xE8}, nil, 0, false, false},
		{"another count", sealed(1, 3, 4, 0, 1, 0, 2), nil, 0, false, false},
		{"another function", sealed(1, 4, 2, 0, 1), nil, 0, false, false},
		{"half", answer2000[:5], nil, 0, false, false},
		{"the echo alone", askHolding, nil, 0, false, false},
		{"nothing", nil, nil, 0, false, false},
	} {
		a, ok, other := search(tc.b, first)
		if !slices.Equal(a.registers, tc.want) || a.exception != tc.exception || ok != tc.ok || other != tc.other {
			t.Errorf("%s: %+v, %v, %v", tc.name, a, ok, other)
		}
		if got := Answered(tc.b, first); got != tc.ok {
			t.Errorf("%s: Answered = %v", tc.name, got)
		}
	}
}

func TestEveryAnswerIsRead(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		q := Query{
			Unit: rapid.Uint8Range(1, 247).Draw(t, "unit"), Function: rapid.Uint8Range(3, 4).Draw(t, "function"),
		}
		registers := rapid.SliceOfN(rapid.Uint16(), 1, mostRegisters).Draw(t, "registers")
		q.Count = uint8(len(registers))
		b := []byte{q.Unit, q.Function, 2 * q.Count}
		for _, r := range registers {
			b = binary.BigEndian.AppendUint16(b, r)
		}
		a, ok, _ := search(sealed(b...), q)
		if !ok || !slices.Equal(a.registers, registers) {
			t.Fatalf("search = %+v, %v", a, ok)
		}
	})
}

func TestQueriesThatNoSlaveCanAnswer(t *testing.T) {
	for _, q := range []Query{
		{Unit: 0, Function: 3, Count: 1},
		{Unit: 248, Function: 3, Count: 1},
		{Unit: 1, Function: 6, Count: 1},
		{Unit: 1, Function: 3, Count: 0},
		{Unit: 1, Function: 3, Count: 126},
		{Unit: 1, Function: 3, Address: 65535, Count: 2},
	} {
		if q.Validate() == nil {
			t.Errorf("accepted %+v", q)
		}
	}
	if err := (Query{Unit: 247, Function: 4, Address: 65534, Count: 2}).Validate(); err != nil {
		t.Error(err)
	}
}

func FuzzParse(f *testing.F) {
	f.Add(answer2000, uint8(1), uint8(3), uint8(1))
	f.Add(noRegister2, uint8(1), uint8(3), uint8(1))
	f.Add(slices.Concat(askHolding, answer2000[:4]), uint8(1), uint8(3), uint8(1))
	f.Add(sealed(7, 4, 4, 1, 2, 3, 4), uint8(7), uint8(4), uint8(2))
	f.Fuzz(func(t *testing.T, b []byte, unit, function, count uint8) {
		q := Query{Unit: unit, Function: function, Count: count}
		if q.Validate() != nil {
			return
		}
		for len(b) > 0 {
			a, n, ok, other := parse(b, q)
			if n < 0 || n > len(b) || ok && other || (ok || other) && (n < exceptionFrame || crc(b[:n]) != 0) {
				t.Fatalf("parse(% x) = %+v, %d, %v, %v", b, a, n, ok, other)
			}
			if ok && a.exception == 0 && len(a.registers) != int(count) && b[2] != 0 {
				t.Fatalf("parse(% x) = %+v for %d registers", b[:n], a, count)
			}
			if n == 0 {
				return
			}
			b = b[n:]
		}
	})
}
