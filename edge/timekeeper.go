package edge

import (
	"fmt"
	"log/slog"
	"math"
	"sync"
	"time"

	"github.com/siaga-id/siaga/internal/wire"
)

// timekeeper is the one place where boot time becomes UTC. It may be used
// concurrently.
type timekeeper struct {
	clock Clock
	log   *slog.Logger
	// source says where the system's clock may have its time from, for people.
	source func(sysMS, bootMS int64) string

	mu     sync.Mutex
	center centerTime
	line   *timeline
	mark   *timeMark
	before fix // the last of this boot by an earlier process; without a boot for none
	// sealedMS is the boot time of the newest reading that was sealed.
	sealedMS int64
	// toldOffMS is how far off the system's clock was when that was last logged.
	toldOffMS int64
}

// wrongClockMS is from where on a system clock that nobody synchronised is worth a
// word.
const wrongClockMS = 60_000

func newTimekeeper(dep Deps, dir string, line *timeline) *timekeeper {
	mark, err := openTimeMark(dir)
	if err != nil {
		dep.Logger.Warn("what was known of the time before is lost", "err", err)
	}
	k := &timekeeper{clock: dep.Clock, log: dep.Logger, line: line, mark: mark}
	if f, ok := line.at(dep.Clock.BootID(), math.MaxUint64); ok && f.Clock != wire.Untimed {
		k.before = f
	}
	k.source = func(int64, int64) string { return "unknown" }
	if dep.Board != nil {
		k.source = clockSource(dep.Board.Files)
	}
	return k
}

// now returns boot time and what it means by the best that is known.
func (k *timekeeper) now() (boot time.Duration, best Offset) {
	boot = k.clock.Boot()
	sys := k.clock.UTC()
	k.mu.Lock()
	defer k.mu.Unlock()
	return boot, k.best(sys, boot)
}

// best is the system's time where that is synchronised. Else it is what is least
// wrong of the system's estimate, the center's time, and what an earlier process
// knew in this boot. A system's clock that nobody synchronised in this boot, such
// as one that was set from a file or from a battery's clock, is never used. It
// wants mu.
func (k *timekeeper) best(sys Offset, boot time.Duration) Offset {
	best := k.center.best(sys, boot)
	if best.State == wire.Synced {
		return best
	}
	if k.before.Boot == "" {
		return best
	}
	held := Offset{UnixMS: k.before.UnixMS, State: wire.Estimated}
	held.ErrS = k.before.ErrS + max(0, float64(boot.Milliseconds()-k.before.AtMS)/1000)*driftPerS
	if best.State == wire.Unknown || held.ErrS < best.ErrS {
		return held
	}
	return best
}

// heard takes the center's time as it came just now, possibly errS wrong.
func (k *timekeeper) heard(unixMS int64, errS float64) {
	boot := k.clock.Boot()
	sys := k.clock.UTC()
	k.mu.Lock()
	defer k.mu.Unlock()
	k.center.heard(boot, unixMS, max(errS, leastCenterErrS))
	k.mark.center(unixMS)
	k.compare(sys, boot)
}

// compare says when the system's clock and the center's are far apart. It wants
// mu.
func (k *timekeeper) compare(sys Offset, boot time.Duration) {
	off := sys.UnixMS - (k.center.unixMS - k.center.at.Milliseconds())
	limit := int64(wrongClockMS)
	if sys.State != wire.Unknown {
		limit = int64((sys.ErrS + k.center.errAt(boot)) * 1000)
		limit = max(limit, 5000)
	}
	if abs(off) <= limit {
		k.toldOffMS = 0
		return
	}
	if abs(off-k.toldOffMS) <= limit {
		return
	}
	k.toldOffMS = off
	by := (time.Duration(off) * time.Millisecond).Round(time.Second)
	if sys.State == wire.Unknown {
		k.log.Warn("the system's clock is wrong and is not used: the center's time is",
			"ahead_by", by, "source", k.source(sys.UnixMS+boot.Milliseconds(), boot.Milliseconds()))
		return
	}
	k.log.Warn("the node's clock and the center's differ: look at both machines' time synchronisation", "ahead_by", by, "clock", sys.State)
}

