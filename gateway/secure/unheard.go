package secure

import (
	"sync"
	"time"
)

// unheard counts connections that ended without having said what they want. A
// scanner's few are no news; many are a siege, or nodes that do not get through.
type unheard struct {
	mu    sync.Mutex
	count int
	told  time.Time
}

const (
	manyUnheard = 50
	tellEvery   = time.Minute
)

// add counts one, and returns how many there were since it was last told, where
// that is worth telling now, else 0.
func (u *unheard) add(now time.Time) int {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.count++
	if u.count < manyUnheard || now.Sub(u.told) < tellEvery {
		return 0
	}
	n := u.count
	u.count, u.told = 0, now
	return n
}
