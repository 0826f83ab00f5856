package tsdb

import "testing"

// The cache grows with the machine where its disk has room for what it makes, and the
// reserve with the cache.
func TestSizes(t *testing.T) {
	const mib, gib = 1 << 20, 1 << 30
	for _, tc := range []struct {
		memory               uint64
		room                 int64
		cache, reserve       int64
		wantCache, wantSpare int64
	}{
		{memory: 0, room: 100 * gib, wantCache: 256 * mib, wantSpare: 32 * mib}, // not known
		{memory: 1 * gib, room: 100 * gib, wantCache: 256 * mib, wantSpare: 32 * mib},
		{memory: 2 * gib, room: 100 * gib, wantCache: 256 * mib, wantSpare: 32 * mib},
		{memory: 4 * gib, room: 100 * gib, wantCache: 512 * mib, wantSpare: 64 * mib},
		{memory: 64 * gib, room: 100 * gib, wantCache: 2 * gib, wantSpare: 256 * mib},
		{memory: 64 * gib, room: 2 * gib, wantCache: 256 * mib, wantSpare: 32 * mib},
		{memory: 64 * gib, room: 100 * gib, reserve: 32 * mib, wantCache: 256 * mib, wantSpare: 32 * mib},
		{memory: 64 * gib, room: 100 * gib, reserve: 100 * mib, wantCache: 800 * mib, wantSpare: 100 * mib},
		{memory: 64 * gib, room: 100 * gib, reserve: 1 * mib, wantCache: 256 * mib, wantSpare: 1 * mib},
		{memory: 64 * gib, room: 100 * gib, reserve: -1, wantCache: 2 * gib, wantSpare: 0},
		{memory: 64 * gib, room: 100 * gib, cache: 16 * mib, wantCache: 16 * mib, wantSpare: 32 * mib},
	} {
		o := Options{CacheBytes: tc.cache, ReserveBytes: tc.reserve}
		if o.size(tc.memory, tc.room); o.CacheBytes != tc.wantCache || o.ReserveBytes != tc.wantSpare {
			t.Errorf("%+v: cache %d MiB, reserve %d MiB", tc, o.CacheBytes/mib, o.ReserveBytes/mib)
		}
	}
}
