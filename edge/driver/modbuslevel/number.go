package modbuslevel

import (
	"maps"
	"math"
	"slices"
	"strings"
)

// types of numbers, by what configurations call them: how many registers each
// has, and what the bits mean, the high register's first.
var types = map[string]struct {
	registers uint8
	decode    func(bits uint32) float64
}{
	"uint16":    {1, func(b uint32) float64 { return float64(uint16(b)) }},
	"int16":     {1, func(b uint32) float64 { return float64(int16(b)) }},
	"signmag16": {1, signMagnitude},
	"uint32":    {2, func(b uint32) float64 { return float64(b) }},
	"int32":     {2, func(b uint32) float64 { return float64(int32(b)) }},
	"float32":   {2, func(b uint32) float64 { return float64(math.Float32frombits(b)) }},
}

func typeNames() string { return strings.Join(slices.Sorted(maps.Keys(types)), ", ") }

// signMagnitude reads 15 bits and a sign bit before them.
func signMagnitude(b uint32) float64 {
	const sign = 1 << 15
	v := float64(b &^ sign & 0xFFFF)
	if b&sign != 0 && v != 0 {
		return -v
	}
	return v
}

// number returns what the registers of a type say. littleWords is true where the
// low register comes first.
func number(name string, registers []uint16, littleWords bool) float64 {
	var bits uint32
	for i, r := range registers {
		if littleWords {
			bits |= uint32(r) << (16 * i)
		} else {
			bits = bits<<16 | uint32(r)
		}
	}
	return types[name].decode(bits)
}
