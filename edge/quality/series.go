package quality

import (
	"math"
	"time"

	"github.com/siaga-id/siaga/internal/reading"
)

const (
	// rateOver is over what a change is measured: a noisy sensor that is read each
	// second may use up the step of a minute at once.
	rateOver = time.Minute
	// rateReach is how old the value may be with which one is compared. It takes in
	// sensors that are read each quarter of an hour.
	rateReach = 20 * time.Minute
	// flatCount is how many values must be the same besides the first before they
	// are a flat line, however long they took (REP_CNT_FAIL in the examples of the
	// QARTOD manuals).
	flatCount = 5
)

// series is what is kept of one series between its values.
type series struct {
	quantity reading.Quantity
	rules    rules
	rate     rateOfChange
	flat     flatLine
	// doubt is whether the last value jumped or was stuck.
	doubt bool
}

// judge returns the flag of a value, as it travels, of which the driver said
// said. Tests give Good for passed, Suspect, or NotEvaluated for not run, so that
// the largest is what they say together.
func (s *series) judge(at time.Duration, v float64, said reading.Quality) reading.Quality {
	r := &s.rules
	flag := reading.Good
	if v < r.min || v > r.max {
		flag = reading.Suspect
	}
	doubt := reading.Good
	if r.stuck > 0 {
		doubt = max(doubt, s.flat.test(at, v, r))
	}
	// What is wrong already is nothing to compare the next with.
	if r.step > 0 && max(flag, doubt, said) < reading.Suspect {
		doubt = max(doubt, s.rate.test(at, v, r.step))
	}
	s.doubt = doubt == reading.Suspect
	if flag = max(flag, doubt); said > reading.NotEvaluated {
		return flag.Worse(said)
	}
	return flag
}

// rateOfChange is the Rate of Change Test. It compares with one earlier value
// that passed, which it renews each minute, so that a slow ramp is seen as such
// and a spike is never what the next is compared with.
type rateOfChange struct {
	known bool
	value float64
	at    time.Duration
}

func (t *rateOfChange) test(at time.Duration, v, step float64) reading.Quality {
	age := at - t.at
	if !t.known || age > rateReach {
		*t = rateOfChange{known: true, value: v, at: at}
		return reading.NotEvaluated
	}
	allowed := step * max(age, rateOver).Minutes()
	if math.Abs(v-t.value) > allowed*(1+1e-9) { // 25.1-20.1 is a little more than 5
		return reading.Suspect
	}
	if age >= rateOver {
		t.value, t.at = v, at
	}
	return reading.Good
}

// flatLine is the Flat Line Test.
type flatLine struct {
	known bool
	value float64
	since time.Duration // when it came up
	last  time.Duration // when it was seen last
	same  int           // how often it was seen again, up to flatCount
	moved bool          // whether there was another value before it
}

func (t *flatLine) test(at time.Duration, v float64, r *rules) reading.Quality {
	switch {
	case !t.known || at-t.last > r.stuck/2: // nobody knows what was in between
		*t = flatLine{known: true, value: v, since: at}
	case v != t.value:
		*t = flatLine{known: true, value: v, since: at, moved: true}
	default:
		t.same = min(t.same+1, flatCount)
	}
	t.last = at
	switch {
	case at-t.since < r.stuck || t.same < flatCount:
		if t.moved {
			return reading.Good
		}
		return reading.NotEvaluated
	case r.low != 0 && v < r.low || r.high != 0 && v >= r.high:
		return reading.NotEvaluated
	}
	return reading.Suspect
}
