package ops243

import (
	"errors"
	"sync"

	"periph.io/x/conn/v3/uart"

	"github.com/siaga-id/siaga/edge/driver"
)

// errUnits: two sensors on one port contradict each other.
var errUnits = errors.New("units: another sensor on this port has others: one radar speaks in one unit")

// radars holds those whose ports are open, since two directions of a road are two
// sensors on one port, which can be open only once.
var radars = struct {
	sync.Mutex
	open map[place]*shared
}{open: map[place]*shared{}}

// place is a port of a machine: a simulated one has ports of its own under the same
// paths. Boards are pointers, or have no state.
type place struct {
	board driver.Board
	path  string
}

type shared struct {
	*radar
	users int
}

// openShared returns a Dev on the port at path, which it opens if no other has.
func openShared(b driver.Board, path string, opts Opts) (*Dev, error) {
	unit, err := opts.unit()
	if err != nil {
		return nil, err
	}
	at := place{b, path}
	radars.Lock()
	defer radars.Unlock()
	s := radars.open[at]
	if s != nil && s.ended() != nil { // the port has failed, and the radar has closed it
		s = nil
	}
	if s == nil {
		port, err := b.Serial(path, Baud, uart.NoParity)
		if err != nil {
			return nil, err
		}
		s = &shared{radar: start(port, unit, opts.Now)}
		radars.open[at] = s
	}
	if s.units != unit {
		return nil, errUnits
	}
	s.users++
	return s.attach(opts, func() error { return s.leave(at) }), nil
}

// leave closes the radar when nobody is left.
func (s *shared) leave(at place) error {
	radars.Lock()
	defer radars.Unlock()
	if s.users--; s.users > 0 {
		return nil
	}
	if radars.open[at] == s {
		delete(radars.open, at)
	}
	return s.close()
}
