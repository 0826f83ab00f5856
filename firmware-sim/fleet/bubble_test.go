package fleet

import (
	"testing"
	"testing/synctest"
)

// bubble is synctest.Test, where that can be relied on.
func bubble(t *testing.T, f func(t *testing.T)) {
	t.Helper()
	if raceEnabled {
		t.Skip("Go 1.26's race detector crashes at times where a bubble's timers fire (SIGSEGV on g0): make test runs this without it")
	}
	synctest.Test(t, f)
}
