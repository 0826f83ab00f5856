package bus

import (
	"errors"
	"fmt"
	"sync"
	"time"

	"periph.io/x/conn/v3/gpio"
	"periph.io/x/conn/v3/physic"
)

// pinTrack is what a pin to read did. There is one pin of a name.
type pinTrack struct {
	found  []event // look-ups
	setups []setup

	mu    sync.Mutex
	given int       // setups that were asked for
	base  time.Time // when the last of them was
	edges int       // of it, that were given
	stir  chan struct{}
}

// setup is what a pin did from one In to the next.
type setup struct {
	in     event
	levels []event // opLevel and opEdge
	edges  []event // opEdge alone
}

func (p *pinTrack) add(e event) error {
	switch e.Op {
	case opPin:
		p.found = append(p.found, e)
		return nil
	case opIn:
		p.setups = append(p.setups, setup{in: e})
		return nil
	}
	if len(p.setups) == 0 {
		return errors.New("it was not set up before it was read")
	}
	s := &p.setups[len(p.setups)-1]
	s.levels = append(s.levels, e)
	if e.Op == opEdge {
		s.edges = append(s.edges, e)
	}
	return nil
}

// Pin implements driver.Board.
func (t *Tape) Pin(name string) (gpio.PinIn, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	p := t.pins[name]
	if p == nil || len(p.found) == 0 {
		return nil, fmt.Errorf("open pin %q: %w: it was never used", name, ErrTape)
	}
	if err := p.found[0].Err.err(); err != nil {
		return nil, err
	}
	if p.stir == nil {
		p.stir = make(chan struct{})
	}
	return tapePin{p, name}, nil
}

// tapePin plays a pinTrack.
type tapePin struct {
	*pinTrack
	name string
}

var _ gpio.PinIn = tapePin{}

func (p tapePin) Name() string           { return p.name }
func (p tapePin) String() string         { return p.name }
func (p tapePin) Number() int            { return -1 }
func (p tapePin) Function() string       { return "In" }
func (p tapePin) DefaultPull() gpio.Pull { return gpio.PullNoChange }
func (p tapePin) Pull() gpio.Pull        { return gpio.PullNoChange }

// In implements gpio.PinIn: each call plays the next recorded one.
func (p tapePin) In(pull gpio.Pull, edge gpio.Edge) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.given == len(p.setups) {
		return fmt.Errorf("set up pin %s: %w: it was not set up again", p.name, ErrTape)
	}
	in := p.setups[p.given].in
	if in.Pull != pull.String() || in.Edges != edge.String() {
		return fmt.Errorf("set up pin %s: %w: line %d has pull %s, edges %s, not %s, %s", p.name, ErrTape, in.line, in.Pull, in.Edges, pull, edge)
	}
	p.given, p.base, p.edges = p.given+1, time.Now(), 0
	p.wake()
	return in.Err.err()
}

// Halt implements conn.Resource: it ends a wait.
func (p tapePin) Halt() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.wake()
	return nil
}

// Read implements gpio.PinIn: the level that was seen last until now, or first.
func (p tapePin) Read() gpio.Level {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.given == 0 {
		return gpio.Low
	}
	s := p.setups[p.given-1]
	level := gpio.Low
	for i, e := range s.levels {
		if i > 0 && p.due(e) > 0 {
			break
		}
		level = gpio.Level(e.High)
	}
	return level
}

// WaitForEdge implements gpio.PinIn, as periph's interface has it: a timeout
// below 0 waits without end.
func (p tapePin) WaitForEdge(timeout time.Duration) bool {
	var limit <-chan time.Time
	if timeout >= 0 {
		t := time.NewTimer(timeout)
		defer t.Stop()
		limit = t.C
	}
	p.mu.Lock()
	stir := p.stir
	p.mu.Unlock()
	for {
		given, next := p.edge()
		if given || timeout == 0 {
			return given
		}
		select {
		case <-limit:
			return false
		case <-stir:
			return false
		case <-next:
		}
	}
}

// edge gives an edge that is due, or what to wait for; nil where none comes.
func (p tapePin) edge() (given bool, next <-chan time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.given == 0 {
		return false, nil
	}
	s := p.setups[p.given-1]
	if p.edges == len(s.edges) {
		return false, nil
	}
	if wait := p.due(s.edges[p.edges]); wait > 0 {
		return false, time.After(wait)
	}
	p.edges++
	return true, nil
}

// due is how long it is until an event of the present setup. It wants mu.
func (p *pinTrack) due(e event) time.Duration {
	return time.Until(p.base.Add(e.at() - p.setups[p.given-1].in.at()))
}

// wake ends a wait. It wants mu.
func (p *pinTrack) wake() {
	close(p.stir)
	p.stir = make(chan struct{})
}

// Output implements driver.Board.
func (t *Tape) Output(name string) (gpio.PinOut, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	track := t.outputs[name]
	e, ok := track.peek()
	if !ok {
		return nil, fmt.Errorf("open pin %q: %w: it was never driven", name, ErrTape)
	}
	if e.Op == opOutput {
		track.next++
		if e.Err != nil {
			return nil, e.Err.err()
		}
	}
	return tapeOutput{t, track, name}, nil
}

// tapeOutput wants to be driven as it was.
type tapeOutput struct {
	tape  *Tape
	track *track
	name  string
}

var _ gpio.PinOut = tapeOutput{}

func (p tapeOutput) Name() string     { return p.name }
func (p tapeOutput) String() string   { return p.name }
func (p tapeOutput) Number() int      { return -1 }
func (p tapeOutput) Function() string { return "Out" }
func (p tapeOutput) Halt() error      { return nil }

// Out implements gpio.PinOut.
func (p tapeOutput) Out(l gpio.Level) error {
	p.tape.mu.Lock()
	defer p.tape.mu.Unlock()
	e, ok := p.track.peek()
	if !ok {
		return fmt.Errorf("drive pin %s: %w: it was not driven again", p.name, ErrTape)
	}
	if e.Op != opOut || gpio.Level(e.High) != l {
		return fmt.Errorf("drive pin %s: %w: line %d is not the same, %s", p.name, ErrTape, e.line, l)
	}
	p.track.next++
	return e.Err.err()
}

// PWM implements gpio.PinOut. It is not recorded.
func (p tapeOutput) PWM(gpio.Duty, physic.Frequency) error {
	return fmt.Errorf("drive pin %s: %w: no PWM", p.name, ErrTape)
}
