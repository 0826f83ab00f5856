package authority

import (
	"net/netip"
	"sync"
	"time"
)

// Bounds of requests for certificates. A token's secret has 128 bits, so that
// nobody guesses one; what is guarded is the center's work.
const (
	// vainBurst is how many requests of one address may be in vain or under way,
	// and vainEvery in what time another may. Those that succeed do not count:
	// a district's nodes may share an address behind their provider's translation.
	vainBurst = 32
	vainEvery = 10 * time.Second
	// allPerSecond and allBurst bound requests of all addresses: each costs a
	// signature's verification and one or two fsyncs.
	allPerSecond = 100
	allBurst     = 200
	// maxAddresses bounds what is remembered.
	maxAddresses = 4096
)

// attempts bounds requests. Its zero value is ready.
type attempts struct {
	mu   sync.Mutex
	all  bucket
	from map[netip.Addr]bucket // without those that have nothing to their account
}

// bucket counts what was spent and not yet given back by time. Its zero value is
// full. Unlike rate.Limiter's, it goes on where the clock is set back.
type bucket struct {
	spent float64
	at    time.Time
}

// left returns what may be spent at once, of burst.
func (b *bucket) left(now time.Time, burst int, every time.Duration) float64 {
	if since := now.Sub(b.at); since > 0 {
		b.spent = max(0, b.spent-since.Seconds()/every.Seconds())
	}
	b.at = now
	return float64(burst) - b.spent
}

// take spends one, where there is one.
func (b *bucket) take(now time.Time, burst int, every time.Duration) bool {
	if b.left(now, burst, every) < 1 {
		return false
	}
	b.spent++
	return true
}

// begin says whether a request may be made, and counts it as in vain.
func (a *attempts) begin(address string, now time.Time) bool {
	key := network(address)
	a.mu.Lock()
	defer a.mu.Unlock()
	b, known := a.from[key]
	left := b.left(now, vainBurst, vainEvery)
	if known {
		a.from[key] = b
	}
	if left < 1 || !a.all.take(now, allBurst, time.Second/allPerSecond) {
		return false
	}
	if !known {
		a.makeRoom(now)
	}
	b.spent++
	a.from[key] = b
	return true
}

// succeeded takes back that a request was in vain.
func (a *attempts) succeeded(address string) {
	key := network(address)
	a.mu.Lock()
	defer a.mu.Unlock()
	b, known := a.from[key]
	if !known {
		return
	}
	if b.spent--; b.spent <= 0 {
		delete(a.from, key)
		return
	}
	a.from[key] = b
}

// makeRoom forgets addresses that have nothing to their account, or else any: the
// bound of all requests holds on.
func (a *attempts) makeRoom(now time.Time) {
	if a.from == nil {
		a.from = make(map[netip.Addr]bucket)
	}
	if len(a.from) < maxAddresses {
		return
	}
	for k, b := range a.from {
		if b.left(now, vainBurst, vainEvery) >= vainBurst {
			delete(a.from, k)
		}
	}
	for k := range a.from {
		if len(a.from) < maxAddresses {
			return
		}
		delete(a.from, k)
	}
}

// network is the address that counts: with IPv6, a customer has 64 bits of them.
func network(address string) netip.Addr {
	if ap, err := netip.ParseAddrPort(address); err == nil {
		address = ap.Addr().String()
	}
	addr, err := netip.ParseAddr(address)
	if err != nil {
		return netip.Addr{}
	}
	addr = addr.Unmap().WithZone("")
	if addr.Is6() {
		if p, err := addr.Prefix(64); err == nil {
			return p.Addr()
		}
	}
	return addr
}
