package api

import "sync"

const (
	// maxStreams bounds the event streams at once, maxStreamsEach those of one
	// address, or of what a subscriber has in IPv6: a wall and some people beside it,
	// and never all. Those behind a proxy share its address.
	maxStreams     = 64
	maxStreamsEach = 16
)

// places are those of the event streams, of which each network has its share.
type places struct {
	mu    sync.Mutex
	all   int
	taken map[string]int // by network; none is 0
}

// take takes a place, or says what is full: the network's share (own) or all there
// is. leave gives it back.
func (p *places) take(network string) (leave func(), own, ok bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.taken[network] >= maxStreamsEach {
		return nil, true, false
	}
	if p.all >= maxStreams {
		return nil, false, false
	}
	if p.taken == nil {
		p.taken = make(map[string]int)
	}
	p.all++
	p.taken[network]++
	return func() { p.leave(network) }, false, true
}

func (p *places) leave(network string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.all--
	if p.taken[network]--; p.taken[network] == 0 {
		delete(p.taken, network)
	}
}
