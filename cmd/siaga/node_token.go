package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"
)

// defaultValid is for how long an enrolment token is valid.
const defaultValid = 24 * time.Hour

func nodeTokenCommand(f *centerFlags) *cobra.Command {
	var withdraw, dir string
	var all bool
	valid := span(defaultValid)
	cmd := &cobra.Command{
		Use:   "token NODE | --all --out DIR | --withdraw ID",
		Short: "Token sekali pakai untuk mendaftarkan node, juga yang diperbaiki (a token to enrol a node, or a repaired one again)",
		Args:  cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			d, err := f.desk()
			if err != nil {
				return err
			}
			ctx, out := cmd.Context(), cmd.OutOrStdout()
			switch {
			case all && len(args) == 0 && withdraw == "" && dir != "":
				return d.tokenFiles(ctx, out, dir, valid)
			case !all && dir == "" && withdraw != "" && len(args) == 0:
				return d.withdraw(ctx, out, withdraw)
			case !all && dir == "" && withdraw == "" && len(args) == 1:
				t, err := d.token(ctx, args[0], valid)
				if err != nil {
					return err
				}
				if d.asJSON {
					return printJSON(out, t)
				}
				return d.printToken(out, t)
			}
			return errors.New(d.say("sebutkan satu NODE, atau --all --out DIR, atau --withdraw ID", "name one NODE, or --all --out DIR, or --withdraw ID"))
		},
	}
	cmd.Flags().Var(&valid, "valid", "masa berlaku: 24h, 30d (how long it is valid)")
	cmd.Flags().StringVar(&withdraw, "withdraw", "", "batalkan token ini (withdraw this token)")
	cmd.Flags().BoolVar(&all, "all", false, "semua node yang bertugas (all nodes in service)")
	cmd.Flags().StringVar(&dir, "out", "", "folder untuk berkas token (folder for the files)")
	return cmd
}

// token asks for a token for a node.
func (d *desk) token(ctx context.Context, node string, valid span) (*enrolmentAnswer, error) {
	var t enrolmentAnswer
	if err := d.ask(ctx, http.MethodPost, atNode(node, "/tokens"), nil, map[string]any{"valid_s": int64(time.Duration(valid) / time.Second)}, &t); err != nil {
		return nil, err
	}
	return &t, nil
}

func (d *desk) withdraw(ctx context.Context, out io.Writer, id string) error {
	if err := d.ask(ctx, http.MethodDelete, "/api/v1/enrolment/tokens/"+url.PathEscape(id), nil, nil, nil); err != nil {
		return err
	}
	fmt.Fprintln(out, d.say("Token dibatalkan: tidak ada yang dapat mendaftar dengannya lagi.", "The token is withdrawn: nobody can enrol by it any more."))
	return nil
}

// tokenFiles writes a file for each node in service, for their boot partitions.
// Whoever has a file can enrol as that node, so only the owner may read them.
func (d *desk) tokenFiles(ctx context.Context, out io.Writer, dir string, valid span) error {
	var all nodesAnswer
	if err := d.call(ctx, http.MethodGet, "/api/v1/nodes", nil, &all); err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("make folder for tokens: %w", err)
	}
	var written []string
	for i := range all.Nodes {
		n := &all.Nodes[i]
		if n.Retired != nil || !n.Claimed {
			continue
		}
		file, err := d.tokenFile(ctx, dir, n.ID, valid)
		if err != nil {
			return err
		}
		written = append(written, file)
	}
	if d.asJSON {
		return printJSON(out, map[string][]string{"files": written})
	}
	fmt.Fprintf(out, d.say("%d berkas token di %s, berlaku %s. Salin masing-masing ke partisi boot kartu SD node itu; siaga-edge memakainya saat pertama hidup, lalu menghapusnya.\n",
		"%d token files in %s, valid for %s. Copy each to the boot partition of that node's SD card; siaga-edge takes it at its first start, and deletes it then.\n"),
		len(written), dir, valid.words(d.lang))
	return nil
}

// tokenFile makes the file before the token, so that a full disk costs no token,
// and takes it away when there is none.
func (d *desk) tokenFile(ctx context.Context, dir, node string, valid span) (string, error) {
	file := filepath.Join(dir, "siaga-token-"+node+".txt")
	f, err := os.OpenFile(file, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return "", fmt.Errorf("%s: %w", d.say("tulis token: pilih folder lain yang kosong", "write token: choose another, empty folder"), err)
	}
	t, err := d.token(ctx, node, valid)
	if err == nil {
		_, err = fmt.Fprintln(f, t.Token)
	}
	if err := errors.Join(err, f.Close()); err != nil {
		return "", errors.Join(fmt.Errorf("token of %s: %w", node, err), os.Remove(file))
	}
	return file, nil
}
