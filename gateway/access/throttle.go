package access

import (
	"hash/maphash"
	"math"
	"net/netip"
	"strings"
	"sync"
	"time"
)

// limit is a bucket: so many at once, then one each so often.
type limit struct {
	burst int
	every time.Duration
}

// buckets are limits by name in bounded memory: names share a table of fixed
// size, chosen by a hash that nobody else can compute. Two names may share a
// bucket; none can be pushed out of it.
type buckets struct {
	limit
	seed maphash.Seed
	now  func() time.Time

	mu    sync.Mutex
	table [4096]bucket
}

// bucket holds what was taken, which runs out with time.
type bucket struct {
	taken float64
	at    time.Time
}

func newBuckets(l limit, now func() time.Time) *buckets {
	return &buckets{limit: l, seed: maphash.MakeSeed(), now: now}
}

// take takes one from a name's bucket and returns 0, or returns after how long
// there is one.
func (b *buckets) take(name string) time.Duration {
	b.mu.Lock()
	defer b.mu.Unlock()
	k := b.level(name)
	if over := k.taken + 1 - float64(b.burst); over > 0 {
		// Up to whole seconds, as people are told.
		return time.Duration(math.Ceil(over*b.every.Seconds())) * time.Second
	}
	k.taken++
	return 0
}

// giveBack undoes a take.
func (b *buckets) giveBack(name string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	k := b.level(name)
	k.taken = max(k.taken-1, 0)
}

// level returns a name's bucket as of now.
func (b *buckets) level(name string) *bucket {
	k := &b.table[maphash.String(b.seed, name)%uint64(len(b.table))]
	now := b.now()
	if gone := now.Sub(k.at); gone > 0 {
		k.taken = max(k.taken-gone.Seconds()/b.every.Seconds(), 0)
		k.at = now
	}
	return k
}

// throttle limits how often somebody may be wrong, by account and by address.
type throttle struct {
	accounts, addresses *buckets
}

// What a person needs who has forgotten which of his passwords it was, and far
// below what guessing takes: 2,880 a day of an account.
var (
	perAccount = limit{burst: 10, every: 30 * time.Second}
	perAddress = limit{burst: 20, every: 10 * time.Second}
)

func newThrottle(now func() time.Time) throttle {
	return throttle{newBuckets(perAccount, now), newBuckets(perAddress, now)}
}

// take counts an attempt before its work is done, so that many at once are no way
// around it. It returns 0, or after how long another may be made.
func (t throttle) take(account, address string) time.Duration {
	if wait := t.addresses.take(network(address)); wait > 0 {
		return wait
	}
	wait := t.accounts.take(strings.ToLower(account))
	if wait > 0 {
		t.addresses.giveBack(network(address))
	}
	return wait
}

// right takes an attempt back that was right.
func (t throttle) right(account, address string) {
	t.accounts.giveBack(strings.ToLower(account))
	t.addresses.giveBack(network(address))
}

// network is who has an address: in IPv6 a subscriber has a /64 (RFC 6177).
func network(address string) string {
	addr, err := netip.ParseAddr(address)
	if err != nil || addr.Unmap().Is4() {
		return address
	}
	prefix, err := addr.WithZone("").Prefix(64)
	if err != nil {
		return address
	}
	return prefix.String()
}
