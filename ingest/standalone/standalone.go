package standalone

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"golang.org/x/sync/errgroup"

	"github.com/siaga-id/siaga/ingest"
	"github.com/siaga-id/siaga/ingest/center"
	"github.com/siaga-id/siaga/ingest/device"
	"github.com/siaga-id/siaga/ingest/influx"
	"github.com/siaga-id/siaga/ingest/subscription"
)

// Process is one ingester. Make it with New; run Run or Drain once; then Close.
type Process struct {
	cfg      Config
	log      *slog.Logger
	store    *influx.Client
	ingester *ingest.Ingester
	devices  *device.Intake
	acks     *ingest.LateAcker
	metrics  *prometheus.Registry
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
	p := &Process{cfg: cfg, log: log, store: store, acks: &ingest.LateAcker{}, metrics: prometheus.NewRegistry()}
	p.metrics.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	conf := cfg.Ingest
	conf.Dir = filepath.Join(cfg.DataDir, "spool")
	p.ingester, err = ingest.New(conf, ingest.Deps{
		Store: store, Acker: p.acks, Registry: registry, Log: log, Metrics: p.metrics,
		ClockSynced: ingest.SystemClock(conf.Demo),
	})
	if err != nil {
		store.Close()
		return nil, fmt.Errorf("ingest: %w", err)
	}
	p.devices, err = device.Open(cfg.Devices, filepath.Join(cfg.DataDir, "devices"), device.Deps{
		Metrics: p.metrics, Log: log, ReserveBytes: conf.ReserveBytes,
	})
	if err != nil {
		return nil, errors.Join(fmt.Errorf("devices: %w", err), p.Close())
	}
	return p, nil
}

// Run takes packs and messages of devices in until ctx ends, then flushes.
func (p *Process) Run(ctx context.Context) error {
	ln, err := p.listen()
	if err != nil {
		return err
	}
	sub, err := subscription.Open(subscription.Options{
		MQTT: p.cfg.MQTT.Config, Group: p.cfg.MQTT.Group, Name: p.cfg.Ingest.Name, Demo: p.cfg.Ingest.Demo,
		Offer: p.ingester.Offer, OnConnect: p.ingester.Announce, Logger: p.log,
	})
	if err != nil {
		return errors.Join(err, hangUp(ln))
	}
	p.acks.Set(sub)
	presence := ingest.NewPresence(p.ingester, sub.PublishState)
	group, running := errgroup.WithContext(ctx)
	group.Go(func() error { return p.ingester.Run(running) })
	group.Go(func() error { presence.Run(running); return nil })
	group.Go(func() error { return p.devices.Run(running) })
	group.Go(func() error { return p.devices.Follow(running, p.cfg.MQTT.Config, p.cfg.Ingest.Name) })
	group.Go(func() error { return p.serve(running, ln) })
	return errors.Join(group.Wait(), sub.Close())
}

// Drain moves everything in the spools to InfluxDB and the center and returns.
// Messages of devices stay: there is nothing yet that decodes them.
func (p *Process) Drain(ctx context.Context) error { return p.ingester.Drain(ctx) }

// Status returns how the ingester is doing.
func (p *Process) Status() ingest.Status { return p.ingester.Status() }

// Close closes the spools.
func (p *Process) Close() error {
	err := p.ingester.Close()
	if p.devices != nil {
		err = errors.Join(err, p.devices.Close())
	}
	p.store.Close()
	return err
}
