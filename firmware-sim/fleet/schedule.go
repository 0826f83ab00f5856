package fleet

import (
	"fmt"
	"time"

	"github.com/siaga-id/siaga/firmware-sim/world"
)

// rhythm is how often a sensor is read in the seeded world.
type rhythm time.Duration

// A PMS5003 in a steady air speaks every 2.3 s. What is counted is counted over
// a while.
const (
	airRhythm     = rhythm(5 * time.Second)
	weatherRhythm = rhythm(5 * time.Second)
	waterRhythm   = rhythm(2 * time.Second)
	countRhythm   = rhythm(20 * time.Second)
)

// schedule is how often each kind of sensor is read.
//
// Under a trace all are read in step with its rows, so that no value is of one
// row and dated in the next: what is measured in a moment is read in the middle
// of each of a row's pieces, and what is counted over a while is counted over
// half a row, or as much of it as is sure to end where the row does.
type schedule struct {
	// span is the part of a row that is cut into pieces, of which it holds an odd
	// number; both are 0 in the seeded world.
	span, piece time.Duration
}

const (
	// leastPiece keeps half a piece longer than a frame counts as fresh, so that
	// none is taken for a row that it does not belong to.
	leastPiece = 12 * time.Second
	// calmPiece is how short a piece should be in real time, leastRow how short a
	// row can be: drivers need some hundredths of a second to notice a new value.
	calmPiece = 250 * time.Millisecond
	leastRow  = 200 * time.Millisecond
)

// newSchedule returns the schedule for a trace that is replayed at a speed. A
// speed that no driver can follow is an error.
func newSchedule(t *world.Trace, speed float64) (schedule, error) {
	step := t.Step()
	if time.Duration(float64(step)/speed) < leastRow {
		return schedule{}, fmt.Errorf("speed %g is too fast for rows that are %v apart: use at most %g", speed, step, step.Seconds()/leastRow.Seconds())
	}
	floor := max(leastPiece, time.Duration(speed*float64(calmPiece)))
	span := t.Grid()
	if span < floor {
		span = step // the ends of odd rows are met roughly
	}
	for n := (span/floor - 1) | 1; n > 1; n -= 2 {
		if span%(2*n*time.Millisecond) == 0 {
			return schedule{span: span, piece: span / n}, nil
		}
	}
	return schedule{span: span, piece: span}, nil
}

// interval is how often a sensor of that kind is read.
func (s schedule) interval(p part) time.Duration {
	switch {
	case s.piece > 0 && p.kind == countRhythm:
		return s.span / 2
	case s.piece > 0:
		return s.piece
	}
	return time.Duration(p.kind)
}

// step is the distance of moments at which anything is read.
func (s schedule) step() time.Duration { return s.piece / 2 }

// lead is the boot time when the first row begins. Agents read at multiples of
// the interval in boot time: so it puts those into the middle of pieces and at
// the halves of spans, and a millisecond before, so that a window that ends with
// a row is dated in it.
func (s schedule) lead() time.Duration {
	if s.span == 0 {
		return 0
	}
	return s.span/2 + time.Millisecond
}
