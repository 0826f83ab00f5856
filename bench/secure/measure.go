//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"github.com/siaga-id/siaga/bench/generator"
	"github.com/siaga-id/siaga/bench/process"
	"github.com/siaga-id/siaga/bench/up"
	"github.com/siaga-id/siaga/internal/reading"
)

// settings is the center's configuration, in keys that configs/siaga.yaml tells.
const settings = `data_dir: %q
http: {addr: "127.0.0.1:0"}
mqtt: {addr: "127.0.0.1:0"}
influx: {addr: "127.0.0.1:0"}
secure: {addrs: [%q]}
ingest: {demo: true}
`

const (
	// chip is what each node reads.
	chip = "bme280"
	// settle is how long nothing may be acknowledged in the end until what still
	// waits is given up.
	settle = time.Minute
)

var quantities = []reading.Quantity{reading.Temperature, reading.Humidity, reading.Pressure}

// measurement is a run under way. dir is the center's folder, cards the nodes'.
type measurement struct {
	options
	dir, cards string
	center     *up.Center
	fleets     []*generator.Generator
	result     result
}

func measure(ctx context.Context, o options) (r result, err error) {
	m := &measurement{options: o, result: result{Cores: runtime.NumCPU(), Nodes: o.nodes}}
	for folder, in := range map[*string]string{&m.dir: o.dir, &m.cards: o.cards} {
		if *folder, err = os.MkdirTemp(in, "siaga-bench-secure"); err != nil {
			return r, err
		}
		defer func() { err = errors.Join(err, os.RemoveAll(*folder)) }()
	}
	if err := m.start(); err != nil {
		return r, err
	}
	for _, step := range []func(context.Context) error{m.enrol, m.connect, m.quietly, m.storms, m.besiege, m.account} {
		if err := step(ctx); err != nil {
			return r, errors.Join(err, m.center.Said()) // all processes end with this one
		}
	}
	return m.result, m.center.End()
}

func (m *measurement) progress(format string, values ...any) {
	fmt.Fprintf(os.Stderr, format+"\n", values...)
}

// start starts the center, or starts it again.
func (m *measurement) start() (err error) {
	m.center, err = up.Start(m.program, m.dir, fmt.Sprintf(settings, filepath.Join(m.dir, "data"), m.addr))
	return err
}

// memory is the center's.
func (m *measurement) memory(u process.Used, e up.Exposition) memory {
	return memory{
		Resident: u.Resident, Objects: int64(e["go_memstats_heap_inuse_bytes"]), Stacks: int64(e["go_memstats_stack_inuse_bytes"]),
		Goroutines: int(e["go_goroutines"]),
	}
}

// connect starts the fleets, and switches all nodes on at one moment.
func (m *measurement) connect(ctx context.Context) error {
	for i := range m.options.fleets() {
		first, next := i*m.nodes/m.options.fleets(), (i+1)*m.nodes/m.options.fleets()
		g, err := generator.Start(process.Command, generator.Order{Fleet: &generator.Fleet{
			First: first, Nodes: next - first, Dir: filepath.Join(m.cards, "nodes"), Chips: []string{chip}, PackInterval: m.every, Settle: settle,
		}})
		if err != nil {
			return err
		}
		m.fleets = append(m.fleets, g)
	}
	for _, g := range m.fleets {
		if err := g.Ready(); err != nil {
			return err
		}
	}
	began := time.Now().Add(time.Second)
	before, err := m.point(ctx, began)
	if err != nil {
		return err
	}
	for _, g := range m.fleets {
		if err := g.Go(began); err != nil {
			return err
		}
	}
	if m.result.Connect, err = m.watch(ctx, began, before); err != nil {
		return err
	}
	return process.Wait(ctx, m.rest)
}

// quietly measures while nothing happens.
func (m *measurement) quietly(ctx context.Context) error {
	before, err := m.look(ctx)
	if err != nil {
		return err
	}
	if err := process.Wait(ctx, m.quiet); err != nil {
		return err
	}
	after, err := m.look(ctx)
	if err != nil {
		return err
	}
	q := &m.result.Quiet
	took := after.at.Sub(before.at).Seconds()
	q.ForS, q.CPUS = took, (after.center.CPU - before.center.CPU).Seconds()
	q.Center, q.Fleets = q.CPUS/took, (after.fleets-before.fleets).Seconds()/took
	q.Delivery, q.Connected = after.since(before), m.memory(after.center, after.told)
	m.progress("quiet: %.2f cores, p99 %s, %s", q.Center, milliseconds(q.Delivery.P99S), megabytes(q.Connected.Resident))
	return nil
}

// look is what was used and told so far.
type look struct {
	at     time.Time
	center process.Used
	fleets time.Duration
	told   up.Exposition
}

func (m *measurement) look(ctx context.Context) (l look, err error) {
	if l.told, err = m.center.Scrape(ctx); err != nil {
		return l, err
	}
	if l.fleets, err = m.fleetsCPU(); err != nil {
		return l, err
	}
	l.at = time.Now()
	l.center, err = m.center.Look()
	return l, err
}

// fleetsCPU is what all fleets have used so far.
func (m *measurement) fleetsCPU() (sum time.Duration, err error) {
	for _, g := range m.fleets {
		u, err := process.Look(g.Pid())
		if err != nil {
			return 0, fmt.Errorf("a fleet has ended: %w", err)
		}
		sum += u.CPU
	}
	return sum, nil
}

// since is how the packs were delivered that came between two looks.
func (l look) since(before look) delivery {
	const name, lane = "siaga_ingest_delivery_delay_seconds", `lane="live"`
	h := l.told.Histogram(name, lane).Since(before.told.Histogram(name, lane))
	d := delivery{P50S: h.Quantile(0.5), P99S: h.Quantile(0.99)}
	if len(h) > 0 {
		d.Packs = int(h[len(h)-1].Count)
	}
	return d
}
