package watchdog

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/coreos/go-systemd/v22/daemon"
)

// Run says READY, then WATCHDOG twice in each of the unit's WatchdogSec for as
// long as alive says true, and STOPPING when ctx ends. When alive says false it
// is silent, and systemd restarts the program. It returns at once where systemd
// listens to nothing, and otherwise nil when ctx ends. alive is called from
// Run's goroutine.
func Run(ctx context.Context, alive func() bool, log *slog.Logger) error {
	listens, err := daemon.SdNotify(false, daemon.SdNotifyReady)
	if err != nil {
		return fmt.Errorf("tell systemd that the program is ready: %w", err)
	}
	if !listens {
		return nil
	}
	defer func() {
		if _, err := daemon.SdNotify(false, daemon.SdNotifyStopping); err != nil {
			log.Warn("systemd was not told that the program stops", "err", err)
		}
	}()
	every, err := daemon.SdWatchdogEnabled(false)
	if err != nil {
		return fmt.Errorf("read WATCHDOG_USEC: %w", err)
	}
	if every == 0 {
		<-ctx.Done()
		return nil
	}
	tick := time.NewTicker(every / 2)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		if !alive() {
			log.Error("a loop of the program stands still: systemd will restart it")
			continue
		}
		if _, err := daemon.SdNotify(false, daemon.SdNotifyWatchdog); err != nil {
			log.Warn("systemd was not told that the program lives", "err", err)
		}
	}
}
