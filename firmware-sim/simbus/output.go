package simbus

import (
	"errors"
	"fmt"
	"sync"
	"time"

	"periph.io/x/conn/v3/gpio"
	"periph.io/x/conn/v3/physic"
	"periph.io/x/conn/v3/pin"
)

// errNoPWM: the simulated line is either high or low.
var errNoPWM = errors.New("no PWM")

// Output is a GPIO line that the board drives. Its methods may be called
// concurrently.
type Output struct {
	name   string
	number int

	mu    sync.Mutex
	level gpio.Level
	duty  []func(at time.Time, high bool)
	clock Clock
}

var (
	_ gpio.PinOut = (*Output)(nil)
	_ pin.Pin     = (*Output)(nil)
)

// Drive ties what a line switches to it: each change of the line calls switched,
// one call at a time. A line that nothing was tied to does not exist.
func (m *Machine) Drive(name string, switched func(at time.Time, high bool)) {
	m.mu.Lock()
	defer m.mu.Unlock()
	o := m.outs[name]
	if o == nil {
		o = &Output{name: name, number: len(m.outs), clock: m.clock}
		m.outs[name] = o
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	o.duty = append(o.duty, switched)
}

// Output returns a GPIO line to drive, the same one each time. It is low at
// first.
func (m *Machine) Output(name string) (gpio.PinOut, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	o := m.outs[name]
	if o == nil {
		return nil, fmt.Errorf("open GPIO line %s: %w", name, ErrNotFound)
	}
	return o, nil
}

// Out implements gpio.PinOut.
func (o *Output) Out(l gpio.Level) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.level == l {
		return nil
	}
	o.level = l
	for _, switched := range o.duty {
		switched(o.clock.Now(), bool(l))
	}
	return nil
}

// PWM implements gpio.PinOut; it always fails.
func (o *Output) PWM(gpio.Duty, physic.Frequency) error {
	return fmt.Errorf("drive GPIO line %s: %w", o.name, errNoPWM)
}

// Name implements pin.Pin.
func (o *Output) Name() string { return o.name }

// String implements conn.Resource.
func (o *Output) String() string { return o.name }

// Number implements pin.Pin. It counts outputs from 0.
func (o *Output) Number() int { return o.number }

// Function implements pin.Pin.
func (o *Output) Function() string { return "Out" }

// Halt implements conn.Resource. The line stays where it is.
func (o *Output) Halt() error { return nil }
