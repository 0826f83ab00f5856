package gateway

import (
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"net"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"golang.org/x/sync/errgroup"

	"github.com/siaga-id/siaga/gateway/access"
	"github.com/siaga-id/siaga/gateway/api"
	"github.com/siaga-id/siaga/gateway/authority"
	"github.com/siaga-id/siaga/gateway/dispatch"
	"github.com/siaga-id/siaga/gateway/index"
	"github.com/siaga-id/siaga/gateway/live"
	"github.com/siaga-id/siaga/gateway/registry"
	"github.com/siaga-id/siaga/gateway/secure"
	"github.com/siaga-id/siaga/gateway/tsdb"
	"github.com/siaga-id/siaga/ingest"
	"github.com/siaga-id/siaga/ingest/device"
	"github.com/siaga-id/siaga/ingest/influx"
	"github.com/siaga-id/siaga/internal/reading"
)

// Deps is what a center is given by whoever runs it.
type Deps struct {
	// Version is shown to people.
	Version string
	// Wall holds the built wall's files.
	Wall fs.FS
	// Sites are villages to know from the start, Nodes the nodes to claim there.
	Sites []registry.Site
	Nodes map[reading.NodeID]reading.SiteCode
	// Levels are those of gauges for which nobody has written any down.
	Levels map[reading.NodeID][]registry.LevelSet
	// Logger nil is slog.Default.
	Logger *slog.Logger
}

// Center is a Command Center. Make it with Open, run it once with Run; Close
// releases what Open took, also without a Run.
type Center struct {
	cfg     Config
	dep     Deps
	log     *slog.Logger
	metrics *prometheus.Registry
	meters  *metrics

	registry  *registry.Registry
	authority *authority.Authority
	door      *secure.Door // nil where there is no secure address
	engine    *tsdb.Engine // nil beside an external InfluxDB
	store     *influx.Client
	query     *api.Influx
	hub       *live.Hub
	states    *states
	delays    *delays
	vitals    *vitals
	index     *index.Index
	ingester  *ingest.Ingester
	devices   *device.Intake
	feed      feed
	dispatch  *dispatch.Dispatcher
	people    *access.Access
	backups   backups
	setup     string // the secret of the set-up link, "" while there is an admin
	setupKept bool   // the link is in SetupLinkFile
	server    *api.Server
	listener  net.Listener
}

// feed is where packs come from: the embedded broker or an external one.
type feed interface {
	ingest.Acker
	publishState(topic string, payload []byte) error
	// send hands a message for a node to the broker.
	send(topic string, payload []byte, retain bool) error
	// ready returns nil, or what is wrong with the broker.
	ready(ctx context.Context) error
	Close() error
}

// Open opens every part of the center, in the order in which they need each
// other, and listens. Nothing is taken in before Run.
func Open(ctx context.Context, cfg Config, dep Deps) (c *Center, err error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	if dep.Logger == nil {
		dep.Logger = slog.Default()
	}
	c = &Center{cfg: cfg, dep: dep, log: dep.Logger, metrics: prometheus.NewRegistry(), delays: newDelays()}
	c.meters = newMetrics(c.metrics)
	defer func() {
		if err != nil {
			err = errors.Join(err, c.Close())
			c = nil
		}
	}()
	c.metrics.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	for _, open := range []func(context.Context) error{
		c.openRegistry, c.openAuthority, c.openInflux, c.openHub, c.openDispatch, c.openIngest, c.watchBarred, c.openAccess, c.openHTTP,
	} {
		if err := open(ctx); err != nil {
			return c, err
		}
	}
	return c, nil
}

// Run takes packs in and serves until ctx ends or a part fails; then it stops
// taking in, flushes, and returns the first error.
func (c *Center) Run(ctx context.Context) error {
	group, running := errgroup.WithContext(ctx)
	group.Go(func() error { return c.hub.Run(running) })
	group.Go(func() error { return c.states.run(running) })
	group.Go(func() error { return c.vitals.run(running) })
	group.Go(func() error { return c.index.Run(running) })
	group.Go(func() error { return c.dispatch.Run(running) })
	group.Go(func() error { return c.ingester.Run(running) })
	group.Go(func() error { return c.devices.Run(running) })
	if !c.cfg.ownBroker() {
		group.Go(func() error { return c.devices.Follow(running, c.cfg.MQTT.Config, c.cfg.Ingest.Name) })
	}
	if c.cfg.ingests() {
		presence := ingest.NewPresence(c.ingester, c.feed.publishState)
		group.Go(func() error { presence.Run(running); return nil })
	}
	group.Go(func() error { return c.authority.Run(running) })
	group.Go(func() error { c.dropSetupURL(running); return nil })
	listeners := []net.Listener{c.listener}
	if c.door != nil {
		listeners = append(listeners, c.door.HTTP())
		group.Go(func() error { return c.door.Run(running) })
	}
	group.Go(func() error { return c.server.Serve(running, listeners...) })
	return group.Wait()
}

// Close closes what Open opened, the last first.
func (c *Center) Close() error {
	var errs []error
	if c.feed != nil {
		errs = append(errs, c.feed.Close())
	}
	if c.listener != nil {
		if err := c.listener.Close(); !errors.Is(err, net.ErrClosed) {
			errs = append(errs, err)
		}
	}
	if c.door != nil {
		c.door.Close()
	}
	if c.devices != nil {
		errs = append(errs, c.devices.Close())
	}
	if c.ingester != nil {
		errs = append(errs, c.ingester.Close())
	}
	if c.store != nil {
		c.store.Close()
	}
	if c.query != nil {
		c.query.Close()
	}
	if c.engine != nil {
		errs = append(errs, c.engine.Close())
	}
	if c.registry != nil {
		errs = append(errs, c.registry.Close())
	}
	return errors.Join(errs...)
}

// DataDir is the data directory in use.
func (c *Center) DataDir() string { return c.cfg.dataDir() }

// HTTPAddr is where the wall is, with the port that was really taken.
func (c *Center) HTTPAddr() string { return c.listener.Addr().String() }

// InfluxURL is the InfluxDB in use.
func (c *Center) InfluxURL() string {
	if c.engine != nil {
		return c.engine.URL()
	}
	return c.cfg.Influx.URL
}

// BrokerURL is the MQTT broker in use, with the port that was really taken.
func (c *Center) BrokerURL() string {
	if b, ok := c.feed.(*ownBroker); ok {
		return "tcp://" + b.broker.Addr()
	}
	return c.cfg.MQTT.URL
}

// Status returns how the ingester in this process is doing.
func (c *Center) Status() ingest.Status { return c.ingester.Status() }
