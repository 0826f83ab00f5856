package sds011

// Fault is what is wrong inside the chip.
type Fault int

// The faults.
const (
	// None is a sound chip.
	None Fault = iota
	// Stuck repeats the last reading for ever.
	Stuck
	// FanStopped draws no air: every reading is 0 and 0.
	FanStopped
	// Blinded has water or an insect before its laser: every reading is the
	// greatest it can say.
	Blinded
)

// SetFault breaks the chip, or with None mends it. It may be called
// concurrently with everything else.
func (c *Chip) SetFault(f Fault) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.fault = f
}

// PowerCycle cuts the supply and gives it back: the chip works again, whatever
// it did before, and its fan starts with the next call of Send or Receive.
// Reporting mode, working period and id are as before; so is a fault. It may be
// called concurrently with everything else.
func (c *Chip) PowerCycle() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.cold, c.asleep = true, false
	c.in, c.answers = nil, nil
}
