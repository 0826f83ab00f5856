//go:build linux

package process

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"
)

// Used is what the kernel says of a process.
type Used struct {
	// Resident is what it holds in memory, Peak the most that it held, Anonymous
	// what of Resident is no part of a file and could not be taken back. Bytes.
	Resident, Anonymous, Peak int64
	CPU                       time.Duration
	// Written is how many bytes it made the disk write.
	Written int64
}

// clockTick is what /proc/<pid>/stat counts in: USER_HZ, 100 a second on every
// architecture that Linux still knows.
const clockTick = 10 * time.Millisecond

// Look asks about a process of the same user.
func Look(pid int) (u Used, err error) {
	status, err := pairs(pid, "status")
	if err != nil {
		return u, err
	}
	written, err := pairs(pid, "io")
	if err != nil {
		return u, err
	}
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return u, err
	}
	// The program's name, in parentheses, may hold anything; state is behind it.
	_, rest, _ := strings.Cut(string(stat), ") ")
	fields := strings.Fields(rest)
	const utime, stime = 14 - 3, 15 - 3 // proc(5) counts from 1, and state is 3
	if len(fields) <= stime {
		return u, fmt.Errorf("read /proc/%d/stat: %q", pid, stat)
	}
	user, userErr := strconv.ParseInt(fields[utime], 10, 64)
	system, systemErr := strconv.ParseInt(fields[stime], 10, 64)
	return Used{
		Resident: status["VmRSS"] * 1024, Anonymous: status["RssAnon"] * 1024, Peak: status["VmHWM"] * 1024,
		CPU:     time.Duration(user+system) * clockTick,
		Written: written["write_bytes"],
	}, errors.Join(userErr, systemErr)
}

// pairs reads the numbers of a file with lines like "VmRSS:   1024 kB".
func pairs(pid int, name string) (map[string]int64, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/%s", pid, name))
	if err != nil {
		return nil, err
	}
	all := map[string]int64{}
	for line := range strings.Lines(string(text)) {
		key, rest, _ := strings.Cut(line, ":")
		if f := strings.Fields(rest); len(f) > 0 {
			if n, err := strconv.ParseInt(f[0], 10, 64); err == nil {
				all[key] = n
			}
		}
	}
	return all, nil
}

// Busy is the processor time that the whole machine has used since it was
// started, all cores together. Stolen is what a hypervisor gave to others meanwhile:
// it swings from nothing to a third of a core and more, and no priority helps.
func Busy() (busy, stolen time.Duration, err error) {
	text, err := os.ReadFile("/proc/stat")
	if err != nil {
		return 0, 0, err
	}
	line, _, _ := strings.Cut(string(text), "\n")
	fields := strings.Fields(line)
	if len(fields) < 9 || fields[0] != "cpu" {
		return 0, 0, fmt.Errorf("read /proc/stat: %q", line)
	}
	for i, f := range fields[1:9] {
		const idle, iowait, steal = 3, 4, 7 // proc(5); the ninth and tenth are part of the first two
		ticks, err := strconv.ParseInt(f, 10, 64)
		switch used := time.Duration(ticks) * clockTick; {
		case err != nil:
			return 0, 0, fmt.Errorf("read /proc/stat: %w", err)
		case i == idle || i == iowait:
		case i == steal:
			stolen = used
		default:
			busy += used
		}
	}
	return busy, stolen, nil
}
