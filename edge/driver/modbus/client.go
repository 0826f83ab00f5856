package modbus

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/siaga-id/siaga/edge/driver"
)

// patience is how long a slave may take until its answer is whole. The serial
// line guide (§2.4.1) calls a second to several typical at 9600 baud.
const patience = time.Second

// longest bounds what is kept of a line that does not stop talking.
const longest = 512

// Client asks slaves over an open port. It is for one goroutine.
type Client struct {
	port  io.ReadWriter
	gap   time.Duration // of silence before a request
	last  time.Time     // when something was last on the line
	stale bool          // an answer that was given up may still come
}

// New returns a client on a port at a rate in baud. The port's Read must return 0
// bytes and no error after a while without data.
func New(port io.ReadWriter, baud int) *Client {
	return &Client{port: port, gap: silence(baud)}
}

// silence returns 3.5 characters of 11 bits; above 19200 baud it is 1.75 ms
// (serial line guide, §2.5.1.1).
func silence(baud int) time.Duration {
	const bits = 38500 * time.Millisecond // 3.5 · 11 s
	return max(bits/time.Duration(max(baud, 1)), 1750*time.Microsecond)
}

// Ask sends a query and returns the registers that the slave answers with. Errors:
// driver.ErrNoAnswer (silence for a second), ErrChecksum (bytes, but no answer),
// ErrWrongDevice (only another slave answered), ErrRefused with the slave's
// Exception, ErrUnplugged, or ctx's own. Cancelling takes effect when the port's
// Read returns.
func (c *Client) Ask(ctx context.Context, q Query) ([]uint16, error) {
	a, err := c.ask(ctx, q)
	if err == nil && a.exception != 0 {
		err = fmt.Errorf("%w: %w", driver.ErrRefused, a.exception)
	}
	if err != nil {
		return nil, fmt.Errorf("ask unit %d for register %d: %w", q.Unit, q.Address, err)
	}
	return a.registers, nil
}

func (c *Client) ask(ctx context.Context, q Query) (answer, error) {
	if err := q.Validate(); err != nil {
		return answer{}, err
	}
	if err := c.hush(ctx); err != nil {
		return answer{}, err
	}
	c.stale = true
	if _, err := c.port.Write(Request(q)); err != nil {
		return answer{}, fmt.Errorf("%w: %w", driver.ErrUnplugged, err)
	}
	c.last = time.Now()
	return c.listen(ctx, q)
}

// hush waits until the line has been silent for long enough. What comes until
// then is an answer to an earlier query, or noise.
func (c *Client) hush(ctx context.Context) error {
	var b [longest]byte
	for began := time.Now(); c.stale; {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		n, err := c.port.Read(b[:])
		if err != nil {
			return fmt.Errorf("%w: %w", driver.ErrUnplugged, err)
		}
		if n == 0 {
			c.stale = false
		} else if c.last = time.Now(); c.last.Sub(began) > patience {
			return fmt.Errorf("%w: the line does not fall silent", driver.ErrChecksum)
		}
	}
	wait := time.NewTimer(time.Until(c.last.Add(c.gap)))
	defer wait.Stop()
	select {
	case <-wait.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// listen waits for the answer to q.
func (c *Client) listen(ctx context.Context, q Query) (answer, error) {
	var (
		chunk [longest]byte
		heard []byte
		began = time.Now()
		other bool
	)
	for {
		n, err := c.port.Read(chunk[:])
		if err != nil {
			return answer{}, fmt.Errorf("%w: %w", driver.ErrUnplugged, err)
		}
		if n > 0 {
			c.last = time.Now()
			heard = append(heard, chunk[:n]...)
			heard = heard[max(0, len(heard)-longest):]
			a, ok, foreign := search(heard, q)
			if ok {
				c.stale = false
				return a, nil
			}
			other = other || foreign
		}
		if errors.Is(ctx.Err(), context.Canceled) {
			return answer{}, ctx.Err()
		}
		if ctx.Err() == nil && time.Since(began) < patience {
			continue
		}
		switch {
		case other:
			return answer{}, fmt.Errorf("%w: another unit answered", driver.ErrWrongDevice)
		case len(heard) > 0:
			return answer{}, fmt.Errorf("%w: % x", driver.ErrChecksum, heard[:min(len(heard), 16)])
		}
		return answer{}, fmt.Errorf("%w within %v", driver.ErrNoAnswer, time.Since(began).Round(time.Millisecond))
	}
}
