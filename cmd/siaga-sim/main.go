// Command siaga-sim runs simulated village nodes: the real agent and the real
// drivers over simulated chips. It holds no logic: it reads flags, wires the
// parts and runs them.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/siaga-id/siaga/internal/version"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := command().ExecuteContext(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "siaga-sim:", err)
		os.Exit(1)
	}
}

func command() *cobra.Command {
	root := &cobra.Command{
		Use:           "siaga-sim",
		Short:         "Jalankan node desa simulasi (run simulated village nodes)",
		SilenceUsage:  true,
		SilenceErrors: true,
	}
	root.AddCommand(nodeCommand(), fleetCommand(), portsCommand(), &cobra.Command{
		Use:   "version",
		Short: "Versi program (this program's version)",
		Args:  cobra.NoArgs,
		Run:   func(cmd *cobra.Command, _ []string) { fmt.Fprintln(cmd.OutOrStdout(), "siaga-sim", version.Version) },
	})
	return root
}

func fleetCommand() *cobra.Command {
	var s settings
	cmd := &cobra.Command{
		Use:   "fleet",
		Short: "Jalankan banyak node (run many nodes)",
		Args:  cobra.NoArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return runNodes(cmd, s) },
	}
	cmd.Flags().IntVar(&s.nodes, "nodes", 12, "how many nodes; from the thirteenth on a village has more than one")
	s.sendFlags(cmd.Flags())
	s.worldFlags(cmd.Flags())
	return cmd
}

func nodeCommand() *cobra.Command {
	s := settings{nodes: 1}
	cmd := &cobra.Command{
		Use:   "node",
		Short: "Jalankan satu node (run one node)",
		Args:  cobra.NoArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return runNodes(cmd, s) },
	}
	s.nameFlag(cmd.Flags())
	s.sendFlags(cmd.Flags())
	s.worldFlags(cmd.Flags())
	return cmd
}

func portsCommand() *cobra.Command {
	s := settings{nodes: 1}
	cmd := &cobra.Command{
		Use:   "ports",
		Short: "Sajikan chip serial sebagai port komputer ini (serve a node's serial chips as ports of this computer)",
		Args:  cobra.NoArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return servePorts(cmd, s) },
	}
	s.nameFlag(cmd.Flags())
	s.worldFlags(cmd.Flags())
	return cmd
}
