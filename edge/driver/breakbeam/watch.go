package breakbeam

import (
	"sync/atomic"
	"time"

	"github.com/siaga-id/siaga/edge/driver"
)

const (
	// poll is how long to wait for an edge before looking at the level, and how
	// long Sense and Close may have to wait.
	poll = 100 * time.Millisecond
	// peek is how long to wait for an edge that may be queued.
	peek = 2 * time.Millisecond
	// rest keeps a pin that refuses to wait from taking a whole processor.
	rest = 10 * time.Millisecond
	// burst bounds the edges that are made sense of together. The kernel queues
	// 16 for a line.
	burst = 64
)

// cut is a Sense that wants the window's values.
type cut struct {
	end    time.Duration       // of the window
	taken  atomic.Bool         // by watch, or given up by Sense
	values chan []driver.Value // holds one
}

// watch follows the pin until Close.
func (d *Dev) watch() {
	defer close(d.done)
	for {
		select {
		case <-d.stop:
			return
		case c := <-d.cuts:
			d.cut(c)
			continue
		default:
		}
		began := time.Now()
		if d.pin.WaitForEdge(poll) {
			told := d.edge()
			select {
			case c := <-d.cuts:
				d.cut(c, told)
			default:
				d.follow(told)
			}
			continue
		}
		d.follow()
		if time.Since(began) < time.Millisecond {
			select {
			case <-d.stop:
			case <-time.After(rest):
			}
		}
	}
}

// cut ends the window. Edges that came before its end are taken first, however
// late this goroutine is: a beam that seems blocked may long be clear. told is
// the edge told last, if it is not taken yet.
func (d *Dev) cut(c *cut, told ...time.Duration) {
	if !c.taken.CompareAndSwap(false, true) {
		d.follow(told...)
		return
	}
	for len(told) == 0 || told[0] < c.end {
		d.follow(told...)
		if told = told[:0]; !d.pin.WaitForEdge(peek) {
			break
		}
		told = append(told, d.edge())
	}
	w, length := d.beam.cut(c.end)
	d.follow(told...)
	if !d.opened || length <= 0 {
		d.opened = true
		c.values <- nil
		return
	}
	c.values <- w.values(length)
}

// follow takes the edges told so far, and those that the pin's level says must
// be queued behind them. Each edge turns the level; so an even number of them
// with a changed level means that one more is to come, and when it does not
// come, that the pin has told one too many or lost one: then the level is right.
func (d *Dev) follow(edges ...time.Duration) {
	turned := d.turned(len(edges))
	for turned && len(edges) < burst && d.pin.WaitForEdge(peek) {
		edges = append(edges, d.edge())
		turned = d.turned(len(edges))
	}
	switch {
	case turned && len(edges) == 0:
		d.beam.missed(d.now())
	case turned && len(edges) < burst:
		edges = edges[:len(edges)-1]
	}
	for _, t := range edges {
		d.beam.edge(t)
	}
	if len(edges) == 0 {
		d.beam.settle(d.now())
	}
}

// turned reports whether the pin's level is not what n more edges make it.
func (d *Dev) turned(n int) bool {
	level := d.beam.raw() != (n%2 == 1)
	return level != (d.pin.Read() == d.blocked)
}
