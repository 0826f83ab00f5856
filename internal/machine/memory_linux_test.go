package machine

import (
	"os"
	"strings"
	"testing"
)

// What there is for this process is no more than the kernel says of the machine, and
// enough to run this test.
func TestMemory(t *testing.T) {
	text, err := os.ReadFile("/proc/meminfo")
	if err != nil {
		t.Skip("needs /proc: ", err)
	}
	_, total, found := strings.Cut(string(text), "MemTotal:")
	if !found {
		t.Fatalf("%s", text)
	}
	var kib uint64
	for _, c := range strings.Fields(total)[0] {
		kib = kib*10 + uint64(c-'0')
	}
	if m := Memory(); m < 16<<20 || m > kib<<10 {
		t.Errorf("%d bytes of %d KiB", m, kib)
	}
}
