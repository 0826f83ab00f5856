package edge

import (
	"context"
	"runtime/debug"
	"time"

	"github.com/siaga-id/siaga/internal/wire"
)

// Clock is the time that a node has: a boot clock that always runs, and what is
// known of UTC. All methods may be called concurrently.
type Clock interface {
	// BootID names this boot; another boot never has the same.
	BootID() string
	// Boot is the time since this boot. It never jumps and runs on in suspend.
	Boot() time.Duration
	// UTC is the offset from boot time to UTC as the system has it now.
	UTC() Offset
	// WaitUntil returns when Boot has reached that time, or with ctx's error.
	WaitUntil(ctx context.Context, boot time.Duration) error
}

// Offset turns boot time into UTC.
type Offset struct {
	// UnixMS is the Unix time of boot time zero, in milliseconds.
	UnixMS int64
	// State says how it is known; wire.Unknown where it is not.
	State wire.Clock
	// ErrS is its possible error in seconds.
	ErrS float64
}

// buildTime is a lower bound of the present: this program did not exist before.
var buildTime = builtAt()

// firstRelease is when the wire format was released.
var firstRelease = time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)

// builtAt is the time of the commit that this program was built from, where the
// build tells.
func builtAt() time.Time {
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, s := range info.Settings {
			if at, err := time.Parse(time.RFC3339, s.Value); s.Key == "vcs.time" && err == nil && at.After(firstRelease) {
				return at
			}
		}
	}
	return firstRelease
}

const (
	// unaskedErrS is what a center's time may be wrong by that answers nothing which
	// was sent, so that nobody knows how long it was on its way: in center states,
	// and in acknowledgements of what an earlier process sent.
	unaskedErrS = 2
	// leastCenterErrS is what a center's time may always be wrong by: messages are
	// handed over between goroutines and processes, and its own clock is not exact.
	leastCenterErrS = 0.05
	// driftPerS is what a board's crystal may gain or lose: 100 ppm.
	driftPerS = 100e-6
	// stepMS is how far the system's clock may slew away from an offset in use
	// before later packs take a new one.
	stepMS = 250
	// worthwhileErrS is how much less possible error is worth a new offset, where
	// it is halved besides. For a synchronised clock it takes more, either way: the
	// kernel's bound grows by a second between two questions to a server.
	worthwhileErrS       = 0.25
	worthwhileSyncedErrS = 2
	// stampMS is the grain of readings' boot times.
	stampMS = 10
)

// centerTime is UTC as the center last told it, for a board whose own clock is
// not synchronised. The zero value knows nothing. Not for concurrent use.
type centerTime struct {
	known  bool
	at     time.Duration
	unixMS int64
	errS   float64
}

// heard takes a center's time that arrived at boot time at, possibly errS wrong.
// A worse fix than the present one, drift counted, is not taken.
func (c *centerTime) heard(at time.Duration, unixMS int64, errS float64) {
	if c.known && c.errAt(at) < errS {
		return
	}
	*c = centerTime{known: true, at: at, unixMS: unixMS, errS: errS}
}

func (c *centerTime) errAt(at time.Duration) float64 {
	return c.errS + (at-c.at).Seconds()*driftPerS
}

// best returns the system's offset where it is synchronised, and otherwise the
// better of what the system and the center say.
func (c *centerTime) best(sys Offset, now time.Duration) Offset {
	if sys.State == wire.Synced || !c.known {
		return sys
	}
	est := Offset{UnixMS: c.unixMS - c.at.Milliseconds(), State: wire.Estimated, ErrS: c.errAt(now)}
	if sys.State == wire.Estimated && sys.ErrS <= est.ErrS {
		return sys
	}
	return est
}
