//go:build linux

package main

import (
	"context"
	"time"

	"github.com/siaga-id/siaga/bench/process"
)

// measure looks at a process when it has settled, and again after that.
func measure(ctx context.Context, o options, pid int) (f figures, err error) {
	if err := process.Wait(ctx, o.settle); err != nil {
		return f, err
	}
	before, err := process.Look(pid)
	if err != nil {
		return f, err
	}
	began := time.Now()
	if err := process.Wait(ctx, o.measure); err != nil {
		return f, err
	}
	after, err := process.Look(pid)
	took := time.Since(began)
	return figures{
		now: after.Resident, peak: after.Peak,
		cpu:     (after.CPU - before.CPU).Seconds() / took.Seconds(),
		written: float64(after.Written-before.Written) / took.Hours() * 24,
	}, err
}
