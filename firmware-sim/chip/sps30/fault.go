package sps30

// Fault is what is wrong inside the sensor.
type Fault int

// The faults. The sensor itself notices the last three while it measures, after
// two checks a second apart, and says so in its status register (4.4).
const (
	// None is a sound sensor.
	None Fault = iota
	// Stuck repeats the last values for ever, as new ones every second.
	Stuck
	// WrongID is another product at the same address or on the same line: the
	// product type it gives is not an SPS30's.
	WrongID
	// FanBlocked is a fan that is on and does not turn: the values are 0. The
	// status bit stays until it is cleared or the sensor restarts.
	FanBlocked
	// LaserFailed is a laser current out of range: the values are 0. The status
	// bit goes with the fault.
	LaserFailed
	// FanSpeed is a fan too slow or too fast: a warning only, the values are
	// right. The status bit goes with the fault.
	FanSpeed
)

// Bits of the status register (4.4).
const (
	statusSpeed = 1 << 21
	statusLaser = 1 << 5
	statusFan   = 1 << 4
)

// bit is what the sensor's own check finds, or 0.
func (f Fault) bit() uint32 {
	switch f {
	case FanBlocked:
		return statusFan
	case LaserFailed:
		return statusLaser
	case FanSpeed:
		return statusSpeed
	}
	return 0
}
