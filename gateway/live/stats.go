package live

import (
	"sync"
	"time"
)

// Stats is the hub in figures.
type Stats struct {
	// Nodes are those in service that were heard of, Online those of them that are.
	Nodes, Online int
	// ReadingsPerSecond is the mean over the last ten seconds of what arrived,
	// backlog and previews included.
	ReadingsPerSecond float64
	// Newest is the newest reading's time, previews apart; zero when there is none.
	Newest time.Time
	// Dropped counts readings that the bounds on nodes and series kept out.
	Dropped uint64
	// Subscribers are there now. Reseeds counts how often one fell behind, so that
	// what waited for it was thrown away and it had to take everything anew.
	Subscribers int
	Reseeds     uint64
}

// Stats returns the hub's figures of now.
func (h *Hub) Stats() Stats {
	st := Stats{ReadingsPerSecond: h.meter.rate(), Dropped: h.dropped.Load(), Reseeds: h.reseeds.Load()}
	if t := h.newest.Load(); t != 0 {
		st.Newest = time.UnixMilli(t).UTC()
	}
	h.subMu.Lock()
	st.Subscribers = len(h.subs)
	h.subMu.Unlock()
	for _, n := range h.pick("") {
		n.mu.Lock()
		if !n.is.Retired {
			st.Nodes++
			if n.is.Online {
				st.Online++
			}
		}
		n.mu.Unlock()
	}
	return st
}

// meter turns a running total into a rate.
type meter struct {
	mu      sync.Mutex
	samples []sample // of the last ten seconds, oldest first
}

type sample struct {
	at    time.Time
	total uint64
}

const meterSpan = 10 * time.Second

func (m *meter) sample(now time.Time, total uint64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.samples = append(m.samples, sample{now, total})
	drop := 0
	for now.Sub(m.samples[drop].at) > meterSpan {
		drop++
	}
	m.samples = append(m.samples[:0], m.samples[drop:]...)
}

func (m *meter) rate() float64 {
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.samples) < 2 {
		return 0
	}
	first, last := m.samples[0], m.samples[len(m.samples)-1]
	if s := last.at.Sub(first.at).Seconds(); s > 0 {
		return float64(last.total-first.total) / s
	}
	return 0
}
