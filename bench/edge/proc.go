//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"
)

// used is what the kernel says of a process.
type used struct {
	now, peak int64 // resident, bytes
	cpu       time.Duration
	written   int64 // bytes that it made the disk write
}

// clockTick is what /proc/<pid>/stat counts in: USER_HZ, 100 a second on every
// architecture that Linux still knows.
const clockTick = 10 * time.Millisecond

func look(pid int) (u used, err error) {
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
	return used{
		now: status["VmRSS"] * 1024, peak: status["VmHWM"] * 1024,
		cpu:     time.Duration(user+system) * clockTick,
		written: written["write_bytes"],
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

// measure looks at a process when it has settled, and again after that.
func measure(ctx context.Context, o options, pid int) (f figures, err error) {
	if err := wait(ctx, o.settle); err != nil {
		return f, err
	}
	before, err := look(pid)
	if err != nil {
		return f, err
	}
	began := time.Now()
	if err := wait(ctx, o.measure); err != nil {
		return f, err
	}
	after, err := look(pid)
	took := time.Since(began)
	return figures{
		now: after.now, peak: after.peak,
		cpu:     (after.cpu - before.cpu).Seconds() / took.Seconds(),
		written: float64(after.written-before.written) / took.Hours() * 24,
	}, err
}

func wait(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
