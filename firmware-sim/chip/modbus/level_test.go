package modbus

import (
	"slices"
	"testing"
	"time"
)

func TestEncodings(t *testing.T) {
	for _, tc := range []struct {
		name   string
		e      Encoding
		metres float64
		want   []uint16
	}{
		{"millimetres", Encoding{Uint16, 1000, false, 0}, 2, []uint16{2000}},
		{"below zero", Encoding{Uint16, 1000, false, 0}, -1, []uint16{0}},
		{"too much", Encoding{Uint16, 1000, false, 0}, 70, []uint16{0xFFFF}},
		{"two's complement", Encoding{Int16, 100, false, 0}, -0.25, []uint16{0xFFE7}},
		{"sign bit", Ceyeko, -0.25, []uint16{0x8019}},
		{"sign bit, above zero", Ceyeko, 12.34, []uint16{1234}},
		{"sign bit, end", Ceyeko, -1e9, []uint16{0xFFFF}},
		{"32 bits", Encoding{Uint32, 1e6, false, 0}, 1.25, []uint16{0x0013, 0x12D0}},
		{"32 bits, low word first", Encoding{Uint32, 1e6, true, 0}, 1.25, []uint16{0x12D0, 0x0013}},
		{"32 bits below zero", Encoding{Int32, 1000, false, 0}, -0.5, []uint16{0xFFFF, 0xFE0C}},
		{"float", Encoding{Float32, 1, false, 0}, 1.5, []uint16{0x3FC0, 0}},
		{"float, low word first", Encoding{Float32, 1, true, 0}, -1.5, []uint16{0, 0xBFC0}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got := tc.e.words(tc.metres * tc.e.PerMetre); !slices.Equal(got, tc.want) {
				t.Errorf("%04X, want %04X", got, tc.want)
			}
		})
	}
}

func TestLevel(t *testing.T) {
	e := Encoding{Format: Float32, PerMetre: 1, Register: 0x0010}
	table := Level(e, func(at time.Time) (float64, bool) { return 1.5, at.Equal(t0) })
	s, ok := table(t0)
	if !ok || s.Holding[0x10] != 0x3FC0 || s.Input[0x10] != 0x3FC0 || len(s.Holding) != 2 {
		t.Errorf("registers %v %v", s, ok)
	}
	if _, ok := table(t0.Add(1)); ok {
		t.Error("registers in a gap")
	}
}
