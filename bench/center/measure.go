//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
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
influx: {addr: "127.0.0.1:0", url: %q}
ingest: {demo: true, max_nodes: %d}
`

// window is how long the packs come whose delays are told apart from those of others.
const windowSpan = 10 * time.Second

// measurement is one run under way.
type measurement struct {
	scenario
	span, warm time.Duration
	center     *up.Center
	generators []*generator.Generator
	result     result
	samples    []sample
	begin      time.Time
	before     up.Histogram // of the windows that are over
	warmed     up.Histogram // of what came until warm was over; nil before
}

// measure starts a center and its nodes, and ends them.
func measure(ctx context.Context, o options, s scenario) (r result, err error) {
	dir, err := os.MkdirTemp(o.dir, "siaga-bench-center")
	if err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	external := ""
	if o.influxd != "" {
		db, err := startInfluxd(ctx, o.influxd, filepath.Join(dir, "influxd"))
		if err != nil {
			return r, err
		}
		defer func() { err = errors.Join(err, db.end()) }()
		external = db.url
	}
	c, err := up.Start(o.program, dir, fmt.Sprintf(settings, filepath.Join(dir, "data"), external, s.nodes))
	if err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, c.End()) }()
	m := &measurement{
		scenario: s, span: o.span, warm: o.warm, center: c,
		result: result{
			Run: s.name, Cores: runtime.NumCPU(), Nodes: s.nodes, ForS: o.span.Seconds(), WarmS: o.warm.Seconds(), Influxd: o.influxd != "",
		},
	}
	for _, step := range []func(context.Context) error{m.connect, m.load, m.account} {
		if err := step(ctx); err != nil {
			return r, err // the generators end with this process
		}
	}
	return m.result, nil
}

func (m *measurement) progress(format string, values ...any) {
	fmt.Fprintf(os.Stderr, m.name+": "+format+"\n", values...)
}

// connect starts the generators and waits until their nodes are connected.
func (m *measurement) connect(ctx context.Context) error {
	m.progress("%s, for %v", m.title, m.span)
	began := time.Now()
	for i := range m.scenario.generators {
		first, next := i*m.nodes/m.scenario.generators, (i+1)*m.nodes/m.scenario.generators
		g, err := generator.Start(process.Command, generator.Order{Addr: m.center.MQTT, Pace: &generator.Pace{
			First: first, Nodes: next - first, All: m.nodes, Every: m.every, Jitter: m.jitter,
			BeginMS: began.Add(-m.past).Truncate(time.Second).UnixMilli(), StepMS: m.step.Milliseconds(),
			For: m.span, Window: m.window,
		}})
		if err != nil {
			return err
		}
		m.generators = append(m.generators, g)
	}
	ready := make(chan error, len(m.generators))
	for _, g := range m.generators {
		go func() { ready <- g.Ready() }()
	}
	for range m.generators {
		select {
		case err := <-ready:
			if err != nil {
				return errors.Join(err, m.center.Said())
			}
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	m.result.ConnectedInS = time.Since(began).Seconds()
	m.progress("%d nodes are connected after %.1f s", m.nodes, m.result.ConnectedInS)
	return nil
}

// load lets the packs come, and watches until all are in InfluxDB.
func (m *measurement) load(ctx context.Context) error {
	before, err := m.look()
	if err != nil {
		return err
	}
	m.result.Connected = before.memory
	m.begin = time.Now().Add(time.Second)
	reports := make(chan error, len(m.generators))
	var all generator.Report
	done := make(chan generator.Report, len(m.generators))
	for _, g := range m.generators {
		if err := g.Go(m.begin); err != nil {
			return err
		}
		go func() {
			r, err := g.Report()
			done <- r
			reports <- err
		}()
	}
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	waiting := len(m.generators)
	for ended := false; !ended; {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case err := <-reports:
			if err != nil {
				return errors.Join(err, m.center.Said())
			}
			all.Add(<-done)
			waiting--
			continue
		case <-tick.C:
		}
		if ended, err = m.watch(ctx, waiting == 0); err != nil {
			return err
		}
	}
	took := time.Since(m.begin)
	after, err := m.look()
	if err != nil {
		return err
	}
	m.used(before, after, took, all)
	return nil
}

// watch looks at the center once, and says whether all that was acknowledged is in
// InfluxDB. The last looks come while nothing is sent any more.
func (m *measurement) watch(ctx context.Context, sent bool) (ended bool, err error) {
	at := time.Since(m.begin)
	u, err := m.center.Look()
	if err != nil {
		return false, err
	}
	if at <= m.span {
		m.samples = append(m.samples, sample{at, u.Resident, u.Anonymous})
	}
	e, err := m.center.Scrape(ctx)
	if err != nil {
		return false, errors.Join(err, m.center.Said())
	}
	p99 := e[`siaga_ingest_live_delay_seconds{quantile="0.99"}`]
	if m.warmed == nil && at >= m.warm {
		m.warmed = liveDelays(e)
	}
	if m.warmed != nil {
		m.result.WorstP99S = max(m.result.WorstP99S, p99)
	}
	left := e.OnTheirWay()
	if at >= time.Duration(len(m.result.Windows)+1)*windowSpan {
		m.closeWindow(e, at)
	}
	if seconds := int(at.Seconds()); seconds%10 == 0 {
		m.progress("%4d s: %.0f packs durable, %.0f on their way, %s in memory, p99 %s",
			seconds, durable(e), left, megabytes(u.Resident), milliseconds(p99))
	}
	return sent && left == 0, nil
}

// closeWindow tells of the packs that came into InfluxDB since the window before.
func (m *measurement) closeWindow(e up.Exposition, at time.Duration) {
	all := liveDelays(e)
	these := all.Since(m.before)
	m.before = all
	m.result.Windows = append(m.result.Windows, window{at.Seconds(), delays{these.Quantile(0.5), these.Quantile(0.99), these.Bound()}})
}

// liveDelays are from packs' seals to InfluxDB, of all since the center began.
func liveDelays(e up.Exposition) up.Histogram {
	return e.Histogram("siaga_ingest_delivery_delay_seconds", `lane="live"`)
}

// durable is how many packs the center has acknowledged, all but those that were
// sent again.
func durable(e up.Exposition) (n float64) {
	for key, v := range e {
		if strings.HasPrefix(key, "siaga_ingest_packs_total{") && strings.HasSuffix(key, `result="stored"}`) {
			n += v
		}
	}
	return n
}

// look is what was used so far, by the center and by the machine.
type look struct {
	memory               memory
	peak                 int64
	center, busy, stolen time.Duration
}

func (m *measurement) look() (l look, err error) {
	u, err := m.center.Look()
	if err != nil {
		return l, err
	}
	busy, stolen, err := process.Busy()
	return look{memory{u.Resident, u.Anonymous}, u.Peak, u.CPU, busy, stolen}, err
}

// used tells of the time between two looks.
func (m *measurement) used(before, after look, took time.Duration, g generator.Report) {
	r := &m.result
	r.Packs, r.Again, r.Acked, r.Refused, r.Held, r.Broken, r.Trouble = g.Packs, g.Again, g.Acked, g.Refused, g.Held, g.Broken, g.Error
	r.StoredPerS = float64(r.Packs*generator.Readings) / took.Seconds()
	r.PayloadEach = float64(g.Bytes) / float64(max(r.Packs, 1)*generator.Readings)
	r.Ack = delays{g.AckDelays.Quantile(0.5).Seconds(), g.AckDelays.Quantile(0.99).Seconds(), g.AckDelays.Quantile(1).Seconds()}
	r.Late = delays{g.Late.Quantile(0.5).Seconds(), g.Late.Quantile(0.99).Seconds(), g.Late.Quantile(1).Seconds()}
	center, busy := after.center-before.center, after.busy-before.busy
	cores := func(d time.Duration) float64 { return max(d.Seconds()/took.Seconds(), 0) }
	r.CPU = cpu{Center: cores(center), Generators: cores(g.CPU), Others: cores(busy - center - g.CPU), Stolen: cores(after.stolen - before.stolen)}
	r.CPUEachNS = float64(center.Nanoseconds()) / float64(max(r.Packs, 1)*generator.Readings)
	r.End, r.Peak = after.memory, after.peak
	if minute := from(m.samples, time.Minute); len(minute) > 0 {
		r.Minute = memory{minute[0].resident, minute[0].anonymous}
	}
	half := from(m.samples, m.span/2)
	r.Growth = memory{
		int64(slope(half, func(s sample) int64 { return s.resident })),
		int64(slope(half, func(s sample) int64 { return s.anonymous })),
	}
}

// account asks the center what it holds and how long it took.
func (m *measurement) account(ctx context.Context) (err error) {
	r := &m.result
	e, err := m.center.Scrape(ctx)
	if err != nil {
		return err
	}
	live := liveDelays(e).Since(m.warmed)
	r.Delivery = delays{live.Quantile(0.5), live.Quantile(0.99), live.Bound()}
	r.WithinHalfS = live.Within(0.5)
	var quantities []reading.Quantity
	for _, s := range generator.Sensors {
		quantities = append(quantities, s.Quantities...)
	}
	m.progress("all is sent; counting what InfluxDB holds")
	if r.Stored, err = m.center.Stored(ctx, quantities); err != nil {
		return err
	}
	// The longest that a live pack took in any minute that the center has written
	// down; of more than 64 packs of a node in a minute it knows the last.
	if r.MinutesMaxS, err = m.center.Ask(ctx, `SELECT max("delay_p99") FROM "node"`); err != nil {
		return err
	}
	r.Complaints, err = m.center.Complaints()
	return err
}
