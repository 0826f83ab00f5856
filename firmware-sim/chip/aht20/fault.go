package aht20

import "time"

// Fault is what is wrong inside the chip.
type Fault int

// The faults.
const (
	// None is a sound chip.
	None Fault = iota
	// Stuck repeats the last measurement for ever.
	Stuck
	// Uncalibrated is a chip that does not load its calibration by itself: after
	// power-up and reset it has none until it is initialised.
	Uncalibrated
	// CalibrationLost is a chip whose calibration is gone: initialising does not
	// bring it back.
	CalibrationLost
)

// SetFault breaks the chip, or with None mends it, which a chip without its
// calibration shows after it is initialised, reset or power-cycled only. It may
// be called concurrently with everything else.
func (c *Chip) SetFault(f Fault) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.fault = f
	if f == Uncalibrated || f == CalibrationLost {
		c.calibrated = false
	}
}

// PowerCycle cuts the supply and gives it back: the chip is idle and holds no
// measurement. A fault stays. It may be called concurrently with everything
// else.
func (c *Chip) PowerCycle() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.boot()
	c.deaf = time.Time{}
}
