package secure

import (
	"container/list"
	"net"
	"net/netip"
	"sync"
)

// waiting are connections that have not yet said what they want, the oldest
// first. Where there are too many, in all or of one address, the oldest of them
// goes: who waits longest is least likely to be a node.
type waiting struct {
	mu             sync.Mutex
	closed         bool
	most, mostEach int
	all            *list.List                // of net.Conn
	each           map[netip.Addr]*list.List // of *list.Element in all
	places         map[net.Conn]place
	evicted        uint64
}

// place is where a connection stands in both lists.
type place struct {
	addr      netip.Addr
	all, each *list.Element
}

func (w *waiting) init(most, mostEach int) {
	w.most, w.mostEach = most, mostEach
	w.all, w.each, w.places = list.New(), map[netip.Addr]*list.List{}, map[net.Conn]place{}
}

// add remembers c and evicts others where it must. It returns false after
// closeAll.
func (w *waiting) add(c net.Conn) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.closed {
		return false
	}
	addr := address(c)
	each := w.each[addr]
	if each == nil {
		each = list.New()
		w.each[addr] = each
	}
	at := w.all.PushBack(c)
	w.places[c] = place{addr: addr, all: at, each: each.PushBack(at)}
	if each.Len() > w.mostEach && !addr.IsLoopback() {
		w.evict(each.Front().Value.(*list.Element).Value.(net.Conn))
	}
	if w.all.Len() > w.most {
		w.evict(w.all.Front().Value.(net.Conn))
	}
	return true
}

// remove forgets c.
func (w *waiting) remove(c net.Conn) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.forget(c)
}

func (w *waiting) evict(c net.Conn) {
	w.evicted++
	w.forget(c)
	_ = c.Close()
}

func (w *waiting) forget(c net.Conn) {
	p, ok := w.places[c]
	if !ok {
		return
	}
	delete(w.places, c)
	w.all.Remove(p.all)
	each := w.each[p.addr]
	each.Remove(p.each)
	if each.Len() == 0 {
		delete(w.each, p.addr)
	}
}

func (w *waiting) count() (pending int, evicted uint64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.all.Len(), w.evicted
}

func (w *waiting) closeAll() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.closed = true
	for c := range w.places {
		_ = c.Close()
	}
}

// address is where c comes from. An IPv6 customer has 64 bits of addresses, so
// they count as one.
func address(c net.Conn) netip.Addr {
	ap, err := netip.ParseAddrPort(c.RemoteAddr().String())
	if err != nil {
		return netip.Addr{}
	}
	addr := ap.Addr().Unmap()
	if addr.Is6() {
		if p, err := addr.WithZone("").Prefix(64); err == nil {
			return p.Addr()
		}
	}
	return addr
}
