package bme280

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"time"

	"periph.io/x/conn/v3/i2c"

	"github.com/siaga-id/siaga/edge/driver"
)

// The registers that link looks at (data sheet, memory map).
const (
	regID       = 0xD0
	regHumCalib = 0xE1 // E1 to E7
	regCtrlHum  = 0xF2
	regStatus   = 0xF3
	regData     = 0xF7 // F7 to FE: pressure, temperature, humidity
)

const (
	chipBME280   = 0x60
	measuring    = 1 << 3 // in regStatus
	humOversampl = 3      // what bmxx80.DefaultOpts writes to regCtrlHum: 4x
)

// link is the bus as periph's driver sees it. It keeps the error of a transfer,
// which that driver flattens to text; ends its loop on a chip that never
// finishes; and checks what that driver does not.
type link struct {
	i2c.Bus
	ctx context.Context // of the call that runs
	err error           // the first error since cause
}

var _ i2c.Bus = (*link)(nil)

// Tx implements i2c.Bus.
func (l *link) Tx(addr uint16, w, r []byte) error {
	err := l.ctx.Err()
	if err == nil {
		err = l.Bus.Tx(addr, w, r)
	}
	if err != nil {
		err = fmt.Errorf("%w: %w", driver.ErrNoAnswer, err)
	} else if len(w) == 1 {
		err = l.verify(addr, w[0], r)
		if err == nil {
			err = l.check(addr, w[0], r)
		}
	}
	if err != nil && l.err == nil {
		l.err = err
	}
	return err
}

// cause returns the error behind the one that periph's driver made of it.
func (l *link) cause(flat error) error {
	err := l.err
	l.err = nil
	if err == nil {
		return flat
	}
	return err
}

// verify asks again for what does not change by itself between two
// measurements. The chip sends no checksum; a flipped bit in a coefficient
// would falsify every value from then on.
func (l *link) verify(addr uint16, reg byte, r []byte) error {
	if reg == regStatus {
		return nil
	}
	again := make([]byte, len(r))
	if err := l.Bus.Tx(addr, []byte{reg}, again); err != nil {
		return fmt.Errorf("%w: %w", driver.ErrNoAnswer, err)
	}
	if !bytes.Equal(r, again) {
		return fmt.Errorf("%w: registers from %#x read as % x, then as % x", driver.ErrChecksum, reg, r, again)
	}
	return nil
}

// check looks at what was read from a register.
func (l *link) check(addr uint16, reg byte, r []byte) error {
	switch reg {
	case regID:
		return checkID(r[0])
	case regHumCalib:
		if r[3]&0x80 != 0 || r[5]&0x80 != 0 { // signs of H4 and H5
			return errors.New("humidity coefficient H4 or H5 is negative, which would be read wrongly; use another chip")
		}
	case regStatus:
		if r[0]&measuring != 0 {
			time.Sleep(time.Millisecond) // rather than fill the bus with questions
		}
	case regData:
		if (r[2]|r[5])&0x0F != 0 { // the low halves of press_xlsb and temp_xlsb are 0
			return fmt.Errorf("%w: the answer broke off", driver.ErrChecksum)
		}
		if r[6] == 0x80 && r[7] == 0 { // also a value that real air has
			return l.checkHumidityOn(addr)
		}
	}
	return nil
}

func checkID(id byte) error {
	switch id {
	case chipBME280:
		return nil
	case 0x00, 0xFF: // a bus that nobody drives, or that is held low
		return fmt.Errorf("%w: the bus reads %#x", driver.ErrNoAnswer, id)
	}
	return fmt.Errorf("%w: chip id %#x, a BME280 has 0x60", driver.ErrWrongDevice, id)
}

func (l *link) checkHumidityOn(addr uint16) error {
	var ctrl [1]byte
	if err := l.Bus.Tx(addr, []byte{regCtrlHum}, ctrl[:]); err != nil {
		return fmt.Errorf("%w: %w", driver.ErrNoAnswer, err)
	}
	if ctrl[0]&7 != humOversampl {
		return fmt.Errorf("%w: humidity is switched off", driver.ErrReset)
	}
	return nil
}
