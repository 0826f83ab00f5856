package modbus

import (
	"context"
	"errors"
	"io"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"periph.io/x/conn/v3/uart"

	"github.com/siaga-id/siaga/edge/driver"
	"github.com/siaga-id/siaga/edge/driver/drivertest"
)

// board has one port at a time; its other methods panic.
type board struct {
	driver.Board
	port   *slave
	opened int
	open   bool
}

var errBusy = errors.New("busy")

func (b *board) Serial(string, int, uart.Parity) (io.ReadWriteCloser, error) {
	if b.open {
		return nil, errBusy
	}
	b.opened++
	b.open = true
	return &handle{b.port, b}, nil
}

type handle struct {
	*slave
	board *board
}

func (h *handle) Close() error {
	h.board.open = false
	return h.slave.Close()
}

func share(t *testing.T, b *board) *Line {
	t.Helper()
	l, err := Open(b, "/dev/ttyUSB0", 9600, uart.NoParity)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func TestUsersShareAPort(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := &board{port: &slave{Port: drivertest.NewPort(), later: 30 * time.Millisecond}}
		b.port.answers = func(request []byte) []byte { return sealed(request[0], 3, 2, 0, 10*request[0]) }
		var users sync.WaitGroup
		for unit := uint8(1); unit <= 5; unit++ {
			l := share(t, b)
			users.Go(func() {
				for range 4 {
					got, err := l.Ask(t.Context(), Query{Unit: unit, Function: 3, Count: 1})
					if err != nil || got[0] != uint16(10*unit) {
						t.Errorf("unit %d: %v, %v", unit, got, err)
					}
				}
				for range 2 {
					if err := l.Close(); err != nil {
						t.Error(err)
					}
				}
				if _, err := l.Ask(t.Context(), first); !errors.Is(err, driver.ErrClosed) {
					t.Errorf("after Close: %v", err)
				}
			})
		}
		users.Wait()
		if b.opened != 1 || b.open || len(lines.open) != 0 {
			t.Errorf("opened %d times, still open: %v, %d lines", b.opened, b.open, len(lines.open))
		}
	})
}

func TestUsersMustAgree(t *testing.T) {
	b := &board{port: saying()}
	l := share(t, b)
	defer l.Close()
	if _, err := Open(b, "/dev/ttyUSB0", 4800, uart.NoParity); err == nil {
		t.Error("opened at another rate")
	}
	if _, err := Open(b, "/dev/ttyUSB0", 9600, uart.Even); err == nil {
		t.Error("opened with another parity")
	}
	if _, err := Open(b, "/dev/ttyUSB1", 4800, uart.NoParity); !errors.Is(err, errBusy) {
		t.Errorf("another port, which the board does not have: %v", err)
	}
}

func TestAPortThatFailedIsOpenedAnew(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := &board{port: saying(answer2000...)}
		l1, l2 := share(t, b), share(t, b)
		b.port.Unplug(errors.New("gone"))
		for _, l := range []*Line{l1, l2, l1} {
			if _, err := l.Ask(t.Context(), first); !errors.Is(err, driver.ErrUnplugged) {
				t.Errorf("Ask: %v", err)
			}
		}
		b.port = saying(answer2000...)
		again := share(t, b)
		if got, err := again.Ask(t.Context(), first); err != nil || got[0] != 2000 {
			t.Errorf("plugged in again: %v, %v", got, err)
		}
		if err := errors.Join(l1.Close(), l2.Close()); err != nil || !b.open {
			t.Errorf("closing the old ones: %v; the new port is open: %v", err, b.open)
		}
		if err := again.Close(); err != nil || b.open || len(lines.open) != 0 {
			t.Errorf("Close: %v, still open: %v, %d lines", err, b.open, len(lines.open))
		}
	})
}

func TestWaitingForATurnEndsWithTheContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := share(t, &board{port: saying()})
		defer l.Close()
		l.shared.turn <- struct{}{}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := l.Ask(ctx, first); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Ask: %v", err)
		}
		<-l.shared.turn
	})
}
