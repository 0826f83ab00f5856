package driver

import (
	"errors"

	"github.com/siaga-id/siaga/internal/reading"
)

// Value is one measured value. It is a plain value: copies are independent.
type Value struct {
	Quantity reading.Quantity
	// Value is in the quantity's canonical unit, rounded to the resolution that
	// travels.
	Value float64
	// Quality is Suspect outside the quantity's limits or where the sensor
	// itself reports a fault, else NotEvaluated. The agent, which sees the whole
	// series, may worsen it.
	Quality reading.Quality
}

// Measured returns v, in q's canonical unit, rounded and checked against q's
// limits.
func Measured(q reading.Quantity, v float64) Value {
	v = q.Round(v)
	return Value{Quantity: q, Value: v, Quality: q.Check(v)}
}

// What can be wrong with a sensor. Drivers wrap them with detail; tell them
// apart with errors.Is. After ErrUnplugged the Dev is spent: close it and open
// another. After any other but ErrClosed the next Sense may succeed; after
// ErrWrongDevice that is likely to take a person.
var (
	// ErrNoAnswer: nothing usable came in time. Wiring, power, or a dead sensor.
	ErrNoAnswer = errors.New("the sensor does not answer")
	// ErrChecksum: bytes came, but they fail the checks there are, or are no whole
	// frame. Noise, a wrong baud rate, or another device on the line.
	ErrChecksum = errors.New("what the sensor sent is garbled")
	// ErrOutOfRange: the sensor's value is outside what it can measure, so that
	// it is no measurement.
	ErrOutOfRange = errors.New("the value is outside the sensor's range")
	// ErrStuck: the sensor's own numbers contradict each other.
	ErrStuck = errors.New("the sensor is stuck or blocked")
	// ErrEchoLost: an ultrasonic sensor heard no echo.
	ErrEchoLost = errors.New("the echo is lost")
	// ErrWarmingUp: the sensor was woken or powered up a short while ago and its
	// values are not to be trusted yet.
	ErrWarmingUp = errors.New("the sensor is warming up")
	// ErrReset: the sensor lost its settings, as after a dip of its supply. The
	// next Sense sets it up again.
	ErrReset = errors.New("the sensor was reset")
	// ErrOverRange: the value is more than the sensor or its input can show.
	ErrOverRange = errors.New("the value is more than can be measured")
	// ErrOpenLoop: no current flows in a 4–20 mA loop, or a cell's input hangs: a
	// wire is broken.
	ErrOpenLoop = errors.New("the wire is broken")
	// ErrHeaterOff: the sensor's own heater or calibration is not in force.
	ErrHeaterOff = errors.New("the sensor's heater is off or it is not calibrated")
	// ErrFan: the sensor itself reports a broken fan or laser.
	ErrFan = errors.New("the sensor's fan or laser is broken")
	// ErrAsleep: somebody has put the sensor to sleep, and it is to stay so until it is
	// woken or opened anew.
	ErrAsleep = errors.New("the sensor was put to sleep")
	// ErrRefused: the device understood the question and refused it.
	ErrRefused = errors.New("the device refuses")
	// ErrWrongDevice: something answers, but it is not what the driver drives, or
	// it is garbled.
	ErrWrongDevice = errors.New("another device answers")
	// ErrUnplugged: the port is gone.
	ErrUnplugged = errors.New("the port is gone")
	// ErrClosed: the Dev was closed.
	ErrClosed = errors.New("the sensor is closed")
)
