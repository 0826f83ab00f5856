package pms5003

// Fault is what is wrong inside the chip.
type Fault int

// The faults.
const (
	// None is a sound chip.
	None Fault = iota
	// Stuck repeats the last frame's values for ever.
	Stuck
	// FanStopped draws no air: the masses stay at what they were, yet no particle
	// is counted.
	FanStopped
)

// SetFault breaks the chip, or with None mends it. It may be called
// concurrently with everything else.
func (c *Chip) SetFault(f Fault) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.fault = f
}

// PowerCycle cuts the supply and gives it back: the chip is in active mode and
// awake, and its fan starts with the next call of Send or Receive. A fault
// stays. It may be called concurrently with everything else.
func (c *Chip) PowerCycle() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.cold, c.passive, c.asleep = true, false, false
	c.in, c.answers = nil, nil
}
