package edge

import (
	"sync"
	"time"

	"github.com/siaga-id/siaga/internal/wire"
)

// timekeeper is the one place where boot time becomes UTC. It may be used
// concurrently.
type timekeeper struct {
	clock Clock

	mu     sync.Mutex
	center centerTime
	line   *timeline
}

// now returns boot time and what it means by the best that is known.
func (k *timekeeper) now() (boot time.Duration, best Offset) {
	boot = k.clock.Boot()
	sys := k.clock.UTC()
	k.mu.Lock()
	defer k.mu.Unlock()
	return boot, k.center.best(sys, boot)
}

// heard takes the center's time, as it came just now.
func (k *timekeeper) heard(unixMS int64) {
	boot := k.clock.Boot()
	k.mu.Lock()
	defer k.mu.Unlock()
	k.center.heard(boot, unixMS, liveCenterErrS)
}

// beforeSeal must be called before the pack with that sequence number is made:
// it notices a step of the clock. It also gives this boot its first fix. To wait
// for the first pack that is sent would be too long: after a power cut in an
// outage nobody could say any more when the packs of that boot were made.
func (k *timekeeper) beforeSeal(seq uint64) error {
	_, best := k.now()
	k.mu.Lock()
	defer k.mu.Unlock()
	if err := k.line.first(k.clock.BootID(), best); err != nil {
		return err
	}
	return k.line.step(k.clock.BootID(), seq, best)
}

// timeBoot gives this boot its first fix where the time is known.
func (k *timekeeper) timeBoot() error {
	_, best := k.now()
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.line.first(k.clock.BootID(), best)
}

// bound gives a boot that ended without a fix the bounds of when it can have
// been, where the time is known by now: its last pack was sealed, at boot time
// lastMS, before this boot began, and after this program was made.
func (k *timekeeper) bound(boot string, lastMS int64) error {
	_, best := k.now()
	k.mu.Lock()
	defer k.mu.Unlock()
	if best.State == wire.Unknown {
		return nil
	}
	return k.line.first(boot, Offset{
		UnixMS: best.UnixMS - lastMS, State: wire.Untimed, ErrS: float64(max(best.UnixMS-buildTimeMS, 0)) / 1000,
	})
}

// fix returns what boot time means in a pack.
func (k *timekeeper) fix(boot string, seq uint64) (fix, bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.line.at(boot, seq)
}
