package pulse

import (
	"sync/atomic"
	"time"
)

const (
	// poll is how long to wait for an edge before looking at the level, and how
	// long Cut and Close may have to wait.
	poll = 100 * time.Millisecond
	// peek is how long to wait for an edge that may be queued.
	peek = 2 * time.Millisecond
	// rest keeps a pin that refuses to wait from taking a whole processor.
	rest = 10 * time.Millisecond
	// burst bounds the edges that are made sense of together. The kernel queues
	// 16 for a line.
	burst = 64
)

// cut asks for the window.
type cut[W any] struct {
	end    time.Duration // of the window
	taken  atomic.Bool   // by watch, or given up by Cut
	window chan W        // holds one
}

// watch follows the pin until Close.
func (l *Line[W]) watch() {
	defer close(l.done)
	for {
		select {
		case <-l.stop:
			return
		case c := <-l.cuts:
			l.cut(c)
			continue
		default:
		}
		began := time.Now()
		if l.pin.WaitForEdge(poll) {
			told := l.edge()
			select {
			case c := <-l.cuts:
				l.cut(c, told)
			default:
				l.take(told)
			}
			continue
		}
		l.take()
		if time.Since(began) < time.Millisecond {
			select {
			case <-l.stop:
			case <-time.After(rest):
			}
		}
	}
}

// cut ends the window. Edges that came before its end are taken first, however
// late this goroutine is: a line that seems active may long be idle. told is
// the edge told last, if it is not taken yet.
func (l *Line[W]) cut(c *cut[W], told ...time.Duration) {
	if !c.taken.CompareAndSwap(false, true) {
		l.take(told...)
		return
	}
	for len(told) == 0 || told[0] < c.end {
		l.take(told...)
		if told = told[:0]; !l.pin.WaitForEdge(peek) {
			break
		}
		told = append(told, l.edge())
	}
	w := l.follow.Cut(c.end)
	l.take(told...)
	c.window <- w // never blocks: it holds one, and is asked for once
}

// take takes the edges told so far, and those that the pin's level says must be
// queued behind them. Each edge turns the level; so an even number of them with
// a changed level means that one more is to come, and when it does not come,
// that the pin has told one too many or lost one: then the level is right.
func (l *Line[W]) take(edges ...time.Duration) {
	turned := l.turned(len(edges))
	for turned && len(edges) < burst && l.pin.WaitForEdge(peek) {
		edges = append(edges, l.edge())
		turned = l.turned(len(edges))
	}
	switch {
	case turned && len(edges) == 0:
		l.follow.Miss(l.now())
	case turned && len(edges) < burst:
		edges = edges[:len(edges)-1]
	}
	for _, t := range edges {
		l.follow.Edge(t)
	}
	if len(edges) == 0 {
		l.follow.Settle(l.now())
	}
}

// turned reports whether the pin's level is not what n more edges make it.
func (l *Line[W]) turned(n int) bool {
	level := l.follow.Active() != (n%2 == 1)
	return level != (l.pin.Read() == l.active)
}
