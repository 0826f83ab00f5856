package edge

import (
	"fmt"

	"github.com/siaga-id/siaga/edge/chips"
)

// wires holds which wire of the board each sensor has, to find two on one.
type wires map[string]owner

type owner struct {
	sensor string
	shared bool
}

// take notes what a sensor is wired to, and returns a mistake for each wire that
// another one has, which begins with the key.
func (w wires) take(s SensorConfig) (errs []error) {
	chip, ok := chips.Named(s.Driver)
	if !ok {
		return nil
	}
	claim := func(key, wire string, shared bool) {
		if other, taken := w[wire]; taken && !(shared && other.shared) {
			errs = append(errs, fmt.Errorf("%s: sensor %s has %s already: each needs its own", key, other.sensor, wire))
			return
		}
		w[wire] = owner{s.ID, shared}
	}
	text := func(key string) string {
		v, ok := s.Options[key]
		if !ok {
			return ""
		}
		return fmt.Sprint(v)
	}
	if port := text("port"); port != "" {
		claim("port", "port "+port, chip.Shared)
	}
	if pin := text("pin"); pin != "" {
		claim("pin", "pin "+pin, false)
	}
	if bus := text("i2c"); bus != "" {
		address := text("address")
		if (address == "" || address == "0") && chip.I2C != nil {
			address = fmt.Sprint(chip.I2C.Addresses[0])
		}
		claim("address", "i2c "+bus+" address "+address, chip.Shared)
	}
	if s.PowerPin != "" {
		// One line may switch several sensors, but it is no sensor's own.
		claim("power_pin", "pin "+s.PowerPin, true)
	}
	return errs
}
