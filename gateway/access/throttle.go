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

// throttle limits how often somebody may be wrong. One limit alone serves the
// attacker: by address it lets him guess from a thousand of them, by account he
// shuts out whose it is by being wrong himself. So there are three:
//
//   - by address, whatever the account: who goes through many accounts;
//   - by account and address: who goes through many passwords;
//   - by account, over all addresses from which nobody has signed in to it before:
//     who does so from many addresses. It is wider and refills slower, and those
//     from which somebody has do not count here and are not held up, so that nobody
//     elsewhere can shut them out.
//
// Those behind one address share its limits; a registered account's owner at an
// address that is new to the center waits while others are wrong elsewhere.
type throttle struct {
	addresses, pairs, accounts *buckets
}

// What a person needs who has forgotten which of his passwords it was, and far
// below what guessing takes: 1,440 a day of an account from anywhere, 2,880 from
// where somebody has signed in to it.
var (
	perAddress = limit{burst: 20, every: 10 * time.Second}
	perPair    = limit{burst: 10, every: 30 * time.Second}
	perAccount = limit{burst: 50, every: time.Minute}
)

func newThrottle(now func() time.Time) throttle {
	return throttle{newBuckets(perAddress, now), newBuckets(perPair, now), newBuckets(perAccount, now)}
}

// take counts an attempt before its work is done, so that many at once are no way
// around it. It returns 0 and how to take it back, for when it was right or nothing
// came of it; or after how long another may be made. familiar: somebody has signed
// in to the account from that address.
func (t throttle) take(account, address string, familiar bool) (wait time.Duration, undo func()) {
	account, address = strings.ToLower(account), network(address)
	type place struct {
		in   *buckets
		name string
	}
	places := []place{{t.addresses, address}, {t.pairs, account + " " + address}, {t.accounts, account}}
	if familiar {
		places = places[:2]
	}
	giveBack := func(taken []place) {
		for _, one := range taken {
			one.in.giveBack(one.name)
		}
	}
	for i, one := range places {
		if wait := one.in.take(one.name); wait > 0 {
			giveBack(places[:i])
			return wait, nil
		}
	}
	return 0, func() { giveBack(places) }
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
