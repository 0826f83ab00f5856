package gateway

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"golang.org/x/sync/errgroup"

	"github.com/siaga-id/siaga/gateway/api"
	"github.com/siaga-id/siaga/gateway/live"
	"github.com/siaga-id/siaga/gateway/registry"
	"github.com/siaga-id/siaga/gateway/tsdb"
	"github.com/siaga-id/siaga/ingest"
	"github.com/siaga-id/siaga/ingest/influx"
	"github.com/siaga-id/siaga/internal/clocksync"
	"github.com/siaga-id/siaga/internal/reading"
	"github.com/siaga-id/siaga/internal/wire"
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

	registry *registry.Registry
	engine   *tsdb.Engine // nil beside an external InfluxDB
	store    *influx.Client
	query    *api.Influx
	hub      *live.Hub
	states   *states
	ingester *ingest.Ingester
	feed     feed
	server   *api.Server
	listener net.Listener
}

// feed is where packs come from: the embedded broker or an external one.
type feed interface {
	ingest.Acker
	publishState(topic string, payload []byte) error
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
	c = &Center{cfg: cfg, dep: dep, log: dep.Logger, metrics: prometheus.NewRegistry()}
	defer func() {
		if err != nil {
			err = errors.Join(err, c.Close())
			c = nil
		}
	}()
	c.metrics.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	for _, open := range []func(context.Context) error{
		c.openRegistry, c.openInflux, c.openHub, c.openIngest, c.openHTTP,
	} {
		if err := open(ctx); err != nil {
			return c, err
		}
	}
	return c, nil
}

func (c *Center) openRegistry(ctx context.Context) error {
	dir := c.cfg.dataDir()
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("data_dir: %w", err)
	}
	kind := registry.Real
	if c.cfg.Ingest.Demo {
		kind = registry.Demo
	}
	var err error
	if c.registry, err = registry.Open(filepath.Join(dir, "registry.db"), registry.Options{Kind: kind}); err != nil {
		return fmt.Errorf("data_dir: %w", err)
	}
	if err := c.registry.PutSites(ctx, c.dep.Sites); err != nil {
		return err
	}
	for node, site := range c.dep.Nodes {
		if err := c.registry.Claim(ctx, node, site); err != nil {
			return err
		}
	}
	return nil
}

func (c *Center) openInflux(context.Context) error {
	settings := c.cfg.Influx.Settings
	if c.cfg.ownInflux() {
		var err error
		c.engine, err = tsdb.Open(tsdb.Options{
			Dir: filepath.Join(c.cfg.dataDir(), "influx"), Addr: c.cfg.Influx.Addr,
			Database: settings.Database, Retention: c.cfg.Influx.Retention, Logger: c.log,
		})
		if err != nil {
			return err
		}
		settings.URL = c.engine.URL()
	}
	conf, err := settings.Config()
	if err != nil {
		return err
	}
	if c.store, err = influx.New(conf); err != nil {
		return fmt.Errorf("influx.%w", err)
	}
	database, _ := conf.Names()
	c.query, err = api.NewInflux(conf.URL, database, conf.Authorization())
	if err != nil {
		return fmt.Errorf("influx: %w", err)
	}
	if c.query.Client, err = conf.HTTPClient(); err != nil {
		return fmt.Errorf("influx.%w", err)
	}
	return nil
}

// openHub makes the hub and tells it what the nodes said last, before the
// restart: a node that fell silent meanwhile is shown silent.
func (c *Center) openHub(ctx context.Context) error {
	c.hub = live.New(live.Options{
		Load: func(ctx context.Context) ([]live.Reading, error) {
			return api.LoadLatest(ctx, c.query, func(reading.NodeID) bool { return c.cfg.Ingest.Demo })
		},
		Logger: c.log,
	})
	c.states = newStates(c.registry, c.hub, c.log)
	nodes, err := c.registry.Nodes(ctx)
	if err != nil {
		return fmt.Errorf("remember nodes: %w", err)
	}
	for _, n := range nodes {
		if n.State == nil {
			continue
		}
		c.hub.State(n.ID, n.State, n.LastSeen)
		if !n.Online { // it has left since, which says nothing else of it
			c.hub.State(n.ID, &wire.NodeState{}, n.LastSeen)
		}
	}
	return nil
}

