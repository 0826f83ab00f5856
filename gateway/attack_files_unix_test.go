//go:build unix

package gateway

import (
	"syscall"
	"testing"

	"github.com/siaga-id/siaga/gateway/secure"
)

// most is how many silent connections this process may have open with both their ends,
// of which the door keeps its part, and the rest of a center with its tests besides.
func most(t *testing.T) int {
	t.Helper()
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		t.Fatal(err)
	}
	room := int(min(uint64(limit.Cur), 1<<20)) - 1000
	return max(room/2, room-secure.DefaultPending)
}
