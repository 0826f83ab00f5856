package ads1115

import (
	"fmt"

	"periph.io/x/conn/v3/i2c"

	"github.com/siaga-id/siaga/edge/driver"
)

// Probe recognises the converter by its thresholds, which nobody changes: it has
// no identity.
var Probe = driver.I2CProbe{Addresses: Addresses, Identify: identify, Weak: true}

// thresholds after power-up.
const lowest, highest = 0x8000, 0x7FFF

func identify(bus i2c.Bus, addr uint16) (string, error) {
	low, err := readRegister(bus, addr, regLow)
	if err != nil {
		return "", err
	}
	high, err := readRegister(bus, addr, regHigh)
	if err != nil {
		return "", err
	}
	if low != lowest || high != highest {
		return "", fmt.Errorf("%w: thresholds %04x and %04x", driver.ErrWrongDevice, low, high)
	}
	return "an ADS1115: 4–20 mA loops and gas cells are wired to such", nil
}