// openIngest opens the ingester and what feeds it. Between an external broker
// and an external InfluxDB the ingester only serves replays from the quarantine.
func (c *Center) openIngest(context.Context) error {
	conf := c.cfg.Ingest
	conf.Dir = filepath.Join(c.cfg.dataDir(), "ingest")
	acks := &ingest.LateAcker{}
	var err error
	c.ingester, err = ingest.New(conf, ingest.Deps{
		Store: c.store, Acker: acks, Registry: reports{c.registry}, Metrics: c.metrics, Log: c.log,
		Observer: func(p *wire.Pack, _ wire.Channel, received time.Time) { c.hub.Observe(p, received) },
		ClockSynced: func() bool {
			// Simulated nodes go by this machine's clock, whatever it shows.
			_, synced := clocksync.Error()
			return synced || conf.Demo
		},
	})
	if err != nil {
		return fmt.Errorf("ingest: %w", err)
	}
	if c.cfg.ownBroker() {
		c.feed, err = openBroker(c.cfg, &router{offer: c.ingester.Offer, states: c.states}, c.log)
	} else {
		c.feed, err = c.openExternal()
	}
	if err != nil {
		c.feed = nil
		return err
	}
	acks.Set(c.feed)
	return nil
}

func (c *Center) openHTTP(context.Context) error {
	token, err := reportToken(c.cfg.HTTP.ReportTokenFile)
	if err != nil {
		return err
	}
	c.server, err = api.New(api.Options{
		Registry: c.registry, Hub: c.hub, Influx: c.query, Ingest: standing{c},
		Replay: replay(c.ingester),
		Checks: []api.Check{
			{Name: "influx", Ready: c.influxReady},
			{Name: "broker", Ready: func(ctx context.Context) error { return c.feed.ready(ctx) }},
			{Name: "history", Ready: c.historyReady},
		},
		Gatherer: c.metrics, Wall: c.dep.Wall, Version: c.dep.Version, Hosts: c.cfg.HTTP.Hosts,
		ReportToken: token, Logger: c.log,
	})
	if err != nil {
		return fmt.Errorf("http: %w", err)
	}
	c.listener, err = net.Listen("tcp", c.cfg.HTTP.Addr)
	if err != nil {
		return fmt.Errorf("http.addr: %w: choose another with --http, or stop the center that probably runs there", err)
	}
	return nil
}

// historyReady tells of stored readings that the embedded engine cannot read:
// they are missing from every view until somebody restores them.
func (c *Center) historyReady(context.Context) error {
	if c.engine == nil {
		return nil
	}
	if shards := c.engine.Stats().UnopenedShards; len(shards) > 0 {
		return fmt.Errorf("shards that cannot be opened: %s", strings.Join(shards, ", "))
	}
	return nil
}

// influxReady returns what is wrong with InfluxDB, also where it answers and yet
// takes nothing, as with a wrong token.
func (c *Center) influxReady(ctx context.Context) error {
	if _, err := c.store.Ping(ctx); err != nil {
		return err
	}
	if trouble := c.ingester.Status().Store; trouble != "" {
		return errors.New(trouble)
	}
	return nil
}

func reportToken(file string) (string, error) {
	if file == "" {
		return "", nil
	}
	b, err := os.ReadFile(file)
	if err != nil {
		return "", fmt.Errorf("http.report_token_file: %w", err)
	}
	return strings.TrimSpace(string(b)), nil
}

// Run takes packs in and serves until ctx ends or a part fails; then it stops
// taking in, flushes, and returns the first error.
func (c *Center) Run(ctx context.Context) error {
	group, running := errgroup.WithContext(ctx)
	group.Go(func() error { return c.hub.Run(running) })
	group.Go(func() error { return c.states.run(running) })
	group.Go(func() error { return c.ingester.Run(running) })
	if c.cfg.ingests() {
		presence := ingest.NewPresence(c.ingester, c.feed.publishState)
		group.Go(func() error { presence.Run(running); return nil })
	}
	group.Go(func() error { return c.server.Serve(running, c.listener) })
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
