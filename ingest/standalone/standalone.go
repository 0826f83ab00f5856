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
)

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
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
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
		Store: store, Acker: p.acks, Registry: registry, Log: log,
		ClockSynced: ingest.SystemClock(conf.Demo),
	})
	if err != nil {
		store.Close()
		return nil, fmt.Errorf("ingest: %w", err)
	}
	return p, nil
}

// Run takes packs in until ctx ends, then flushes.
func (p *Process) Run(ctx context.Context) error {
	sub, err := subscription.Open(subscription.Options{
		MQTT: p.cfg.MQTT.Config, Group: p.cfg.MQTT.Group, Name: p.cfg.Ingest.Name, Demo: p.cfg.Ingest.Demo,
		Offer: p.ingester.Offer, OnConnect: p.ingester.Announce, Logger: p.log,
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
