package scan

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"periph.io/x/conn/v3/i2c"

	"github.com/siaga-id/siaga/edge/driver"
	"github.com/siaga-id/siaga/edge/explain"
)

// The addresses that devices can have (NXP UM10204 §3.1.12; the rest is
// reserved).
const (
	firstAddress = 0x08
	lastAddress  = 0x77
)

// hazardous reports whether a chip that nobody knows must not even be read: the
// ranges of memories, where i2cdetect (i2c-tools) changes its way of asking
// since some lose data, and 0x69, where clock chips lock the bus when read.
func hazardous(addr uint16) bool {
	return addr >= 0x30 && addr <= 0x37 || addr >= 0x50 && addr <= 0x5F || addr == 0x69
}

// bus looks at every address of a bus. What it finds it reads when it has seen
// all: an open driver may talk to its chip at any time.
func (s *scanner) bus(ctx context.Context, name string) []Finding {
	s.looksAt(Place{Bus: name})
	defer s.looked(1)
	bus, err := s.board.I2C(name)
	if err != nil {
		f := Finding{Place: Place{Bus: name}}
		f.fail(err)
		return []Finding{f}
	}
	var found []Finding
	for addr := uint16(firstAddress); addr <= lastAddress && ctx.Err() == nil; addr++ {
		if f, ok := s.address(bus, Place{Bus: name, Address: addr}); ok {
			found = append(found, f)
		}
	}
	if err := bus.Close(); err != nil {
		f := Finding{Place: Place{Bus: name}}
		f.fail(err)
		return append(found, f)
	}
	for i := range found {
		s.read(ctx, &found[i])
	}
	return found
}

// address says what is at an address, and whether anything is.
func (s *scanner) address(bus i2c.Bus, at Place) (Finding, bool) {
	f := Finding{Place: at}
	if f.Sensor = s.held(at); f.Sensor != "" {
		f.Problem = explain.InUse
		return f, true
	}
	if there := s.identify(bus, &f); there {
		return f, true
	}
	if hazardous(at.Address) || bus.Tx(at.Address, nil, make([]byte, 1)) != nil {
		return f, false
	}
	f.Problem = explain.UnknownChip
	return f, true
}

// candidate is a chip that something at an address may be, what it says of
// itself, and what it was asked for that.
type candidate struct {
	driver.Chip
	detail, asked string
}

// identify asks an address as the chips that can have it want it, and fills in
// which of them it is; false where nobody is there who understands.
func (s *scanner) identify(bus i2c.Bus, f *Finding) (there bool) {
	var is []candidate
	for _, c := range s.opt.Chips {
		if c.I2C == nil || !slices.Contains(c.I2C.Addresses, f.Address) {
			continue
		}
		known, err := recognise(bus, f.Address, c)
		switch {
		case err == nil:
			is = append(is, known)
		case errors.Is(err, driver.ErrChecksum):
			there, f.Problem, f.Error = true, explain.Garbled, err.Error()
		case errors.Is(err, driver.ErrWrongDevice) && f.Problem == "":
			there, f.Problem, f.Error = true, explain.UnknownChip, err.Error()
		}
	}
	if len(is) > 0 {
		f.Problem, f.Error = "", ""
		choose(f, is)
	}
	return there || len(is) > 0
}

// recognise asks twice. Two chips of a kind pull at the same wires: what is the
// same in both reads well, the rest otherwise each time or with a wrong check.
func recognise(bus i2c.Bus, addr uint16, c driver.Chip) (candidate, error) {
	heard := &overheard{Bus: bus}
	detail, err := c.I2C.Identify(heard, addr)
	if err != nil {
		return candidate{}, err
	}
	again, err := c.I2C.Identify(bus, addr)
	if err != nil {
		return candidate{}, fmt.Errorf("%w: it answers as a %s, then not: %w", driver.ErrChecksum, c.Model, err)
	}
	if again != detail {
		return candidate{}, fmt.Errorf("%w: a %s calls itself %q, then %q", driver.ErrChecksum, c.Model, detail, again)
	}
	return candidate{c, detail, heard.asked.String()}, nil
}

// overheard is a bus that keeps what was asked on it.
type overheard struct {
	i2c.Bus
	asked strings.Builder
}

// Tx implements i2c.Bus.
func (o *overheard) Tx(addr uint16, w, r []byte) error {
	fmt.Fprintf(&o.asked, "%x,%d;", w, len(r))
	return o.Bus.Tx(addr, w, r)
}

// choose picks of what something at an address may be. One that has an identity
// of its own is preferred to those that only look like it. Kinds that are asked
// the same are one chip; where different questions are answered there are two.
func choose(f *Finding, is []candidate) {
	best := is[0]
	for _, c := range is {
		if best.I2C.Weak && !c.I2C.Weak {
			best = c
		}
	}
	f.Chip, f.Model, f.Detail = best.Name, best.Model, best.detail
	for _, c := range is {
		switch {
		case c.Name == best.Name || c.I2C.Weak && !best.I2C.Weak:
		case c.I2C.Weak || c.asked == best.asked:
			f.Also = append(f.Also, c.Name)
		default:
			f.Problem = explain.TwoChips
			f.Error = fmt.Sprintf("%s and %s both answer", best.Model, c.Model)
		}
	}
	f.Sure = !best.I2C.Weak && len(f.Also) == 0
}
