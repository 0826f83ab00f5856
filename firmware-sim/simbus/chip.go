package simbus

import "time"

// Clock is the time that a board and its chips live in. world.Clock is one.
type Clock interface {
	// Now returns the world's time.
	Now() time.Time
	// Start returns the world's time at which boot times are 0.
	Start() time.Time
	// Speed returns how many world seconds pass in a real one.
	Speed() float64
}

// I2CChip is a chip on an I2C bus. Calls come one at a time.
type I2CChip interface {
	// Tx is one transfer: w is written, then r is filled. An error is a missing
	// acknowledge.
	Tx(at time.Time, w, r []byte) error
}

// SerialChip is the far end of a serial line. Calls come one at a time.
type SerialChip interface {
	// Receive takes what the host has sent, valid during the call only.
	Receive(at time.Time, b []byte)
	// Send returns the next message that has left the chip by now, for the
	// caller to keep, or nil and when to ask again; a zero time means not before
	// something is received. Calling it until it gives nil must end.
	Send(now time.Time) (message []byte, next time.Time)
}

// PinChip drives one GPIO line. Calls come one at a time.
type PinChip interface {
	// Level reports whether the line is high at a moment.
	Level(at time.Time) bool
	// NextEdge returns the first change after one moment and not after another,
	// and whether the line goes high.
	NextEdge(after, limit time.Time) (at time.Time, high, ok bool)
}
