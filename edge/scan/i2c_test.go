package scan

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"testing"
	"time"

	"periph.io/x/conn/v3/i2c"

	"github.com/siaga-id/siaga/edge/driver"
	"github.com/siaga-id/siaga/edge/explain"
)

func TestI2C(t *testing.T) {
	bme, bmp := thermo("bme", 0x60, false, 0x76, 0x77), thermo("bmp", 0x58, false, 0x76, 0x77)
	twin := bme
	twin.Name = "bme-twin"
	other := bme
	other.Name = "other"
	other.I2C = &driver.I2CProbe{Addresses: []uint16{0x76}, Identify: func(b i2c.Bus, a uint16) (string, error) {
		return "", b.Tx(a, []byte{0x0F}, make([]byte, 2)) // another question
	}}
	foreign := bme // its question's answer fails the check: no such chip, or two
	foreign.I2C = &driver.I2CProbe{Addresses: []uint16{0x76}, Identify: func(i2c.Bus, uint16) (string, error) {
		return "", fmt.Errorf("%w: %w", driver.ErrWrongDevice, driver.ErrChecksum)
	}}
	weak, weak2 := thermo("weak", 0x60, true, 0x76), thermo("weak2", 0x60, true, 0x76)
	memory := thermo("memory", 0x60, false, 0x50)
	readings := 0
	flicker := func(_, r []byte) error { // two chips that pull at the same wires
		if readings++; readings%2 == 0 {
			r[0] = 0x40
			return nil
		}
		r[0] = 0x60
		return nil
	}
	count := 0
	numbered := bme
	numbered.I2C = &driver.I2CProbe{Addresses: []uint16{0x76}, Identify: func(i2c.Bus, uint16) (string, error) {
		count++
		return fmt.Sprint("no. ", count), nil
	}}

	for _, tc := range []struct {
		name  string
		addr  uint16
		there func(w, r []byte) error
		chips []driver.Chip
		want  Finding
	}{
		{"a chip with an id", 0x77, id(0x60), []driver.Chip{bmp, bme}, Finding{Chip: "bme", Sure: true}},
		{"one that it also could be", 0x76, id(0x60), []driver.Chip{weak, bme}, Finding{Chip: "bme", Sure: true}},
		{"known by looks only", 0x76, id(0x60), []driver.Chip{weak, bmp}, Finding{Chip: "weak"}},
		{"two that look the same", 0x76, id(0x60), []driver.Chip{weak, weak2}, Finding{Chip: "weak", Also: []string{"weak2"}}},
		{"one question for two kinds", 0x76, id(0x60), []driver.Chip{bme, twin}, Finding{Chip: "bme", Also: []string{"bme-twin"}}},
		{"two chips at one address", 0x76, id(0x60), []driver.Chip{bme, other}, Finding{Chip: "bme", Sure: true, Problem: explain.TwoChips}},
		{"two of a kind, ids garbled", 0x76, flicker, []driver.Chip{bme}, Finding{Problem: explain.Garbled}},
		{"two of a kind, check garbled", 0x76, id(0x60), []driver.Chip{foreign, bmp}, Finding{Problem: explain.Garbled}},
		{"two of a kind, numbers differ", 0x76, id(0x60), []driver.Chip{numbered}, Finding{Problem: explain.Garbled}},
		{"a chip that garbles another's question", 0x76, id(0x60), []driver.Chip{foreign, bme}, Finding{Chip: "bme", Sure: true}},
		{"another chip at a known address", 0x76, id(0x55), []driver.Chip{bme, bmp}, Finding{Problem: explain.UnknownChip}},
		{"an address of no chip", 0x20, id(0), []driver.Chip{bme}, Finding{Problem: explain.UnknownChip}},
		{"a known chip among memories", 0x50, id(0x60), []driver.Chip{memory}, Finding{Chip: "memory", Sure: true}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			v := village{buses: map[string]*wires{"1": {chips: map[uint16]func(w, r []byte) error{tc.addr: tc.there}}}}
			found := run(t, v, Options{Chips: tc.chips})
			if len(found) != 2 { // the other says that there are no ports
				t.Fatalf("%#v", found)
			}
			got := found[0]
			if got.Address != tc.addr || got.Chip != tc.want.Chip || got.Sure != tc.want.Sure || got.Problem != tc.want.Problem ||
				!slices.Equal(got.Also, tc.want.Also) {
				t.Errorf("%#v, want %#v", got, tc.want)
			}
			if live := got.Problem == ""; live != (len(got.Values) == 1) {
				t.Errorf("values %v with problem %q", got.Values, got.Problem)
			}
		})
	}
}

