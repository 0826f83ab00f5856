package gateway

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/siaga-id/siaga/gateway/api"
	"github.com/siaga-id/siaga/gateway/backup"
	"github.com/siaga-id/siaga/gateway/index"
	"github.com/siaga-id/siaga/gateway/live"
	"github.com/siaga-id/siaga/gateway/minute"
	"github.com/siaga-id/siaga/gateway/registry"
	"github.com/siaga-id/siaga/gateway/tsdb"
	"github.com/siaga-id/siaga/ingest"
	"github.com/siaga-id/siaga/ingest/device"
	"github.com/siaga-id/siaga/ingest/influx"
	"github.com/siaga-id/siaga/internal/reading"
	"github.com/siaga-id/siaga/internal/wholefile"
	"github.com/siaga-id/siaga/internal/wire"
)

func (c *Center) openRegistry(ctx context.Context) error {
	dir := c.cfg.dataDir()
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("data_dir: %w", err)
	}
	if err := backup.Clear(dir); err != nil {
		return fmt.Errorf("data_dir: %w", err)
	}
	kind := registry.Real
	if c.cfg.Ingest.Demo {
		kind = registry.Demo
	}
	var err error
	if c.registry, err = registry.Open(filepath.Join(dir, "registry.db"), registry.Options{
		Kind: kind, Observe: c.meters.observe,
		BeforeStored: func(ranges []registry.StoredRange) error { return c.index.Stored(ranges) },
	}); err != nil {
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
	return c.registry.PutLevels(ctx, registry.Actor{Name: "system"}, c.dep.Levels)
}

func (c *Center) openInflux(context.Context) error {
	settings := c.cfg.Influx.Settings
	if c.cfg.ownInflux() {
		var err error
		c.engine, err = tsdb.Open(tsdb.Options{
			Dir: filepath.Join(c.cfg.dataDir(), "influx"), Addr: c.cfg.Influx.Addr,
			Database: settings.Database, Retention: c.cfg.Influx.Retention, ReserveBytes: c.cfg.Influx.ReserveBytes, Metrics: c.metrics, Logger: c.log,
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
	writing := conf
	if c.engine != nil {
		writing.Transport = c.engine.Transport()
	}
	if c.store, err = influx.New(writing); err != nil {
		return fmt.Errorf("influx.%w", err)
	}
	database, _ := conf.Names()
	c.query, err = api.NewInflux(conf.URL, database, "") // its client says who we are
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
	c.states = newStates(c.registry, c.hub, c.meters, c.log)
	watch(c.metrics, c.hub, c.states)
	each := minute.NewRegistry(c.registry)
	c.vitals = &vitals{
		registry: each, hub: c.hub, delays: c.delays, self: c.self(time.Now()), metrics: c.meters, log: c.log,
		writer: &minute.Writer{Store: c.store, Busy: c.packsWait, What: "how nodes do", Minutes: c.meters.minutes, Log: c.log},
	}
	nodes, err := c.registry.Nodes(ctx)
	if err != nil {
		return fmt.Errorf("remember nodes: %w", err)
	}
	c.index = index.New(index.Options{
		Config: c.cfg.Index, Registry: each, Influx: c.query, Store: c.store, Busy: c.packsWait,
		Disk: wholefile.Dir(c.cfg.dataDir()), Fresh: len(nodes) == 0, Metrics: c.metrics, Log: c.log,
	})
	for _, n := range nodes {
		if !n.Retired.IsZero() {
			c.hub.Retire(n.ID)
		}
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

// waitingPacks is how many packs wait for InfluxDB when it has as much to do as it
// can: more than go into one write.
const waitingPacks = 250

// packsWait says that readings would wait for what else is written. It is for Run.
func (c *Center) packsWait() bool { return c.ingester.Status().WaitingPacks > waitingPacks }

// openIngest opens the ingester and what feeds it. Between an external broker
// and an external InfluxDB the ingester only serves replays from the quarantine.
func (c *Center) openIngest(context.Context) error {
	conf := c.cfg.Ingest
	conf.Dir = filepath.Join(c.cfg.dataDir(), "ingest")
	if conf.ReserveBytes == 0 {
		conf.ReserveBytes = c.reserveBytes()
	}
	acks := &ingest.LateAcker{}
	var err error
	c.ingester, err = ingest.New(conf, ingest.Deps{
		Store: c.backups.store(c.store), Acker: acks, Registry: reports{c.registry, c.meters, &seldom{log: c.log}}, Metrics: c.metrics, Log: c.log,
		Observer: func(p *wire.Pack, lane wire.Channel, received time.Time) {
			c.hub.Observe(p, received)
			c.delays.sealed(p, lane)
		},
		Delivered:   func(ranges []ingest.StoredRange) { c.delays.stored(ranges, time.Now()) },
		ClockSynced: ingest.SystemClock(conf.Demo),
		Enrolled:    c.registry.Enrolled,
	})
	if err != nil {
		return fmt.Errorf("ingest: %w", err)
	}
	c.devices, err = device.Open(c.cfg.Devices, filepath.Join(c.cfg.dataDir(), "devices"), device.Deps{
		Metrics: c.metrics, Log: c.log, ReserveBytes: conf.ReserveBytes,
	})
	if err != nil {
		return fmt.Errorf("devices: %w", err)
	}
	if c.cfg.ownBroker() {
		c.feed, err = c.openBroker(&router{offer: c.ingester.Offer, states: c.states, said: c.dispatch.Take})
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
	var err error
	var influxQL http.Handler
	if c.engine != nil {
		influxQL = c.engine.Reader()
	}
	c.server, err = api.New(api.Options{
		Registry: c.registry, Hub: c.hub, Influx: c.query, RolledUp: c.index.RolledUp, Ingest: standing{c},
		Dispatch: c.dispatch,
		Replay:   c.backups.replay(replay(c.ingester)), Backup: c.stageBackup, Devices: c.devices.Status,
		Checks: []api.Check{
			{Name: "influx", Ready: c.influxReady},
			{Name: "broker", Ready: func(ctx context.Context) error { return c.feed.ready(ctx) }},
			{Name: "history", Ready: c.historyReady},
			{Name: "devices", Ready: c.devices.Ready},
		},
		Gatherer: c.metrics, Metrics: c.metrics, Wall: c.dep.Wall, Version: c.dep.Version, Hosts: c.hosts(),
		Access: c.people, Authority: c.authority, CutDevice: c.cutDevice, Logger: c.log,
		InfluxQL: influxQL, Expiries: c.expiries, Exposed: c.cfg.exposures(),
	})
	if err != nil {
		return fmt.Errorf("http: %w", err)
	}
	c.listener, err = net.Listen("tcp", c.cfg.HTTP.Addr)
	if err != nil {
		return fmt.Errorf("http.addr: %w: choose another with --http, or stop the center that probably runs there", err)
	}
	for _, e := range c.cfg.exposures() {
		c.log.Warn(e.Setting+": "+e.Risk, "addr", e.Addr)
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
