package sgp30

import "time"

// Fault is what is wrong inside the chip.
type Fault int

// The faults.
const (
	// None is a sound chip.
	None Fault = iota
	// Stuck repeats the last values for ever.
	Stuck
	// HeaterOff is a hotplate that does not get hot: the self test fails and air
	// quality reads as clean, 400 ppm and 0 ppb.
	HeaterOff
	// WrongID is another product at the same address: an SGPC3 by its feature
	// set.
	WrongID
)

// SetFault breaks the chip, or with None mends it. It may be called
// concurrently with everything else.
func (c *Chip) SetFault(f Fault) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.fault = f
}

// PowerCycle cuts the supply and gives it back: the chip is idle and has no
// baseline. A fault stays. It may be called concurrently with everything else.
func (c *Chip) PowerCycle() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.busy, c.took, c.answer = time.Time{}, 0, nil
	c.running, c.co2Base, c.tvocBase = false, 0, 0
}
