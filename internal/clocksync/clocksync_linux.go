package clocksync

import "golang.org/x/sys/unix"

// maxErrorUnsynced is where the kernel's error estimate saturates, in
// microseconds (NTP_PHASE_LIMIT, 16 s). Below it somebody disciplines the clock;
// the flag STA_UNSYNC alone does not tell, since chronyd without rtcsync leaves
// it set.
const maxErrorUnsynced = 16_000_000

// Error returns the clock's possible error in seconds, and whether the kernel
// says that the clock is synchronised.
func Error() (seconds float64, synced bool) {
	var tx unix.Timex
	if _, err := unix.Adjtimex(&tx); err != nil || tx.Maxerror >= maxErrorUnsynced {
		return 0, false
	}
	return float64(tx.Maxerror) / 1e6, true
}
