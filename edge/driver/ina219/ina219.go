package ina219

import (
	"context"
	"errors"
	"fmt"
	"math"
	"sync"
	"time"

	"periph.io/x/conn/v3/i2c"
	"periph.io/x/conn/v3/physic"
	"periph.io/x/devices/v3/ina219"

	"github.com/siaga-id/siaga/edge/driver"
	"github.com/siaga-id/siaga/internal/reading"
)

const (
	// limit is how long one measurement may take.
	limit = time.Second
	// first is how long the first conversion takes: 128 samples of both voltages,
	// 68.10 ms each, and a tenth more (data sheet, table 5).
	first = 150 * time.Millisecond
	// highest is the bus voltage, in V, that the 16 V range cannot be trusted at any
	// more: its last step but two.
	highest = 15.99
	// widest is the voltage over the shunt, in V, at which its range ends.
	widest = 0.32
)

// Opts is how the chip is wired.
type Opts struct {
	// ShuntOhm is the resistor that the current is measured over.
	ShuntOhm float64
}

// DefaultOpts suits the usual boards, which carry a resistor marked R100.
var DefaultOpts = Opts{ShuntOhm: 0.1}

// Dev is an INA219 on an I2C bus. Its methods may be called concurrently; one
// measurement runs at a time.
type Dev struct {
	bus  i2c.Bus
	addr uint16
	opts ina219.Opts

	mu     sync.Mutex
	link   *link
	chip   *ina219.Dev // nil when the chip must be set up again
	closed bool
}

// New sets up the chip at addr, 0x40 to 0x4F. The bus stays the caller's: it must
// outlive the Dev. Errors: driver.ErrNoAnswer, ErrWrongDevice.
func New(bus i2c.Bus, addr uint16, opts Opts) (*Dev, error) {
	if addr < 0x40 || addr > 0x4F {
		return nil, fmt.Errorf("open ina219: address %#x, want 0x40 to 0x4f", addr)
	}
	if err := opts.check(); err != nil {
		return nil, fmt.Errorf("open ina219: %w", err)
	}
	d := &Dev{bus: bus, addr: addr, opts: ina219.Opts{
		Address:       int(addr),
		SenseResistor: physic.ElectricResistance(opts.ShuntOhm * float64(physic.Ohm)),
		MaxCurrent:    physic.ElectricCurrent(widest / opts.ShuntOhm * float64(physic.Ampere)),
	}}
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	c, err := configuration(bus, addr)
	if err == nil {
		err = d.setUp(ctx, c)
	}
	if err != nil {
		return nil, fmt.Errorf("open ina219 at %#x: %w", addr, err)
	}
	return d, nil
}

// check names the option that is wrong by its key in configurations.
func (o Opts) check() error {
	if !(o.ShuntOhm >= 0.0001 && o.ShuntOhm <= 10) {
		return fmt.Errorf("shunt_ohm: %v: give 0.0001 to 10; a resistor marked R100 has 0.1", o.ShuntOhm)
	}
	return nil
}

// Sense returns voltage (V), current (A) and power (W). Errors:
// driver.ErrOverRange where the voltage or the current is more than the chip can
// see, beside the other one; ErrNoAnswer, ErrReset, ErrWrongDevice, ErrClosed, or
// ctx's own when it is cancelled.
func (d *Dev) Sense(ctx context.Context) ([]driver.Value, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.closed {
		return nil, fmt.Errorf("sense ina219: %w", driver.ErrClosed)
	}
	limited, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	values, err := d.measure(limited)
	if err != nil {
		if !errors.Is(err, driver.ErrOverRange) {
			d.chip = nil
		}
		if errors.Is(ctx.Err(), context.Canceled) {
			values, err = nil, ctx.Err()
		}
		return values, fmt.Errorf("sense ina219 at %#x: %w", d.addr, err)
	}
	return values, nil
}

// Close waits for a measurement that runs. The bus stays open.
func (d *Dev) Close() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.closed, d.chip = true, nil
	return nil
}

// setUp configures the chip, whose configuration is c so far, and waits for its
// first values.
func (d *Dev) setUp(ctx context.Context, c uint16) error {
	switch {
	case c == 0x0000 || c == 0xFFFF: // a bus that nobody drives, or that is held low
		return fmt.Errorf("%w: the bus reads %#04x", driver.ErrNoAnswer, c)
	case c&unused != 0:
		return fmt.Errorf("%w: its register 0 reads %#04x", driver.ErrWrongDevice, c)
	}
	d.link = &link{Bus: d.bus, ctx: ctx}
	chip, err := ina219.New(d.link, &d.opts)
	if err != nil {
		return errors.Join(d.link.cause(), err)
	}
	t := time.NewTimer(first)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
		return fmt.Errorf("%w: %w", driver.ErrNoAnswer, ctx.Err())
	}
	if c, err = configuration(d.bus, d.addr); err != nil {
		return err
	}
	if c != configSet {
		return fmt.Errorf("%w: its configuration was set to %#04x and is %#04x", driver.ErrWrongDevice, configSet, c)
	}
	d.chip = chip
	return nil
}

func (d *Dev) measure(ctx context.Context) ([]driver.Value, error) {
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("%w: %w", driver.ErrNoAnswer, err)
	}
	c, err := configuration(d.bus, d.addr)
	if err != nil {
		return nil, err
	}
	if d.chip == nil {
		err = d.setUp(ctx, c)
	} else if c != configSet {
		err = fmt.Errorf("%w: its configuration is %#04x", driver.ErrReset, c)
	}
	if err != nil {
		return nil, err
	}
	d.link.ctx = ctx
	m, err := d.chip.Sense()
	if lerr := d.link.cause(); lerr != nil {
		return nil, lerr
	}
	if err != nil { // the transfers went well: bit OVF
		return nil, fmt.Errorf("%w: %v: current times voltage is more than the chip can hold", driver.ErrOverRange, err)
	}
	return measured(m)
}

func measured(m ina219.PowerMonitor) ([]driver.Value, error) {
	volt := float64(m.Voltage) / float64(physic.Volt)
	ampere := float64(m.Current) / float64(physic.Ampere)
	shunt := float64(m.Shunt) / float64(physic.Volt)
	var values []driver.Value
	var err error
	if volt < highest {
		values = append(values, driver.Measured(reading.Voltage, volt))
	} else {
		err = fmt.Errorf("%w: it cannot see above 16 V: for a 24 V pack or an 18–22 V panel use a divider", driver.ErrOverRange)
	}
	if math.Abs(shunt) < widest {
		values = append(values, driver.Measured(reading.Current, ampere))
	} else {
		err = errors.Join(err, fmt.Errorf("%w: the shunt carries more than %v mV: use a smaller one", driver.ErrOverRange, 1000*widest))
	}
	if err == nil {
		values = append(values, driver.Measured(reading.PowerW, volt*ampere))
	}
	return values, err
}
