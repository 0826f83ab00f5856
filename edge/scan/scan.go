package scan

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/siaga-id/siaga/edge/driver"
	"github.com/siaga-id/siaga/edge/explain"
)

// Board is a machine that can say which buses and ports it has.
type Board interface {
	driver.Board
	I2CBuses() []string
	SerialPorts() []string
}

// Place is where a sensor is wired: on a bus at an address, or at a port with a
// speed.
type Place struct {
	Bus     string `json:"i2c,omitempty"`
	Address uint16 `json:"address,omitempty"`
	Port    string `json:"port,omitempty"`
	Baud    int    `json:"baud,omitempty"`
}

// String returns the place as people write it.
func (p Place) String() string {
	switch {
	case p.Port != "" && p.Baud != 0:
		return fmt.Sprintf("%s %d baud", p.Port, p.Baud)
	case p.Port != "":
		return p.Port
	case p.Address != 0:
		return fmt.Sprintf("%s 0x%02x", p.Bus, p.Address)
	}
	return p.Bus
}

// Finding is what was found at a place, or what is wrong there.
type Finding struct {
	Place
	// Chip and Model are what it is; empty where that is not known.
	Chip  string `json:"chip,omitempty"`
	Model string `json:"model,omitempty"`
	// Sure is false where others may look the same; Also names those that do.
	Sure bool     `json:"sure"`
	Also []string `json:"also,omitempty"`
	// Ask is true for a sensor that said something only when it was asked, and has
	// an option for that.
	Ask bool `json:"ask,omitempty"`
	// Detail is what the chip says of itself, such as a serial number.
	Detail string `json:"detail,omitempty"`
	// Values are of one measurement; none where Problem says why.
	Values []Value `json:"values,omitempty"`
	// Problem is a code for explain.Code, Error what exactly happened.
	Problem string `json:"problem,omitempty"`
	Error   string `json:"error,omitempty"`
	// Sensor is the agent's sensor that is wired here, where one is.
	Sensor string `json:"sensor,omitempty"`
}

func (f *Finding) fail(err error) {
	f.Problem, f.Error = explain.Of(err), err.Error()
}

// Value is one measured value, in the quantity's display unit.
type Value struct {
	Quantity string  `json:"quantity"`
	Unit     string  `json:"unit"`
	Value    float64 `json:"value"`
	Suspect  bool    `json:"suspect,omitempty"`
}

// Options are what a scan looks for and must leave alone.
type Options struct {
	// Chips are those that are recognised. Earlier ones are preferred where
	// several look the same.
	Chips []driver.Chip
	// Held returns the sensor of a running agent that is wired at a place, which
	// is left alone; "" is none. nil holds nothing.
	Held func(Place) string
	// Progress is told what is looked at next, and how many of all looks are done.
	// Calls do not overlap; it should not block. nil means nobody wants to know.
	Progress func(at Place, done, total int)
}

// Run looks at all buses and ports of b, buses beside ports, and returns what it
// found in their order. It takes some seconds a port. When ctx ends it returns
// what it found so far with ctx's error.
func Run(ctx context.Context, b Board, o Options) ([]Finding, error) {
	s := &scanner{board: b, opt: o, began: time.Now()}
	buses, ports := b.I2CBuses(), b.SerialPorts()
	s.total = len(buses) + len(ports)*len(s.speeds())

	found := make([][]Finding, len(buses)+len(ports))
	var looking sync.WaitGroup
	for i, name := range buses {
		looking.Go(func() { found[i] = s.bus(ctx, name) })
	}
	for i, path := range ports {
		looking.Go(func() { found[len(buses)+i] = []Finding{s.port(ctx, path)} })
	}
	looking.Wait()

	var all []Finding
	if len(buses) == 0 {
		all = append(all, Finding{Problem: explain.NoI2C})
	}
	for _, f := range found {
		all = append(all, f...)
	}
	if len(ports) == 0 {
		all = append(all, Finding{Problem: explain.NoSerial})
	}
	if err := ctx.Err(); err != nil {
		return all, fmt.Errorf("scan: %w", err)
	}
	return all, nil
}

// scanner is one scan.
type scanner struct {
	board Board
	opt   Options
	began time.Time
	total int

	mu   sync.Mutex
	done int
}

// looksAt tells the progress of a look that begins.
func (s *scanner) looksAt(p Place) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.opt.Progress != nil {
		s.opt.Progress(p, s.done, s.total)
	}
}

// looked counts looks that are over.
func (s *scanner) looked(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.done += n
}

func (s *scanner) held(p Place) string {
	if s.opt.Held == nil {
		return ""
	}
	return s.opt.Held(p)
}
