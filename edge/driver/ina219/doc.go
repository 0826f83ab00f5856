// Package ina219 drives the Texas Instruments INA219 current and voltage monitor
// over periph's driver of the same name.
//
// What it can see. periph sets the 16 V bus range (configuration 0x1FFF): above
// 16 V the chip reads 16 V, whatever is there. A 12 V battery is within it; a 24 V
// pack, or a panel of 18 to 22 V, is not, and needs a divider before the chip's
// VIN-, or another chip. Such a reading is driver.ErrOverRange, never 16 V. The
// shunt shows ±320 mV, which is ±3.2 A over the 0.1 Ω that boards carry; beyond
// that the current is driver.ErrOverRange too, as is what the chip's own
// multiplication cannot hold (bit OVF). The other value is still given.
//
// Steps: 4 mV, and 10 µV over the shunt (0.1 mA over 0.1 Ω). Each value is the
// mean of 128 samples, 68 ms. The sign of the current is the direction through the
// shunt. Power is voltage times current, with that sign: the chip's own power
// register has none. (INA219 data sheet SBOS448, §8.5 and §8.6.)
//
// The chip has no identity. Its configuration register says whether it was reset,
// as by a dip of its supply, after which current and power would read 0: Sense
// then gives driver.ErrReset once and sets it up again.
//
// It must not turn a voltage into a state of charge.
package ina219
