package bus

import (
	"time"

	"periph.io/x/conn/v3/gpio"
)

// Pin implements driver.Board.
func (r *Recorder) Pin(name string) (gpio.PinIn, error) {
	p, err := r.machine.Pin(name)
	r.add(event{Op: opPin, On: name, Err: failed(err)})
	if err != nil {
		return nil, err
	}
	return recordedPin{p, r, name}, nil
}

type recordedPin struct {
	gpio.PinIn
	rec  *Recorder
	name string
}

// In implements gpio.PinIn.
func (p recordedPin) In(pull gpio.Pull, edge gpio.Edge) error {
	err := p.PinIn.In(pull, edge)
	p.rec.add(event{Op: opIn, On: p.name, Pull: pull.String(), Edges: edge.String(), Err: failed(err)})
	return err
}

// Read implements gpio.PinIn.
func (p recordedPin) Read() gpio.Level {
	l := p.PinIn.Read()
	p.rec.add(event{Op: opLevel, On: p.name, High: bool(l)})
	return l
}

// WaitForEdge implements gpio.PinIn. The level after the edge is on the tape.
func (p recordedPin) WaitForEdge(timeout time.Duration) bool {
	if !p.PinIn.WaitForEdge(timeout) {
		return false
	}
	p.rec.add(event{Op: opEdge, On: p.name, High: bool(p.PinIn.Read())})
	return true
}

// Output implements driver.Board.
func (r *Recorder) Output(name string) (gpio.PinOut, error) {
	p, err := r.machine.Output(name)
	r.add(event{Op: opOutput, On: name, Err: failed(err)})
	if err != nil {
		return nil, err
	}
	return recordedOutput{p, r, name}, nil
}

type recordedOutput struct {
	gpio.PinOut
	rec  *Recorder
	name string
}

// Out implements gpio.PinOut.
func (p recordedOutput) Out(l gpio.Level) error {
	err := p.PinOut.Out(l)
	p.rec.add(event{Op: opOut, On: p.name, High: bool(l), Err: failed(err)})
	return err
}
