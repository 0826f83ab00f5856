//go:build linux

// Command edge measures the node's program with twelve simulated sensors, each
// read every 10 s: its memory, its share of a processor, and what it writes to
// the disk, with a center that acknowledges at once and without one. Beside it
// Telegraf, where its program is given. `make bench-edge` runs it.
//
// The figures come from Linux's /proc. Written are the pages that the kernel laid
// to the program's account: what a file system writes for itself beside them, and
// what a card makes of it, comes on top.
//
// It asserts nothing: machines differ.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"text/tabwriter"
	"time"

	"golang.org/x/sync/errgroup"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	var o options
	flag.StringVar(&o.programs, "programs", "bin", "folder with siaga-edge and siaga-sim")
	flag.StringVar(&o.arm64, "arm64", "bin/linux-arm64/siaga-edge", "siaga-edge for a Raspberry Pi, whose size is told")
	flag.StringVar(&o.telegraf, "telegraf", "", "Telegraf's program, to be measured beside it")
	flag.StringVar(&o.dir, "dir", "", "folder for queues, on a disk and not in memory; default: the system's for temporary files")
	flag.DurationVar(&o.settle, "settle", time.Minute, "how long the programs run before they are measured")
	flag.DurationVar(&o.measure, "for", 5*time.Minute, "how long they are measured")
	flag.Parse()
	if err := run(ctx, o, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "edge:", err)
		os.Exit(1)
	}
}

type options struct {
	programs, arm64, telegraf, dir string
	settle, measure                time.Duration
}

// scenario is one way in which the program runs.
type scenario struct {
	title      string
	durability string
	center     bool
}

var scenarios = []scenario{
	{"always, with a center", "always", true},
	{"always, without one", "always", false},
	{"spill, with a center", "spill", true},
	{"spill, without one", "spill", false},
}

// figures are what one program used while it was measured.
type figures struct {
	title     string
	now, peak int64   // resident, bytes
	cpu       float64 // of one core
	written   float64 // bytes a day
	waiting   uint64  // packs
}

func run(ctx context.Context, o options, out io.Writer) (err error) {
	dir, err := os.MkdirTemp(o.dir, "siaga-bench-edge")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	c, err := startCenter()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, c.close()) }()

	fmt.Fprintf(out, "%v to settle, %v to measure\n", o.settle, o.measure)
	all := make([]figures, len(scenarios))
	var beside figures
	group, measuring := errgroup.WithContext(ctx)
	for i, s := range scenarios {
		group.Go(func() error {
			var err error
			all[i], err = measureEdge(measuring, o, s, filepath.Join(dir, fmt.Sprint("node-", i)), c.broker.Addr())
			return err
		})
	}
	if o.telegraf != "" {
		group.Go(func() error {
			var err error
			beside, err = measureTelegraf(measuring, o, filepath.Join(dir, "telegraf"), c.broker.Addr())
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return err
	}
	if o.telegraf != "" {
		all = append(all, beside)
	}
	return show(out, o, all)
}

func show(out io.Writer, o options, all []figures) error {
	table := tabwriter.NewWriter(out, 0, 0, 3, ' ', 0)
	fmt.Fprintln(table, "twelve sensors at 10 s\tresident\tat most\tof one core\twritten a day\tpacks waiting")
	for _, f := range all {
		fmt.Fprintf(table, "%s\t%.1f MB\t%.1f MB\t%.2f %%\t%.1f MB\t%d\n", f.title, mb(f.now), mb(f.peak), 100*f.cpu, f.written/1e6, f.waiting)
	}
	fmt.Fprintln(table, "aim\t≤ 25 MB\t\t≤ 1 %\t\t")
	if info, err := os.Stat(o.arm64); err == nil {
		fmt.Fprintf(table, "siaga-edge for arm64\t%.1f MB (aim ≤ 12 MB)\n", mb(info.Size()))
	} else {
		fmt.Fprintf(table, "siaga-edge for arm64\tnot measured: %v\n", err)
	}
	return table.Flush()
}

func mb(bytes int64) float64 { return float64(bytes) / 1e6 }
