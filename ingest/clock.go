package ingest

import "github.com/siaga-id/siaga/internal/clocksync"

// SystemClock returns a Deps.ClockSynced for this machine's clock. At a demo
// center it always can be believed: simulated nodes go by it, whatever it shows.
func SystemClock(demo bool) func() bool {
	if demo {
		return func() bool { return true }
	}
	return func() bool {
		_, synced := clocksync.Error()
		return synced
	}
}
