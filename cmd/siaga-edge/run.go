package main

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"log/slog"
	"os"
	"strings"
	"sync/atomic"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"github.com/siaga-id/siaga/edge"
	"github.com/siaga-id/siaga/edge/bus"
	"github.com/siaga-id/siaga/edge/chips"
	"github.com/siaga-id/siaga/edge/explain"
	"github.com/siaga-id/siaga/edge/local"
	"github.com/siaga-id/siaga/edge/remote"
	"github.com/siaga-id/siaga/edge/scan"
	"github.com/siaga-id/siaga/edge/watchdog"
	"github.com/siaga-id/siaga/internal/reading"
	"github.com/siaga-id/siaga/internal/version"
)

func newRun() *cobra.Command {
	return &cobra.Command{
		Use:   "run",
		Short: "Jalankan node ini (run this node)",
		Long: `Menjalankan node ini: membaca sensor, menyimpan, dan mengirim ke pusat.
Selama belum terdaftar, atau belum ada sensor di konfigurasi, menunggu sampai ada.
(Runs this node: reads the sensors, keeps what they say, and sends it to the center.
While it is not enrolled, or the configuration names no sensor, it waits for that.)`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			file, cfg, _, err := settings(cmd) // what is wrong with it the station says, or waits for
			if file == "" {
				return err
			}
			ctx, stop := context.WithCancel(cmd.Context())
			taken := make(chan struct{})
			go func() {
				defer close(taken)
				takeTokens(ctx, cfg)
			}()
			defer func() { stop(); <-taken }()
			return runStation(ctx, file)
		},
	}
}

// runStation runs one agent after the other, as configurations and commands want it,
// until ctx ends or one fails. To systemd they are one.
func runStation(ctx context.Context, file string) error {
	kept := new(remote.Log)
	log.SetOutput(io.MultiWriter(os.Stderr, kept)) // which slog writes to
	defer log.SetOutput(os.Stderr)
	var present atomic.Pointer[edge.Agent]
	station, err := remote.New(remote.Options{
		File: file, Log: kept,
		Start: func(ctx context.Context, cfg edge.Config, r edge.Remote) error {
			return run(ctx, file, cfg, r, &present)
		},
	})
	if err != nil {
		return err
	}
	ctx, stop := context.WithCancel(ctx)
	watched := make(chan struct{})
	go func() {
		defer close(watched)
		alive := func() bool {
			a := present.Load()
			return a == nil || a.Alive()
		}
		if err := watchdog.Run(ctx, alive, slog.Default()); err != nil {
			slog.Warn("no watchdog", "err", err)
		}
	}()
	defer func() { stop(); <-watched }()
	return station.Run(ctx)
}

// run is one agent with its socket and page, until ctx ends or the agent fails.
func run(ctx context.Context, file string, cfg edge.Config, r edge.Remote, present *atomic.Pointer[edge.Agent]) error {
	clock, err := edge.NewSystemClock()
	if err != nil {
		return err
	}
	pin, err := local.ReadPIN(cfg.Page.PINFile)
	if err != nil {
		return fmt.Errorf("configuration %s: page.pin_file: %w", file, err)
	}
	search, err := scanBeside(file)
	if err != nil {
		return err
	}
	agent, err := edge.New(cfg, edge.Deps{Board: bus.Host{}, Clock: clock, Version: version.Version, Code: explain.Of, Remote: r})
	if err != nil {
		return fmt.Errorf("configuration %s: %w", file, err)
	}
	server := local.New(local.Options{
		Node: agent, Store: agent.Calibrations(), Gives: gives(cfg), Scan: search,
		Socket: cfg.SocketPath(), Listen: cfg.Page.Listen, PIN: pin, Hosts: ownNames(),
	})
	present.Store(agent)
	defer present.Store(nil)
	slog.Info("node runs", "node", cfg.Node, "site", cfg.Site, "sensors", len(cfg.Sensors), "broker", cmp.Or(cfg.MQTT.URL, "as enrolled"))
	all, ctx := errgroup.WithContext(ctx)
	all.Go(func() error { return agent.Run(ctx) })
	all.Go(func() error {
		server.Run(ctx)
		return nil
	})
	if err := all.Wait(); err != nil {
		return err
	}
	n := agent.Counts()
	slog.Info("node stopped, everything is on disk", "readings_queued", n.QueuedReadings, "packs_waiting", n.WaitingPacks)
	return nil
}

// scanBeside returns a scan that leaves alone what the agent has open, which is
// what the configuration said when it started.
func scanBeside(file string) (func(context.Context) ([]scan.Finding, error), error) {
	known, err := inForce(file)
	if err != nil {
		return nil, err
	}
	return func(ctx context.Context) ([]scan.Finding, error) {
		return scan.Run(ctx, bus.Host{}, scan.Options{Chips: chips.All(), Held: known.At})
	}, nil
}

// inForce is where the configured sensors are wired, also those that only the
// center has told of.
func inForce(file string) (scan.Configured, error) {
	settings, err := remote.Settings(file)
	if err != nil {
		return scan.Configured{}, err
	}
	text, err := json.Marshal(settings) // which YAML can read
	if err != nil {
		return scan.Configured{}, fmt.Errorf("configuration %s: %w", file, err)
	}
	known, err := scan.Read(text, chips.All(), bus.Device)
	if err != nil {
		return known, fmt.Errorf("configuration %s: %w", file, err)
	}
	return known, nil
}

// gives is what the configured sensors give at every interval.
func gives(cfg edge.Config) map[reading.SensorID][]reading.Quantity {
	all := map[reading.SensorID][]reading.Quantity{}
	for _, sc := range cfg.Sensors {
		if _, options, err := sc.Chip(); err == nil { // which the agent has checked
			all[reading.SensorID(sc.ID)] = options.Quantities()
		}
	}
	return all
}

// ownNames are those by which this machine is found in its network.
func ownNames() []string {
	name, err := os.Hostname()
	if err != nil {
		return nil
	}
	name = strings.ToLower(name)
	return []string{name, name + ".local"}
}
