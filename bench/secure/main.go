//go:build linux

// Command secure measures a whole Command Center, `siaga up`, with thousands of
// nodes over TLS. `make bench-secure` runs it:
//
//   - enrol: the nodes are imported, get token files (`siaga node token --all`), and
//     take them as they do from a card;
//   - connect: all are switched on at one moment;
//   - quiet: each reads a BME280 every 5 s and sends a pack every 10 s, as a node
//     does that was told nothing else (-every);
//   - storms: the center is killed (SIGKILL) and started again, at once and after a
//     while, and all nodes come back;
//   - siege: as many connections as there are nodes are opened beside them and never
//     say CONNECT: a third of them nothing at all, a third nothing after the
//     handshake, a third only the first byte;
//   - account: the nodes stop measuring and send what waits, for as long as any of it
//     is acknowledged; what they have queued is compared with what InfluxDB holds.
//
// The nodes are the real agent with simulated chips, in processes of their own,
// which have their half of each handshake to compute on the same machine. Their
// queues lie in memory, since thousands of cards are not one disk.
//
// Memory and processor time come from Linux's /proc. It asserts nothing about
// them: machines differ. It fails where a node stays away or a reading is lost.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/siaga-id/siaga/bench/generator"
)

func main() {
	if generator.Called() {
		generator.Main()
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	o := options{downs: durations{0, time.Minute}}
	flag.StringVar(&o.program, "siaga", "bin/siaga", "the center's program")
	flag.StringVar(&o.dir, "dir", "", "folder for the center's data, on a disk and not in memory; default: the system's for temporary files")
	flag.StringVar(&o.cards, "cards", "/dev/shm", "folder for the nodes' queues")
	flag.StringVar(&o.addr, "addr", "127.0.0.1:28883", "the center's secure address; its port must be none that the system gives to clients")
	flag.IntVar(&o.nodes, "nodes", 10_000, "nodes")
	flag.IntVar(&o.silent, "silent", -1, "connections without CONNECT; -1: as many as nodes, 0: no siege")
	flag.DurationVar(&o.every, "every", 10*time.Second, "how often each node closes a pack")
	flag.DurationVar(&o.quiet, "quiet", time.Minute, "how long quiet nodes are measured, and the siege lasts")
	flag.DurationVar(&o.rest, "rest", 30*time.Second, "how long the nodes are left alone after each connecting")
	flag.Var(&o.downs, "down", "how long the center is away in each storm")
	flag.BoolVar(&o.json, "json", false, "print JSON in the place of a table")
	flag.Parse()
	if err := run(ctx, o); err != nil {
		fmt.Fprintln(os.Stderr, "secure:", err)
		os.Exit(1)
	}
}

type options struct {
	program, dir, cards, addr string
	nodes, silent             int
	every, quiet, rest        time.Duration
	downs                     durations
	json                      bool
}

// durations is a flag of several, separated by commas.
type durations []time.Duration

// String implements flag.Value.
func (d *durations) String() string {
	var all []string
	for _, one := range *d {
		all = append(all, one.String())
	}
	return strings.Join(all, ",")
}

// Set implements flag.Value.
func (d *durations) Set(text string) error {
	*d = nil
	for part := range strings.SplitSeq(text, ",") {
		one, err := time.ParseDuration(part)
		if err != nil {
			return err
		}
		*d = append(*d, one)
	}
	return nil
}

func run(ctx context.Context, o options) error {
	if o.silent < 0 {
		o.silent = o.nodes
	}
	if o.nodes < 1 || o.quiet < time.Second || o.every < time.Second {
		return errors.New("want -nodes of at least 1, and -quiet and -every of at least 1s")
	}
	if err := o.allowed(); err != nil {
		return err
	}
	r, err := measure(ctx, o)
	if err != nil {
		return err
	}
	if o.json {
		out := json.NewEncoder(os.Stdout)
		out.SetIndent("", "  ")
		return errors.Join(out.Encode(r), r.complete())
	}
	return errors.Join(show(os.Stdout, r), r.complete())
}
