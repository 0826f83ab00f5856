package modbus

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"

	"periph.io/x/conn/v3/uart"

	"github.com/siaga-id/siaga/edge/driver"
)

// Line is one user's share in a serial line. Its methods may be called
// concurrently.
type Line struct {
	shared *line
	closed bool // guarded by shared's turn
}

// line is what all users of one port share.
type line struct {
	key    key
	baud   int
	parity uart.Parity
	users  int // guarded by lines
	// turn holds one token while somebody asks; its queue is fair. It guards what
	// follows.
	turn   chan struct{}
	port   io.ReadWriteCloser
	client *Client
	broken error // why the port is closed already
}

type key struct {
	board driver.Board
	path  string
}

// lines are those that are open in this process.
var lines = struct {
	sync.Mutex
	open map[key]*line
}{open: map[key]*line{}}

// Open opens a board's serial port, or joins those who have it open, which they
// must have with the same rate and parity. b must be comparable, as boards are.
// The caller closes the Line.
func Open(b driver.Board, path string, baud int, parity uart.Parity) (*Line, error) {
	lines.Lock()
	defer lines.Unlock()
	k := key{b, path}
	l := lines.open[k]
	if l == nil {
		port, err := b.Serial(path, baud, parity)
		if err != nil {
			return nil, err
		}
		l = &line{key: k, baud: baud, parity: parity, turn: make(chan struct{}, 1), port: port, client: New(port, baud)}
		lines.open[k] = l
	}
	if l.baud != baud || l.parity != parity {
		return nil, fmt.Errorf("open modbus line %s at %d baud, parity %c: another sensor has it open at %d baud, parity %c: "+
			"all on one line must agree", path, baud, parity, l.baud, l.parity)
	}
	l.users++
	return &Line{shared: l}, nil
}

// Ask waits for other users of the line, and does what Client.Ask does. After
// Close the error is driver.ErrClosed.
func (l *Line) Ask(ctx context.Context, q Query) ([]uint16, error) {
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	s := l.shared
	select {
	case s.turn <- struct{}{}:
		defer func() { <-s.turn }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	if l.closed {
		return nil, driver.ErrClosed
	}
	if s.broken != nil {
		return nil, s.broken
	}
	registers, err := s.client.Ask(ctx, q)
	if errors.Is(err, driver.ErrUnplugged) {
		return nil, s.give(err)
	}
	return registers, err
}

// Close waits for a request that runs. The last user's closes the port.
func (l *Line) Close() error {
	s := l.shared
	s.turn <- struct{}{}
	defer func() { <-s.turn }()
	if l.closed {
		return nil
	}
	l.closed = true
	lines.Lock()
	defer lines.Unlock()
	s.users--
	if s.users > 0 || s.broken != nil {
		return nil
	}
	return s.shut()
}

// give closes a port that has failed at once, so that it can be opened anew while
// other users still hold the line. The turn is the caller's.
func (l *line) give(why error) error {
	lines.Lock()
	defer lines.Unlock()
	l.broken = errors.Join(why, l.shut())
	return l.broken
}

// shut closes the port and forgets the line. lines is the caller's.
func (l *line) shut() error {
	delete(lines.open, l.key)
	if err := l.port.Close(); err != nil {
		return fmt.Errorf("close modbus line %s: %w", l.key.path, err)
	}
	return nil
}
