// Command siaga-edge is the program on a village node: it reads the sensors and
// carries what they say to the Command Center. It holds no logic: it loads the
// configuration, wires the parts and runs them.
package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/siaga-id/siaga/edge"
	"github.com/siaga-id/siaga/edge/bus"
	"github.com/siaga-id/siaga/internal/config"
	"github.com/siaga-id/siaga/internal/version"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := command().ExecuteContext(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "siaga-edge:", err)
		os.Exit(1)
	}
}

func command() *cobra.Command {
	root := &cobra.Command{
		Use:           "siaga-edge",
		Short:         "Baca sensor desa dan kirim ke Command Center (read a village's sensors and send them on)",
		SilenceUsage:  true,
		SilenceErrors: true,
	}
	var file string
	run := &cobra.Command{
		Use:   "run",
		Short: "Jalankan node ini (run this node)",
		Args:  cobra.NoArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return run(cmd.Context(), file) },
	}
	run.Flags().StringVar(&file, "config", "/etc/siaga/siaga-edge.yaml", "configuration file")
	root.AddCommand(run, &cobra.Command{
		Use:   "version",
		Short: "Versi program (this program's version)",
		Args:  cobra.NoArgs,
		Run:   func(cmd *cobra.Command, _ []string) { fmt.Fprintln(cmd.OutOrStdout(), "siaga-edge", version.Version) },
	})
	return root
}

func run(ctx context.Context, file string) error {
	cfg := edge.DefaultConfig()
	if err := config.Load(file, nil, &cfg); err != nil {
		return err
	}
	clock, err := edge.NewSystemClock()
	if err != nil {
		return err
	}
	agent, err := edge.New(cfg, edge.Deps{Bus: bus.Host{}, Clock: clock, Version: version.Version})
	if err != nil {
		return fmt.Errorf("configuration %s: %w", file, err)
	}
	slog.Info("node runs", "node", cfg.Node, "site", cfg.Site, "sensors", len(cfg.Sensors), "broker", cfg.MQTT.URL)
	if err := agent.Run(ctx); err != nil {
		return err
	}
	n := agent.Counts()
	slog.Info("node stopped, everything is on disk", "readings_queued", n.QueuedReadings, "packs_waiting", n.WaitingPacks)
	return nil
}