// beforeSeal must be called before the pack with that sequence number is made, of
// readings from boot time oldestMS to sealedMS: it notices a step of the clock. It
// also gives this boot its first fix. To wait for the first pack that is sent
// would be too long: after a power cut in an outage nobody could say any more when
// the packs of that boot were made.
func (k *timekeeper) beforeSeal(seq uint64, oldestMS, sealedMS int64) error {
	boot, best := k.now()
	k.mu.Lock()
	defer k.mu.Unlock()
	id := k.clock.BootID()
	if err := k.first(boot, best); err != nil {
		return err
	}
	fixes := len(k.line.fixes)
	if err := k.line.step(id, seq, best, boot.Milliseconds(), k.mark.newest(), oldestMS); err != nil {
		return err
	}
	stepped := len(k.line.fixes) > fixes
	k.sealedMS = max(k.sealedMS, sealedMS)
	if f, ok := k.line.at(id, seq); ok {
		k.mark.used(f.UnixMS + sealedMS)
	}
	if err := k.mark.keep(boot, stepped); err != nil {
		k.log.Warn("clock mark not kept", "err", err) // it is a help, and comes again
	}
	return nil
}

// first gives this boot its first fix where the time is known. It wants mu.
func (k *timekeeper) first(boot time.Duration, best Offset) error {
	if _, ok := k.line.at(k.clock.BootID(), math.MaxUint64); ok || best.State == wire.Unknown {
		return nil
	}
	// It holds for all packs of this boot, also for those that were sealed before.
	if err := k.line.first(k.clock.BootID(), best, boot.Milliseconds(), k.mark.newest()); err != nil {
		return err
	}
	if f, ok := k.line.at(k.clock.BootID(), 0); ok {
		k.mark.used(f.UnixMS + k.sealedMS)
	}
	return nil
}

// timeBoot gives this boot its first fix where the time is known.
func (k *timekeeper) timeBoot() error {
	boot, best := k.now()
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.first(boot, best)
}

// bound gives a boot that ended without a fix the bounds of when it can have been.
func (k *timekeeper) bound(boot string, bounds Offset) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.line.first(boot, bounds, 0, 0)
}

// began is the UTC of a boot's time zero by its first fix, where it was timed.
func (k *timekeeper) began(boot string, from uint64) (unixMS int64, ok bool) {
	return k.zero(boot, from)
}

// ended is the UTC of a boot's time zero by its last fix, where it was timed.
func (k *timekeeper) ended(boot string) (unixMS int64, ok bool) { return k.zero(boot, math.MaxUint64) }

func (k *timekeeper) zero(boot string, seq uint64) (unixMS int64, ok bool) {
	f, ok := k.fix(boot, seq)
	return f.UnixMS, ok && f.Clock != wire.Untimed
}

// known reports whether a boot has a fix.
func (k *timekeeper) known(boot string) bool {
	_, ok := k.fix(boot, math.MaxUint64)
	return ok
}

// fix returns what boot time means in a pack.
func (k *timekeeper) fix(boot string, seq uint64) (fix, bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.line.at(boot, seq)
}

// earliest is a lower bound of the present that needs no clock of this machine.
func (k *timekeeper) earliest() time.Time {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.mark.earliest()
}

// utc is the present by the best that is known; zero where nothing is.
func (k *timekeeper) utc() time.Time {
	boot, best := k.now()
	if best.State == wire.Unknown {
		return time.Time{}
	}
	return time.UnixMilli(boot.Milliseconds() + best.UnixMS).UTC()
}

func (k *timekeeper) close() error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if err := k.mark.close(); err != nil {
		k.log.Warn("clock mark not kept", "err", err)
	}
	if err := k.line.close(); err != nil {
		return fmt.Errorf("close clock: %w", err)
	}
	return nil
}
