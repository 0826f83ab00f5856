// Command siaga-edge is the program on a village node: it reads the sensors and
// carries what they say to the Command Center, and is the tool of whoever stands
// beside the node. It holds no logic: it loads the configuration, wires the parts
// and runs them.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/siaga-id/siaga/edge"
	"github.com/siaga-id/siaga/edge/explain"
	"github.com/siaga-id/siaga/edge/remote"
	"github.com/siaga-id/siaga/internal/commandline"
	"github.com/siaga-id/siaga/internal/version"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := commandline.Explain(command().ExecuteContext(ctx)); err != nil {
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
	root.PersistentFlags().String("config", "/etc/siaga/siaga-edge.yaml", "berkas konfigurasi (configuration file)")
	root.PersistentFlags().String("lang", os.Getenv("SIAGA_LANG"), "id, en (bahasa, language; default: id)")
	root.AddCommand(newEnroll(), newScan(), newRead(), newDoctor(), newQueue(), newCalibrate(), newReplace(), newRun(), newVersion())
	commandline.Prepare(root)
	return root
}

func newVersion() *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Versi program (this program's version)",
		Args:  cobra.NoArgs,
		Run:   func(cmd *cobra.Command, _ []string) { fmt.Fprintln(cmd.OutOrStdout(), "siaga-edge", version.Version) },
	}
}

// settings are what a command was given on its line: the configuration's file,
// what is in force, and the person's language. With an error of the configuration
// alone come the others all the same, for commands that can do without one; file
// is "" after any other.
func settings(cmd *cobra.Command) (file string, cfg edge.Config, lang explain.Lang, err error) {
	cfg = edge.DefaultConfig()
	file, fileErr := cmd.Flags().GetString("config")
	said, langErr := cmd.Flags().GetString("lang")
	if err := errors.Join(fileErr, langErr); err != nil {
		return "", cfg, "", err
	}
	if lang, err = explain.ParseLang(said); err != nil {
		return "", cfg, "", err
	}
	cfg, err = remote.Load(file)
	return file, cfg, lang, err
}