func TestUnknownAddressesAreOnlyRead(t *testing.T) {
	w := &wires{chips: map[uint16]func(w, r []byte) error{0x68: id(7)}}
	run(t, village{buses: map[string]*wires{"1": w}}, Options{})
	for addr := range uint16(0x80) {
		asked := 1
		if addr < 0x08 || addr > 0x77 || addr >= 0x30 && addr <= 0x37 || addr >= 0x50 && addr <= 0x5F || addr == 0x69 {
			asked = 0
		}
		if w.asked[addr] != asked || len(w.wrote[addr]) > 0 {
			t.Errorf("0x%02x: asked %d times, wrote % x", addr, w.asked[addr], w.wrote[addr])
		}
	}
}

func TestWhatTheAgentHoldsIsLeftAlone(t *testing.T) {
	w := &wires{chips: map[uint16]func(w, r []byte) error{0x76: id(0x60), 0x77: id(0x60)}}
	found := run(t, village{buses: map[string]*wires{"1": w}}, Options{
		Chips: []driver.Chip{thermo("bme", 0x60, false, 0x76, 0x77)},
		Held: func(p Place) string {
			if p.Address == 0x76 {
				return "bme-1"
			}
			return ""
		},
	})
	if w.asked[0x76] != 0 || found[0].Problem != explain.InUse || found[0].Sensor != "bme-1" || found[1].Chip != "bme" {
		t.Errorf("%#v, asked %d times", found, w.asked[0x76])
	}
}

func TestABusThatCannotBeOpened(t *testing.T) {
	found := run(t, village{buses: map[string]*wires{"1": {err: fs.ErrPermission}}}, Options{})
	if found[0].Bus != "1" || found[0].Problem != explain.Permission {
		t.Errorf("%#v", found)
	}
}

// needy wants more than its wiring; cold is not ready yet.
type needy struct {
	driver.I2CBus `mapstructure:",squash"`
	quantities
}

func (*needy) Validate() error { return errors.New("range_m: 0: set it") }

type cold struct {
	driver.I2CBus `mapstructure:",squash"`
	quantities
}

func (o *cold) Validate() error { return o.I2CBus.Validate(o.Address) }

func (*cold) Open(driver.Board, func() time.Duration) (driver.Sensor, error) {
	return nil, fmt.Errorf("open: %w", driver.ErrWarmingUp)
}

func TestWhyThereIsNoValue(t *testing.T) {
	for want, options := range map[string]driver.Options{explain.NeedsOptions: &needy{}, "warming_up": &cold{}} {
		c := thermo("bme", 0x60, false, 0x76)
		c.Options = func() driver.Options { return options }
		v := village{buses: map[string]*wires{"1": {chips: map[uint16]func(w, r []byte) error{0x76: id(0x60)}}}}
		found := run(t, v, Options{Chips: []driver.Chip{c}})
		if found[0].Chip != "bme" || !found[0].Sure || found[0].Problem != want || found[0].Error == "" {
			t.Errorf("%s: %#v", want, found[0])
		}
		if s := Suggest(found, []driver.Chip{c}, Configured{}); (len(s) == 1) != (want == "warming_up") {
			t.Errorf("%s: suggested %#v", want, s)
		}
	}
}

// picky is a twin whose driver tells the two apart.
type picky struct {
	driver.I2CBus `mapstructure:",squash"`
	quantities
	wrong bool
}

func (o *picky) Validate() error { return o.I2CBus.Validate(o.Address) }

func (o *picky) Open(driver.Board, func() time.Duration) (driver.Sensor, error) {
	if o.wrong {
		return nil, fmt.Errorf("open: %w", driver.ErrWrongDevice)
	}
	return warm{}, nil
}

func TestADriverThatKnowsBetterDecidesBetweenTwins(t *testing.T) {
	for _, tc := range []struct {
		wrong []bool // of twin 0, 1, 2
		want  Finding
	}{
		{[]bool{false, true, true}, Finding{Chip: "twin0", Sure: true}},
		{[]bool{true, false, true}, Finding{Chip: "twin1", Sure: true}},
		{[]bool{true, false, false}, Finding{Chip: "twin1", Also: []string{"twin2"}}},
		{[]bool{true, true, true}, Finding{Chip: "twin0", Problem: "wrong_device"}},
	} {
		var twins []driver.Chip
		for i, wrong := range tc.wrong {
			c := thermo(fmt.Sprint("twin", i), 0x60, false, 0x76)
			c.Options = func() driver.Options { return &picky{wrong: wrong} }
			twins = append(twins, c)
		}
		v := village{buses: map[string]*wires{"1": {chips: map[uint16]func(w, r []byte) error{0x76: id(0x60)}}}}
		got := run(t, v, Options{Chips: twins})[0]
		if got.Chip != tc.want.Chip || got.Sure != tc.want.Sure || got.Problem != tc.want.Problem || !slices.Equal(got.Also, tc.want.Also) ||
			got.Model != "Test "+got.Chip {
			t.Errorf("%v: %#v", tc.wrong, got)
		}
	}
}
