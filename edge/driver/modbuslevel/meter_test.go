package modbuslevel

import (
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/siaga-id/siaga/edge/driver"
	"github.com/siaga-id/siaga/internal/reading"
)

func edited(edit func(*Meter)) Meter {
	m := DefaultMeter
	m.Quantity = level
	edit(&m)
	return m
}

func ptr(v float64) *float64 { return &v }

func TestNumber(t *testing.T) {
	for _, tc := range []struct {
		name      string
		registers []uint16
		little    bool
		want      float64
	}{
		{"uint16", []uint16{0xFFFF}, false, 65535},
		{"int16", []uint16{0xFFFE}, false, -2},
		{"signmag16", []uint16{0x007B}, false, 123},
		{"signmag16", []uint16{0x807B}, false, -123},
		{"signmag16", []uint16{0x8000}, false, 0},
		{"signmag16", []uint16{0xFFFF}, false, -32767},
		{"uint32", []uint16{0x0001, 0x0002}, false, 65538},
		{"uint32", []uint16{0x0001, 0x0002}, true, 131073},
		{"uint32", []uint16{0xFFFF, 0xFFFF}, false, 1<<32 - 1},
		{"int32", []uint16{0xFFFF, 0xFFFE}, false, -2},
		{"float32", []uint16{0x4048, 0xF5C3}, false, float64(float32(3.14))},
		{"float32", []uint16{0xF5C3, 0x4048}, true, float64(float32(3.14))},
	} {
		if got := number(tc.name, tc.registers, tc.little); got != tc.want || math.Signbit(got) != math.Signbit(tc.want) {
			t.Errorf("%s %04x, little %v: %v, want %v", tc.name, tc.registers, tc.little, got, tc.want)
		}
	}
	if v := number("float32", []uint16{0x7FC0, 0}, false); !math.IsNaN(v) {
		t.Errorf("NaN reads as %v", v)
	}
}

func TestValues(t *testing.T) {
	level := func(m float64) []driver.Value {
		return []driver.Value{{Quantity: reading.Level, Value: m, Quality: reading.NotEvaluated}}
	}
	mm := func(d float64) driver.Value {
		return driver.Value{Quantity: reading.Distance, Value: d, Quality: reading.NotEvaluated}
	}
	looking := func(datum *float64) Meter {
		return edited(func(m *Meter) { m.Quantity, m.Scale, m.DatumM, m.Min = distance, 0.001, datum, ptr(0.3) })
	}
	for _, tc := range []struct {
		name      string
		meter     Meter
		registers []uint16
		want      []driver.Value
		err       error
	}{
		{"level in mm", edited(func(m *Meter) { m.Scale, m.Offset = 0.001, 0.5 }), []uint16{2000}, level(2.5), nil},
		{"level in cm, sign bit", edited(func(m *Meter) { m.Type, m.Scale = "signmag16", 0.01 }), []uint16{0x8019}, level(-0.25), nil},
		{"distance and level", looking(ptr(6.25)), []uint16{2000}, append(level(4.25), mm(2000)), nil},
		{"distance", looking(nil), []uint16{2000}, []driver.Value{mm(2000)}, nil},
		{"in the blind zone", looking(ptr(6.25)), []uint16{299}, nil, driver.ErrOutOfRange},
		{"no distance", edited(func(m *Meter) { m.Quantity = distance }), []uint16{0}, nil, driver.ErrOutOfRange},
		// 1 m of water presses with 9781.4 Pa.
		{
			"pressure in 0.1 kPa", edited(func(m *Meter) { m.Quantity, m.Scale, m.DatumM = pressure, 100, ptr(-0.5) }),
			[]uint16{196},
			level(1.504), nil,
		},
		{"above max", edited(func(m *Meter) { m.Max = ptr(15) }), []uint16{16}, nil, driver.ErrOutOfRange},
		{"at max", edited(func(m *Meter) { m.Max = ptr(15) }), []uint16{15}, level(15), nil},
		{"an error value", edited(func(m *Meter) { m.ErrorValues = []float64{-9999, 65535} }), []uint16{65535}, nil, driver.ErrEchoLost},
		{"NaN", edited(func(m *Meter) { m.Type = "float32" }), []uint16{0x7FC0, 0}, nil, driver.ErrOutOfRange},
		{"infinity", edited(func(m *Meter) { m.Type = "float32" }), []uint16{0xFF80, 0}, nil, driver.ErrOutOfRange},
	} {
		if err := tc.meter.Validate(); err != nil {
			t.Errorf("%s: %v", tc.name, err)
		}
		got, err := tc.meter.values(tc.registers)
		if !errors.Is(err, tc.err) {
			t.Errorf("%s: error %v, want %v", tc.name, err, tc.err)
		}
		if diff := cmp.Diff(tc.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tc.name, diff)
		}
	}
}

func TestValidateNamesTheKey(t *testing.T) {
	for key, edit := range map[string]func(*Meter){
		"unit: 0":           func(m *Meter) { m.Unit = 0 },
		"function: 6":       func(m *Meter) { m.Function = 6 },
		"register: 65535":   func(m *Meter) { m.Register, m.Type = 65535, "int32" },
		"type: \"bcd\"":     func(m *Meter) { m.Type = "bcd" },
		"word_order: ":      func(m *Meter) { m.WordOrder = "middle" },
		"scale: 0":          func(m *Meter) { m.Scale = 0 },
		"offset: NaN":       func(m *Meter) { m.Offset = math.NaN() },
		"min, max: ":        func(m *Meter) { m.Min, m.Max = ptr(2), ptr(1) },
		"quantity: ":        func(m *Meter) { m.Quantity = "volume" },
		"datum_m: a level":  func(m *Meter) { m.DatumM = ptr(1) },
		"datum_m: missing":  func(m *Meter) { m.Quantity = pressure },
		"datum_m: +Inf":     func(m *Meter) { m.Quantity, m.DatumM = distance, ptr(math.Inf(1)) },
		"density_kg_m3: 0 ": func(m *Meter) { m.Quantity, m.DatumM, m.DensityKgM3 = pressure, ptr(1), 0 },
	} {
		m := edited(edit)
		if err := m.Validate(); err == nil || !strings.HasPrefix(err.Error(), key) {
			t.Errorf("Validate: %v, want %s…", err, key)
		}
	}
}
