//go:build unix

package generator

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"time"
)

// environment makes a program a generator.
const environment = "SIAGA_BENCH_GENERATOR"

// Order is what a generator is to do: one of Burst, Pace and Fleet.
type Order struct {
	// Addr is the broker's host and port.
	Addr  string
	Burst *Burst `json:",omitempty"`
	Pace  *Pace  `json:",omitempty"`
	Fleet *Fleet `json:",omitempty"`
}

// Report is what a generator has done.
type Report struct {
	// CPU is its processor time from the word to go to the last acknowledgement.
	CPU time.Duration
	// Packs were sent, Bytes long altogether, Acked acknowledged, each counted
	// once, and Refused acknowledged as refused. Of a Burst all are acknowledged.
	Packs, Bytes, Acked, Refused int
	// Of a Pace: how often a pack was sent again, or held because too many were
	// under way; how many nodes ended early, and why the last one did.
	Again, Held, Broken int
	Error               string `json:",omitempty"`
	// Late is how much later than they were due packs of a Pace were sent,
	// AckDelays from when they were due to their acknowledgement.
	Late, AckDelays Delays `json:",omitempty"`
	// Of a Fleet: readings that became durable in its queues, readings that never
	// did, and packs that nobody has acknowledged.
	Queued, Lost, Waiting int
}

// Add adds what another generator has done at the same time.
func (r *Report) Add(o Report) {
	r.CPU += o.CPU
	r.Packs += o.Packs
	r.Bytes += o.Bytes
	r.Acked += o.Acked
	r.Refused += o.Refused
	r.Again += o.Again
	r.Held += o.Held
	r.Broken += o.Broken
	if o.Error != "" {
		r.Error = o.Error
	}
	r.Late.Merge(o.Late)
	r.AckDelays.Merge(o.AckDelays)
	r.Queued += o.Queued
	r.Lost += o.Lost
	r.Waiting += o.Waiting
}

// Called reports whether this process was started to be a generator.
func Called() bool { return os.Getenv(environment) != "" }

// Main is a generator's, and does not return.
func Main() {
	if err := serve(os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "generator:", err)
		os.Exit(1)
	}
	os.Exit(0)
}

// serve reads an order, makes it ready, says so by an empty line, waits for a line
// with the moment to begin at, does it, and reports.
func serve(stdin io.Reader, out io.Writer) error {
	in := bufio.NewReader(stdin)
	line, err := in.ReadBytes('\n')
	if err != nil {
		return err
	}
	var o Order
	if err := json.Unmarshal(line, &o); err != nil {
		return err
	}
	var prepared interface {
		run(begin time.Time) (Report, error)
	}
	switch {
	case o.Burst != nil:
		prepared, err = prepareBurst(o.Addr, *o.Burst)
	case o.Pace != nil:
		prepared, err = preparePace(o.Addr, *o.Pace)
	case o.Fleet != nil:
		prepared, err = prepareFleet(*o.Fleet, in)
	default:
		err = errors.New("an order without a Burst, a Pace and a Fleet")
	}
	if err != nil {
		return err
	}
	fmt.Fprintln(out)
	if line, err = in.ReadBytes('\n'); err != nil {
		return err
	}
	var begin time.Time
	if err := json.Unmarshal(line, &begin); err != nil {
		return err
	}
	report, err := prepared.run(begin)
	if err != nil {
		return err
	}
	return json.NewEncoder(out).Encode(report)
}

// Generator is a generator in a process of its own. Its methods are to be called
// once, in the order in which they stand here, Stop for a Fleet only; Pid at any
// time.
type Generator struct {
	cmd *exec.Cmd
	in  io.WriteCloser
	out *bufio.Reader
}

// Start starts this program as a generator, by the command that own makes of its
// path, such as exec.Command.
func Start(own func(program string, args ...string) *exec.Cmd, o Order) (*Generator, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	g := &Generator{cmd: own(self)}
	// A node's own machine would not share its processor with thousands of others'
	// garbage: what a generator takes is the center's loss.
	g.cmd.Env = append(os.Environ(), environment+"=1", "GOGC=400")
	g.cmd.Stderr = os.Stderr
	if g.in, err = g.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := g.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	g.out = bufio.NewReaderSize(out, 1<<20)
	if err := g.cmd.Start(); err != nil {
		return nil, err
	}
	return g, json.NewEncoder(g.in).Encode(o)
}

// Ready waits until everything is prepared and connected.
func (g *Generator) Ready() error {
	if _, err := g.out.ReadString('\n'); err != nil {
		return errors.Join(errors.New("a generator did not get ready"), g.kill())
	}
	return nil
}

// Go gives the word to begin, at that moment; a Burst begins at once.
func (g *Generator) Go(begin time.Time) error { return json.NewEncoder(g.in).Encode(begin) }

// Stop ends a Fleet's measuring.
func (g *Generator) Stop() error { return g.in.Close() }

// Pid is its process.
func (g *Generator) Pid() int { return g.cmd.Process.Pid }

// Report waits for the end.
func (g *Generator) Report() (Report, error) {
	line, err := g.out.ReadBytes('\n')
	if err != nil {
		return Report{}, errors.Join(errors.New("a generator did not report"), g.kill())
	}
	var r Report
	if err := json.Unmarshal(line, &r); err != nil {
		return r, fmt.Errorf("read a generator's report: %w", err)
	}
	return r, g.cmd.Wait()
}

// kill ends it before its time, and returns how it ended.
func (g *Generator) kill() error {
	_ = g.cmd.Process.Kill() // it may have ended by itself
	return g.cmd.Wait()
}
