package index

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/siaga-id/siaga/gateway/api"
	"github.com/siaga-id/siaga/gateway/index/ispu"
	"github.com/siaga-id/siaga/gateway/minute"
	"github.com/siaga-id/siaga/gateway/registry"
	"github.com/siaga-id/siaga/ingest"
	"github.com/siaga-id/siaga/internal/reading"
	"github.com/siaga-id/siaga/internal/wholefile"
)

const (
	// lag is how long after a whole minute its readings are looked at: packs are
	// closed every few seconds.
	lag = 10 * time.Second
	// lastTry is when the last attempt of a minute must have ended, after its beginning.
	lastTry = 40 * time.Second
	// settle is how long an hour must be over to be rolled up.
	settle = 2 * time.Minute
	// budget is how long hours are rolled up in one minute.
	budget = 20 * time.Second
)

// Config is what an operator may set. A zero field means its default.
type Config struct {
	// ISPUTop is the index of the regulation's top row, from 400 to 500. Default:
	// 500, as most calculators have it.
	ISPUTop float64 `mapstructure:"ispu_top"`
}

// Validate says what is wrong, naming the key.
func (c Config) Validate() error {
	if top := c.ISPUTop; top != 0 && !(top >= ispu.MinTop && top <= ispu.MaxTop) {
		return fmt.Errorf("ispu_top: %v: want a number from %d, as the decree of 1997 has it, to %d", top, ispu.MinTop, ispu.MaxTop)
	}
	return nil
}

// Registry is what the index is told of nodes. *registry.Registry is one.
type Registry interface {
	Nodes(ctx context.Context) ([]registry.Node, error)
	Intervals(ctx context.Context) (map[reading.NodeID][]registry.Interval, error)
	Assets(ctx context.Context) ([]registry.Asset, error)
	Sites(ctx context.Context) ([]registry.Site, error)
}

// Options configure an Index. All but Metrics and Busy are required.
type Options struct {
	Config   Config
	Registry Registry
	// Influx is read, Store written: the same database.
	Influx api.Stored
	Store  ingest.Store
	Disk   wholefile.Disk
	// Fresh says that the center has stored nothing yet.
	Fresh bool
	// Busy says that readings wait for InfluxDB, so that what a minute writes can wait
	// a little. nil: they never do.
	Busy    func() bool
	Metrics prometheus.Registerer
	Log     *slog.Logger
}

type sensorKey struct {
	node   reading.NodeID
	sensor reading.SensorID
}

// Index computes. Only `siaga up` has one, beside whatever parts, so there is one
// writer. Stored may be called at any time; all else is for Run.
type Index struct {
	opt     Options
	metrics *metrics
	hours   *hours
	writer  *minute.Writer

	// What follows is derived from InfluxDB and begins empty.
	seeded bool
	// seedFrom is the Unix hour from which roll-ups are still to be read back.
	seedFrom int64
	days     map[sensorKey]*day
	gauges   map[sensorKey]*gauge
	// levelsFrom is the Unix minute from which levels are not known.
	levelsFrom int64
	rollsFail  bool // roll-ups failed last time
}

// New returns an index of what waits in the file of Options.Disk. A file that is
// damaged is told of and begun anew, since all it holds can be computed again.
func New(opt Options) *Index {
	opt.Config.ISPUTop = cmp.Or(opt.Config.ISPUTop, ispu.MaxTop)
	x := &Index{opt: opt, days: make(map[sensorKey]*day), gauges: make(map[sensorKey]*gauge)}
	var err error
	if x.hours, err = openHours(opt.Disk, time.Now(), opt.Fresh); err != nil {
		opt.Log.Warn("the hours that wait for their roll-ups are not known: those of the last 30 days are rolled up again", "err", err)
	}
	x.metrics = newMetrics(opt.Metrics, x.hours)
	x.writer = &minute.Writer{Store: opt.Store, Busy: opt.Busy, What: "the index", Minutes: x.metrics.minutes, Log: opt.Log}
	return x
}

// Stored takes note of readings that are in InfluxDB, so that the hours of late ones
// are rolled up again. It is registry.Options.BeforeStored.
func (x *Index) Stored(ranges []registry.StoredRange) error {
	return x.hours.stored(ranges, time.Now())
}

// Run writes every whole minute from the next on, until ctx ends. While InfluxDB is
// away nothing is kept but the hours that wait: minutes that pass stay empty.
func (x *Index) Run(ctx context.Context) error {
	loop := minute.Loop{
		Write: x.minute, Then: x.rollUp, Lag: lag, Limit: lastTry, What: "the index",
		Minutes: x.metrics.minutes, Seconds: x.metrics.minuteSeconds, Log: x.opt.Log,
	}
	loop.Run(ctx)
	return x.stop()
}

// stop keeps what waits. Without it more would be rolled up again, no less.
func (x *Index) stop() error {
	if err := x.hours.flush(); err != nil {
		x.opt.Log.Warn("some hours will be rolled up again after the next start", "err", err)
	}
	return nil
}

// minute computes and writes a minute's points.
func (x *Index) minute(ctx context.Context, of time.Time) error {
	nodes, err := x.opt.Registry.Nodes(ctx)
	if err != nil {
		return err
	}
	intervals, err := x.opt.Registry.Intervals(ctx)
	if err != nil {
		return err
	}
	inventory, err := x.inventory(ctx)
	if err != nil {
		return err
	}
	if err := x.seed(ctx, of, intervals); err != nil {
		return err
	}
	x.hours.advance(nodes, hourOf(of.Add(lag-settle)))
	if err := x.hours.flush(); err != nil {
		return err
	}
	if err := x.readLevels(ctx, of); err != nil {
		return err
	}
	x.forget(nodes)
	pass := x.writer.Pass()
	for i := range nodes {
		n := &nodes[i]
		if !n.Retired.IsZero() || n.State == nil {
			continue
		}
		lines := pass.Lines()
		for s := range n.State.Sensors {
			lines = x.appendSensor(lines, n, inventory, &n.State.Sensors[s], of)
		}
		if err := pass.Add(ctx, lines); err != nil {
			return err
		}
	}
	return pass.Flush(ctx)
}

// forget drops what is held of nodes that are gone or retired.
func (x *Index) forget(nodes []registry.Node) {
	kept := make(map[reading.NodeID]bool, len(nodes))
	for i := range nodes {
		kept[nodes[i].ID] = nodes[i].Retired.IsZero()
	}
	for key := range x.days {
		if !kept[key.node] {
			delete(x.days, key)
		}
	}
	for key := range x.gauges {
		if !kept[key.node] {
			delete(x.gauges, key)
		}
	}
}
