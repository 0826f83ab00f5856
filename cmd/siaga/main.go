// Command siaga is the Command Center's program. It holds no logic: it loads
// configurations, wires the parts and runs them.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/siaga-id/siaga/internal/commandline"
	"github.com/siaga-id/siaga/internal/version"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	root := command()
	root.SetOut(shown(os.Stdout))
	root.SetErr(shown(os.Stderr))
	if err := commandline.Explain(root.ExecuteContext(ctx)); err != nil {
		fmt.Fprintln(shown(os.Stderr), "siaga:", err)
		os.Exit(exitCode(err))
	}
}

func command() *cobra.Command {
	root := &cobra.Command{
		Use:           "siaga",
		Short:         "Command Center Siaga (Siaga's Command Center)",
		SilenceUsage:  true,
		SilenceErrors: true,
	}
	root.AddCommand(upCommand(), ingestCommand(), checkCommand(), statusCommand(), quarantineCommand(), nodeCommand(), siteCommand(), accountCommand(), tokenCommand(), auditCommand(), backupCommand(), restoreCommand(), caCommand(), brokerConfigCommand(), deviceCommand(), grafanaCommand(), &cobra.Command{
		Use:   "version",
		Short: "Versi program (this program's version)",
		Args:  cobra.NoArgs,
		Run:   func(cmd *cobra.Command, _ []string) { fmt.Fprintln(cmd.OutOrStdout(), "siaga", version.Version) },
	})
	commandline.Prepare(root)
	return root
}
