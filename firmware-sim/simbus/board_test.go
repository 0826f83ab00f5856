package simbus

import (
	"errors"
	"time"
)

// bubbleClock is a clock over the time of a synctest bubble.
type bubbleClock struct {
	start time.Time
	speed float64
}

func newClock(speed float64) bubbleClock { return bubbleClock{time.Now(), speed} }

func (c bubbleClock) Start() time.Time { return c.start }
func (c bubbleClock) Speed() float64   { return c.speed }
func (c bubbleClock) Now() time.Time {
	return c.start.Add(time.Duration(float64(time.Since(c.start)) * c.speed))
}

// talker says "tick" and a number once a second, and echoes what it hears.
type talker struct {
	next  time.Time
	count byte
	heard []byte
}

func (c *talker) Receive(_ time.Time, b []byte) { c.heard = append(c.heard, b...) }

func (c *talker) Send(now time.Time) ([]byte, time.Time) {
	if b := c.heard; b != nil {
		c.heard = nil
		return b, now
	}
	if c.next.IsZero() {
		c.next = now.Add(time.Second)
	}
	if c.next.After(now) {
		return nil, c.next
	}
	c.next = c.next.Add(time.Second)
	c.count++
	return []byte{'t', 'i', 'c', 'k', c.count}, now
}

// memory is an I2C chip of 256 bytes.
type memory struct {
	cells [256]byte
	err   error
}

func (c *memory) Tx(_ time.Time, w, r []byte) error {
	if c.err != nil || len(w) == 0 {
		return errors.Join(c.err, errors.New("nothing written"))
	}
	copy(c.cells[w[0]:], w[1:])
	copy(r, c.cells[w[0]:])
	return nil
}

// blinker is a line that is high for the first half of every period.
type blinker struct {
	start  time.Time
	period time.Duration
}

func (c blinker) Level(at time.Time) bool { return at.Sub(c.start)%c.period < c.period/2 }

func (c blinker) NextEdge(after, limit time.Time) (time.Time, bool, bool) {
	half := c.period / 2
	n := after.Sub(c.start)/half + 1
	at := c.start.Add(n * half)
	return at, n%2 == 0, !at.After(limit)
}
