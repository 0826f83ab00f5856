package plugin

import (
	"cmp"
	"slices"
	"sync"
	"time"
)

// usualInterval stands for that of a sensor of which it is not known.
const usualInterval = 5 * time.Second

// channel is a live channel's queue. It may be used concurrently.
type channel struct {
	series
	limit int // of queue and held

	mu      sync.Mutex
	last    int64   // the time of the newest row that was queued; 0: none was
	queue   []point // to be sent; when it is full the oldest go, counted
	held    []point // newer, once history has told what was between; when full the oldest go, as history has them
	tries   int     // how often history was asked for it in vain
	dropped int     // rows since somebody asked
}

// offer takes a reading of the event stream, which passes over those between packs. What
// does not follow the last row by about an interval waits for history.
func (c *channel) offer(p point) {
	c.mu.Lock()
	defer c.mu.Unlock()
	newest := c.last
	if n := len(c.held); n > 0 {
		newest = c.held[n-1].ms
	}
	if p.ms <= newest {
		return
	}
	every := c.interval
	if every == 0 {
		every = usualInterval
	}
	if len(c.held) == 0 && (c.last == 0 || p.ms-c.last <= (every*3/2).Milliseconds()) {
		c.push(p)
		return
	}
	if len(c.held) >= c.limit {
		c.held = slices.Delete(c.held, 0, 1)
	}
	c.held = append(c.held, p)
}

// push queues a row.
func (c *channel) push(p point) {
	if len(c.queue) >= c.limit {
		c.queue = slices.Delete(c.queue, 0, 1)
		c.dropped++
		liveDropped.Inc()
	}
	c.queue = append(c.queue, p)
	c.last = p.ms
}

// wants returns the time that history is wanted of, both ends excluded and included.
func (c *channel) wants() (after, until int64, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.held) == 0 {
		return 0, 0, false
	}
	return c.last, c.held[len(c.held)-1].ms, true
}

// fill takes what history has, ascending. What is held beyond that waits on: the center
// shows a reading a moment before it is stored. After tries questions that brought
// nothing new, what is held goes on without.
func (c *channel) fill(history []point, tries int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.held) == 0 {
		return
	}
	until := c.held[len(c.held)-1].ms
	if n := len(history); n > 0 && history[n-1].ms >= c.held[0].ms {
		until = history[n-1].ms
	} else if c.tries++; c.tries < tries {
		return
	} else {
		liveUnfilled.Add(float64(len(c.held)))
	}
	var all []point
	is := make(map[int64]bool, len(c.held))
	for _, p := range c.held {
		if p.ms <= until {
			all = append(all, p)
			is[p.ms] = true
		}
	}
	c.held, c.tries = slices.Delete(c.held, 0, len(all)), 0
	for _, p := range history {
		if !is[p.ms] && p.ms > c.last {
			all = append(all, p)
			liveFilled.Inc()
		}
	}
	slices.SortFunc(all, func(a, b point) int { return cmp.Compare(a.ms, b.ms) })
	for _, p := range all {
		c.push(p)
	}
}

// take returns the rows to be sent now, and how many were dropped since the last time.
func (c *channel) take() (rows []point, dropped int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	rows, dropped = c.queue, c.dropped
	c.queue, c.dropped = nil, 0
	return rows, dropped
}
