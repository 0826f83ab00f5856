package pms5003

import (
	"sync"
	"time"
)

const (
	// lead is how much earlier than its warm-up asks for the sensor is woken: Sense
	// may come a little early.
	lead = 5 * time.Second
	// leastSleep is the shortest sleep that is worth a start of the fan.
	leastSleep = time.Minute
)

// rest lets the sensor sleep between readings, and wakes it in time for the next
// one, in a goroutine of its own. Its methods may be called concurrently.
type rest struct {
	before time.Duration // how long before a reading it must be awake
	send   func(...[]byte) error
	wake   func() error
	alarm  chan time.Duration // holds the newest; only begin sends, under mu
	quit   chan struct{}
	done   chan struct{}
	once   sync.Once

	mu     sync.Mutex
	asked  time.Time     // when the last reading was asked for
	every  time.Duration // how far the last two were apart; 0 is unknown
	asleep bool
}

func startRest(before time.Duration, send func(...[]byte) error, wake func() error) *rest {
	r := &rest{
		before: before, send: send, wake: wake,
		alarm: make(chan time.Duration, 1), quit: make(chan struct{}), done: make(chan struct{}),
	}
	go r.run()
	return r
}

// end tells that a reading is asked for, and wakes a sensor that still sleeps.
func (r *rest) end() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	now := time.Now()
	if !r.asked.IsZero() {
		r.every = now.Sub(r.asked)
	}
	r.asked = now
	return r.rouse()
}

// begin lets the sensor sleep where the next reading is far enough away. A
// command that cannot be written leaves it awake: the next reading says why.
func (r *rest) begin() {
	r.mu.Lock()
	defer r.mu.Unlock()
	sleep := r.every - time.Since(r.asked) - r.before
	if sleep < leastSleep || r.send(cmdSleep) != nil {
		return
	}
	r.asleep = true
	select {
	case <-r.alarm:
	default:
	}
	r.alarm <- sleep
}

// stop ends the goroutine and waits for it.
func (r *rest) stop() {
	r.once.Do(func() { close(r.quit) })
	<-r.done
}

func (r *rest) run() {
	defer close(r.done)
	timer := time.NewTimer(time.Hour)
	timer.Stop()
	defer timer.Stop()
	for {
		select {
		case <-r.quit:
			return
		case sleep := <-r.alarm:
			timer.Reset(sleep)
		case <-timer.C:
			r.mu.Lock()
			_ = r.rouse() // asleep still: the next reading tries again and says why
			r.mu.Unlock()
		}
	}
}

// rouse wakes a sleeping sensor. It is called with mu held.
func (r *rest) rouse() error {
	if !r.asleep {
		return nil
	}
	if err := r.wake(); err != nil {
		return err
	}
	r.asleep = false
	return nil
}
