package ingest

import (
	"hash/maphash"
	"sync"

	"github.com/siaga-id/siaga/internal/reading"
)

// packID is what must be unique to a pack. Where epoch and seq could not be
// read, seq is its length.
type packID struct {
	node  reading.NodeID
	epoch string
	seq   uint64
}

// recent remembers the checks of packs that were made durable, at least the last
// n and at most twice as many. It spares work and finds cloned cards; that it
// forgets, or takes one of 2^64 for another, costs no reading. It is safe for
// concurrent use.
type recent struct {
	seed maphash.Seed
	n    int

	mu       sync.Mutex
	now, old map[uint64]uint32
}

func newRecent(n int) *recent {
	return &recent{seed: maphash.MakeSeed(), n: n, now: make(map[uint64]uint32)}
}

// check returns the check under which the pack was last made durable, and
// whether it was.
func (r *recent) check(id packID) (uint32, bool) {
	key := maphash.Comparable(r.seed, id)
	r.mu.Lock()
	defer r.mu.Unlock()
	if c, ok := r.now[key]; ok {
		return c, true
	}
	c, ok := r.old[key]
	return c, ok
}

// add remembers a pack that was made durable.
func (r *recent) add(id packID, check uint32) {
	key := maphash.Comparable(r.seed, id)
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.now) >= r.n {
		r.old, r.now = r.now, make(map[uint64]uint32, r.n)
	}
	r.now[key] = check
}
