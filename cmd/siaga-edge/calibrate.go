package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/siaga-id/siaga/edge"
	"github.com/siaga-id/siaga/edge/explain"
)

// newCalibrate is the command by which technicians see and set corrections.
func newCalibrate() *cobra.Command { return calibrateCommand(openCalibrateNode) }

// calibrateOpen reaches the node of a configuration.
type calibrateOpen func(edge.Config) (calibrateNode, error)

func calibrateCommand(open calibrateOpen) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "calibrate",
		Short: "Koreksi sensor: lihat, atur, batalkan (see, set and undo corrections of sensors)",
		Args:  cobra.NoArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	f := &calibrateFlags{open: open}
	cmd.AddCommand(calibrateList(f), calibrateHistory(f), calibrateLevel(f), calibratePoint(f), calibrateSet(f), calibrateUndo(f))
	return cmd
}

// calibrateFlags are what these commands have in common; author, reason and yes
// are of those that change something.
type calibrateFlags struct {
	open           calibrateOpen
	author, reason string
	yes            bool
}

func (f *calibrateFlags) changing(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.author, "author", "", "siapa yang mengubah (who changes it; default: the user)")
	cmd.Flags().StringVar(&f.reason, "reason", "", "alasan, disimpan bersama koreksi (why, kept with the correction)")
	cmd.Flags().BoolVar(&f.yes, "yes", false, "jangan bertanya (do not ask)")
}

// calibrateDesk is a command at work: a node, and a person who is asked.
type calibrateDesk struct {
	*calibrateFlags
	explain.Lang
	file string // the configuration's
	cfg  edge.Config
	node calibrateNode
	in   *bufio.Reader
	out  io.Writer
	log  io.Writer // what is not the answer
}

// run does what do says at the node of the configuration.
func (f *calibrateFlags) run(do func(context.Context, *calibrateDesk, []string) error) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, args []string) (err error) {
		d := &calibrateDesk{calibrateFlags: f, in: bufio.NewReader(cmd.InOrStdin()), out: cmd.OutOrStdout(), log: cmd.ErrOrStderr()}
		if d.file, d.cfg, d.Lang, err = settings(cmd); err != nil {
			return err
		}
		if d.node, err = f.open(d.cfg); err != nil {
			return d.plain(err)
		}
		defer d.node.Close()
		return d.plain(do(cmd.Context(), d, args))
	}
}

// sign asks for what must stand beside every change and was not given.
func (d *calibrateDesk) sign() (author, reason string, err error) {
	author = d.author
	for _, name := range []string{"SUDO_USER", "USER"} {
		if author == "" {
			author = os.Getenv(name)
		}
	}
	if author == "" {
		if author, err = d.ask(d.Pick("Nama Anda: ", "Your name: ")); err != nil {
			return "", "", fmt.Errorf("--author: %w", err)
		}
	}
	if reason = d.reason; reason == "" {
		if reason, err = d.ask(d.Pick("Alasan: ", "Reason: ")); err != nil {
			return "", "", fmt.Errorf("--reason: %w", err)
		}
	}
	return author, reason, nil
}

// ask returns what a person answers, which is something.
func (d *calibrateDesk) ask(question string) (string, error) {
	fmt.Fprint(d.log, question)
	line, err := d.in.ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return "", fmt.Errorf("read answer: %w", err)
	}
	if line = strings.TrimSpace(line); line == "" {
		return "", errors.New(d.Pick("tidak ada jawaban; berikan lewat pilihan ini", "no answer; give it with this flag"))
	}
	return line, nil
}

// errCalibrateNo: a person answered no. Nothing was changed.
var errCalibrateNo = errors.New("dibatalkan, tidak ada yang diubah (cancelled, nothing was changed)")

// confirm wants a yes.
func (d *calibrateDesk) confirm() error {
	if d.yes {
		return nil
	}
	answer, err := d.ask(d.Pick("Terapkan? (y/T) ", "Apply? (y/N) "))
	if err != nil {
		return errCalibrateNo
	}
	switch strings.ToLower(answer) {
	case "y", "ya", "yes":
		return nil
	}
	return errCalibrateNo
}

func (d *calibrateDesk) say(id, en string, args ...any) {
	fmt.Fprintln(d.out, d.Say(id, en, args...))
}

// errorf is an error in the person's language.
func (d *calibrateDesk) errorf(id, en string, args ...any) error {
	return errors.New(d.Say(id, en, args...))
}
