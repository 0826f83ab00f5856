// Package standalone is an ingester as a process of its own, beside an external
// broker and InfluxDB: it composes a subscription, an ingester, the InfluxDB
// client and the reports to the Command Center.
//
// Any number of them may run in one share group. It must not keep anything that
// its spools do not hold: killed at any moment and started again, it goes on.
package standalone

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"

	"golang.org/x/sync/errgroup"

	"github.com/siaga-id/siaga/ingest"
	"github.com/siaga-id/siaga/ingest/center"
	"github.com/siaga-id/siaga/ingest/influx"
	"github.com/siaga-id/siaga/ingest/subscription"
	"github.com/siaga-id/siaga/internal/clocksync"
	"github.com/siaga-id/siaga/internal/mqtt"
)

// Config is the configuration file of `siaga ingest`. Keys are the struct tags.
type Config struct {
	// DataDir holds the spools: a disk that survives a power cut.
	DataDir string          `mapstructure:"data_dir"`
	MQTT    BrokerConfig    `mapstructure:"mqtt"`
	Influx  influx.Settings `mapstructure:"influx"`
	Center  center.Settings `mapstructure:"center"`
	Ingest  ingest.Config   `mapstructure:"ingest"`
}

// BrokerConfig is the broker and the share group in it.
type BrokerConfig struct {
	mqtt.Config `mapstructure:",squash"`
	// Group is the share group of all ingesters of one center.
	Group string `mapstructure:"group"`
}

// DefaultConfig is what a configuration file is decoded over.
func DefaultConfig() Config {
	return Config{
		DataDir: "/var/lib/siaga-ingest",
		MQTT:    BrokerConfig{Config: mqtt.Config{URL: "tcp://127.0.0.1:1883"}, Group: "siaga"},
		Influx:  influx.Settings{URL: "http://127.0.0.1:8086", Database: "siaga"},
		Center:  center.Settings{URL: "http://127.0.0.1:8088"},
		Ingest:  ingest.Config{Name: "ingest-1"},
	}
}

// Process is one ingester. Make it with New; run Run or Drain once; then Close.
type Process struct {
	cfg      Config
	log      *slog.Logger
	store    *influx.Client
	ingester *ingest.Ingester
	acks     *ingest.LateAcker
}

// New opens the spools and connects to nothing.
func New(cfg Config, log *slog.Logger) (*Process, error) {
	ic, err := cfg.Influx.Config()
	if err != nil {
		return nil, err
	}
	store, err := influx.New(ic)
	if err != nil {
		return nil, fmt.Errorf("influx.%w", err)
	}
	registry, err := center.New(cfg.Center)
	if err != nil {
		store.Close()
		return nil, err
	}
	p := &Process{cfg: cfg, log: log, store: store, acks: &ingest.LateAcker{}}
	conf := cfg.Ingest
	conf.Dir = filepath.Join(cfg.DataDir, "spool")
	p.ingester, err = ingest.New(conf, ingest.Deps{
		Store: store, Acker: p.acks, Registry: registry, Log: log, ClockSynced: clockSynced,
	})
	if err != nil {
		store.Close()
		return nil, fmt.Errorf("ingest: %w", err)
	}
	return p, nil
}

func clockSynced() bool {
	_, ok := clocksync.Error()
	return ok
}

// Run takes packs in until ctx ends, then flushes.
func (p *Process) Run(ctx context.Context) error {
	sub, err := subscription.Open(subscription.Options{
		MQTT: p.cfg.MQTT.Config, Group: p.cfg.MQTT.Group, Name: p.cfg.Ingest.Name, Demo: p.cfg.Ingest.Demo,
		Offer: p.ingester.Offer, Logger: p.log,
	})
	if err != nil {
		return err
	}
	p.acks.Set(sub)
	presence := ingest.NewPresence(p.ingester, sub.PublishState)
	group, running := errgroup.WithContext(ctx)
	group.Go(func() error { return p.ingester.Run(running) })
	group.Go(func() error { presence.Run(running); return nil })
	return errors.Join(group.Wait(), sub.Close())
}

// Drain moves everything in the spools to InfluxDB and the center and returns.
func (p *Process) Drain(ctx context.Context) error { return p.ingester.Drain(ctx) }

// Status returns how the ingester is doing.
func (p *Process) Status() ingest.Status { return p.ingester.Status() }

// Close closes the spools.
func (p *Process) Close() error {
	err := p.ingester.Close()
	p.store.Close()
	return err
}
