//go:build linux

// Command center measures a whole Command Center as `siaga up` runs it, embedded
// broker and InfluxDB included (or beside an influxd: -influxd), in two runs:
//
//   - throughput: 100 nodes send packs of 60 readings at a fixed rate;
//   - nodes: 10,000 nodes are connected, and each sends one every 10 s.
//
// The packs come from processes of their own, whose processor time is told apart,
// at moments that are fixed beforehand: a center that falls behind does not slow
// them, and what waits for it counts as delay. At the end InfluxDB is asked what
// it holds. `make bench-center` runs it.
//
// Memory and processor time come from Linux's /proc. It asserts nothing about
// them: machines differ. It fails where a reading is lost.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"slices"
	"syscall"
	"time"

	"github.com/siaga-id/siaga/bench/generator"
	"github.com/siaga-id/siaga/bench/process"
	"github.com/siaga-id/siaga/bench/up"
)

func main() {
	if generator.Called() {
		generator.Main()
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	var o options
	flag.StringVar(&o.run, "run", "", "throughput or nodes; default: one after the other")
	flag.StringVar(&o.program, "siaga", "bin/siaga", "the center's program")
	flag.StringVar(&o.dir, "dir", "", "folder for the center's data, on a disk and not in memory; default: the system's for temporary files")
	flag.DurationVar(&o.span, "for", 5*time.Minute, "how long packs are sent in each run")
	flag.DurationVar(&o.warm, "warm", 2*time.Minute, "how long of it, at most half, delays are not counted: every series is new then, as it is once in a node's life")
	flag.IntVar(&o.rate, "rate", 2500, "packs of 60 readings a second, of the run throughput")
	flag.IntVar(&o.nodes, "nodes", 10_000, "nodes of the run nodes")
	flag.StringVar(&o.influxd, "influxd", "", "an influxd 1.8 to run beside the center: its memory is then that of broker and ingester alone; default: the embedded engine")
	flag.BoolVar(&o.json, "json", false, "print JSON in the place of tables")
	flag.Parse()
	o.warm = min(o.warm, o.span/2)
	if err := run(ctx, o); err != nil {
		fmt.Fprintln(os.Stderr, "center:", err)
		os.Exit(1)
	}
}

type options struct {
	run, program, dir, influxd string
	span, warm                 time.Duration
	rate, nodes                int
	json                       bool
}

// scenario is one way to load a center.
type scenario struct {
	name, title string
	// generators are the processes that the nodes are divided among.
	nodes, generators int
	every, jitter     time.Duration
	// past is how far before now the readings begin.
	past   time.Duration
	step   time.Duration // from one reading of a series to the next
	window int
	aims   aims
}

func (o options) scenarios() ([]scenario, error) {
	const connections = 100
	if o.rate < 1 || o.nodes < 1 || o.span < time.Second || o.warm < 0 {
		return nil, errors.New("want -rate and -nodes of at least 1, -for of at least 1s, and -warm of at least 0s")
	}
	throughput := scenario{
		name: "throughput", title: fmt.Sprintf("%d readings a second over %d connections", o.rate*generator.Readings, connections),
		nodes: connections, generators: 1, every: connections * time.Second / time.Duration(o.rate),
		step: time.Second, window: 32, aims: throughputAims,
	}
	// Each pack tells of more time than passes: the readings end now.
	throughput.past = time.Duration(int64(o.span/throughput.every)+2) * generator.Samples * throughput.step
	nodes := scenario{
		name: "nodes", title: fmt.Sprintf("%d nodes, each a pack of 60 readings every 10 s", o.nodes),
		nodes: o.nodes, generators: 1 + o.nodes/5000, every: 10 * time.Second, jitter: time.Second,
		past: 10 * time.Second, step: 2 * time.Second, window: 32, aims: nodesAims,
	}
	all := []scenario{throughput, nodes}
	if o.run == "" {
		return all, nil
	}
	i := slices.IndexFunc(all, func(s scenario) bool { return s.name == o.run })
	if i < 0 {
		return nil, fmt.Errorf("-run %s: want %s or %s", o.run, throughput.name, nodes.name)
	}
	return all[i : i+1], nil
}

func run(ctx context.Context, o options) error {
	all, err := o.scenarios()
	if err != nil {
		return err
	}
	var results []result
	var lost error
	for _, s := range all {
		if err := process.AllowFiles(s.nodes + up.SpareFiles); err != nil {
			return fmt.Errorf("%s: a center with %d connections: %w, or ask for fewer nodes (-nodes)", s.name, s.nodes, err)
		}
		r, err := measure(ctx, o, s)
		if err != nil {
			return fmt.Errorf("%s: %w", s.name, err)
		}
		results = append(results, r)
		if !o.json {
			if err := show(os.Stdout, s, r); err != nil {
				return err
			}
		}
		lost = errors.Join(lost, r.complete())
	}
	if o.json {
		out := json.NewEncoder(os.Stdout)
		out.SetIndent("", "  ")
		lost = errors.Join(lost, out.Encode(results))
	}
	return lost
}
