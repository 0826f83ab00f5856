package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"github.com/siaga-id/siaga/edge"
	"github.com/siaga-id/siaga/edge/bus"
	"github.com/siaga-id/siaga/edge/chips"
	"github.com/siaga-id/siaga/edge/explain"
	"github.com/siaga-id/siaga/edge/local"
	"github.com/siaga-id/siaga/edge/scan"
	"github.com/siaga-id/siaga/edge/watchdog"
	"github.com/siaga-id/siaga/internal/reading"
	"github.com/siaga-id/siaga/internal/version"
)

func newRun() *cobra.Command {
	return &cobra.Command{
		Use:   "run",
		Short: "Jalankan node ini (run this node)",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			file, cfg, _, err := settings(cmd)
			if err != nil {
				return err
			}
			return run(cmd.Context(), file, cfg)
		},
	}
}

// run is the agent with its socket and page, until ctx ends or the agent fails.
func run(ctx context.Context, file string, cfg edge.Config) error {
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
	agent, err := edge.New(cfg, edge.Deps{Board: bus.Host{}, Clock: clock, Version: version.Version, Code: explain.Of})
	if err != nil {
		return fmt.Errorf("configuration %s: %w", file, err)
	}
	server := local.New(local.Options{
		Node: agent, Store: agent.Calibrations(), Gives: gives(cfg), Scan: search,
		Socket: cfg.SocketPath(), Listen: cfg.Page.Listen, PIN: pin, Hosts: ownNames(),
	})
	slog.Info("node runs", "node", cfg.Node, "site", cfg.Site, "sensors", len(cfg.Sensors), "broker", cfg.MQTT.URL)
	all, ctx := errgroup.WithContext(ctx)
	all.Go(func() error { return agent.Run(ctx) })
	all.Go(func() error {
		server.Run(ctx)
		return nil
	})
	all.Go(func() error {
		if err := watchdog.Run(ctx, agent.Alive, slog.Default()); err != nil {
			slog.Warn("no watchdog", "err", err)
		}
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
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("read configuration: %w", err)
	}
	known, err := scan.Read(text, chips.All(), bus.Device)
	if err != nil {
		return nil, fmt.Errorf("configuration %s: %w", file, err)
	}
	return func(ctx context.Context) ([]scan.Finding, error) {
		return scan.Run(ctx, bus.Host{}, scan.Options{Chips: chips.All(), Held: known.At})
	}, nil
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
