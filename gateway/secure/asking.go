package secure

import (
	"net/netip"
	"sync"
)

// asking counts the connections on which HTTP is spoken.
type asking struct {
	mu             sync.Mutex
	most, mostEach int
	all            int
	each           map[netip.Addr]int
}

func (a *asking) init(most, mostEach int) {
	a.most, a.mostEach, a.each = most, mostEach, make(map[netip.Addr]int)
}

// enter counts one from addr, and returns what is to be called once when it is
// gone; nil where there are too many.
func (a *asking) enter(addr netip.Addr) (leave func()) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.all >= a.most || a.each[addr] >= a.mostEach && !addr.IsLoopback() {
		return nil
	}
	a.all++
	a.each[addr]++
	return func() {
		a.mu.Lock()
		defer a.mu.Unlock()
		a.all--
		if a.each[addr]--; a.each[addr] == 0 {
			delete(a.each, addr)
		}
	}
}
