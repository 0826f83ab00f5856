package driver

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// SerialPort is the wiring of a sensor on a serial port, to be embedded in a
// chip's options with `mapstructure:",squash"`.
type SerialPort struct {
	// Port is the device's path. Those under /dev/serial/by-id stay the same when
	// USB ports are counted anew.
	Port string `mapstructure:"port"`
}

// Validate wants a port.
func (p SerialPort) Validate() error {
	if p.Port == "" {
		return errors.New("port: empty: name the serial port, such as /dev/serial0")
	}
	return nil
}

// I2CBus is the wiring of a chip on an I2C bus, to be embedded in a chip's
// options with `mapstructure:",squash"`.
type I2CBus struct {
	// Bus is the bus's name or number, Address the chip's; 0 is its usual one.
	Bus     string `mapstructure:"i2c"`
	Address uint16 `mapstructure:"address"`
}

// Validate wants a bus, and one of the addresses that the chip can have.
func (b I2CBus) Validate(allowed ...uint16) error {
	if b.Bus == "" {
		return errors.New(`i2c: empty: name the bus, such as "1"`)
	}
	if b.Address != 0 && !slices.Contains(allowed, b.Address) {
		var names []string
		for _, a := range allowed {
			names = append(names, fmt.Sprintf("0x%02x", a))
		}
		return fmt.Errorf("address: 0x%02x: this chip can have %s", b.Address, strings.Join(names, ", "))
	}
	return nil
}

// Addr returns the configured address, or the usual one.
func (b I2CBus) Addr(usual uint16) uint16 {
	if b.Address == 0 {
		return usual
	}
	return b.Address
}

// GPIOPin is the wiring of a sensor on a GPIO line, to be embedded in a chip's
// options with `mapstructure:",squash"`.
type GPIOPin struct {
	// Pin is the line's name as the kernel gives it, such as GPIO17.
	Pin string `mapstructure:"pin"`
}

// Validate wants a pin.
func (p GPIOPin) Validate() error {
	if p.Pin == "" {
		return errors.New("pin: empty: name the GPIO line, such as GPIO17")
	}
	return nil
}
