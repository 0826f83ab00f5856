package edge

import (
	"context"
	"fmt"
	"os"
	"strings"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"github.com/siaga-id/siaga/internal/clocksync"
	"github.com/siaga-id/siaga/internal/wire"
)

// SystemClock is the clock of the machine: CLOCK_BOOTTIME, the kernel's boot id,
// and the kernel's word for whether UTC can be believed.
type SystemClock struct {
	boot string

	mu sync.Mutex
	// synced is what the clock said when it was last seen synchronised in this boot,
	// and syncedT when that was; State "" is never.
	synced  Offset
	syncedT time.Duration
}

var _ Clock = (*SystemClock)(nil)

// NewSystemClock reads the boot id.
func NewSystemClock() (*SystemClock, error) {
	b, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	if err != nil {
		return nil, fmt.Errorf("read boot id: %w", err)
	}
	id := strings.ReplaceAll(strings.TrimSpace(string(b)), "-", "")
	if len(id) < 12 {
		return nil, fmt.Errorf("read boot id: %q is too short", id)
	}
	// 48 random bits tell a node's boots apart, and every pack carries them.
	return &SystemClock{boot: id[:12]}, nil
}

// BootID is the first 48 bits of the kernel's boot id, in hexadecimal.
func (c *SystemClock) BootID() string { return c.boot }

// Boot is CLOCK_BOOTTIME.
func (c *SystemClock) Boot() time.Duration {
	var ts unix.Timespec
	// It fails only for a clock id that the kernel does not know; Linux has had
	// this one since 2.6.39.
	_ = unix.ClockGettime(unix.CLOCK_BOOTTIME, &ts)
	return time.Duration(ts.Nano())
}

// UTC asks the kernel. A clock that was synchronised earlier in this boot is
// estimated by what it was then, whatever it was set to since, with an error that
// grows with the crystal's drift.
func (c *SystemClock) UTC() Offset {
	now := c.Boot()
	o := Offset{UnixMS: time.Now().UnixMilli() - now.Milliseconds(), State: wire.Unknown}
	errS, synced := clocksync.Error()
	return c.judge(o, now, errS, synced)
}

func (c *SystemClock) judge(o Offset, now time.Duration, errS float64, synced bool) Offset {
	c.mu.Lock()
	defer c.mu.Unlock()
	if synced {
		o.State, o.ErrS = wire.Synced, errS
		c.synced, c.syncedT = o, now
		return o
	}
	if c.synced.State == "" {
		return o
	}
	o = c.synced
	o.State = wire.Estimated
	o.ErrS += (now - c.syncedT).Seconds() * driftPerS
	return o
}

// WaitUntil waits on the runtime's timer, which stops in suspend, and looks at
// the boot clock again after each wake-up.
func (c *SystemClock) WaitUntil(ctx context.Context, boot time.Duration) error {
	for {
		left := boot - c.Boot()
		if left <= 0 {
			return ctx.Err()
		}
		t := time.NewTimer(min(left, time.Minute))
		select {
		case <-ctx.Done():
			t.Stop()
			return ctx.Err()
		case <-t.C:
		}
	}
}
