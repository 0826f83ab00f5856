package scd4x

import "time"

// Fault is what is wrong inside the chip.
type Fault int

// The faults.
const (
	// None is a sound chip.
	None Fault = iota
	// Stuck repeats the last measurement for ever, as a new one every time.
	Stuck
	// Malfunction is a broken CO2 cell: CO2 is 0 and the self test fails.
	Malfunction
	// WrongID is another product at the same address: its variant is none that an
	// SCD4x has.
	WrongID
)

// SetFault breaks the chip, or with None mends it. It may be called
// concurrently with everything else.
func (c *Chip) SetFault(f Fault) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.fault = f
}

// PowerCycle cuts the supply and gives it back: the chip is idle with the
// settings of its EEPROM. A recalibration is kept, and so is a fault. It may be
// called concurrently with everything else.
func (c *Chip) PowerCycle() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.boot()
	c.busy, c.took = time.Time{}, 0
}
