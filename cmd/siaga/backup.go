package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/siaga-id/siaga/gateway/api"
	"github.com/siaga-id/siaga/gateway/backup"
	"github.com/siaga-id/siaga/internal/wholefile"
)

func backupCommand() *cobra.Command {
	var f centerFlags
	var k lockFlags
	var to string
	var history bool
	cmd := &cobra.Command{
		Use:   "backup [--to FILE]",
		Short: "Cadangkan seluruh pusat selagi berjalan, terenkripsi (back the whole center up while it runs, encrypted)",
		Long: "Cadangkan seluruh pusat selagi berjalan: inventaris, sertifikat, karantina, antrean, riwayat bacaan. Berkasnya terenkripsi (age).\n" +
			"(Backs the whole center up while it runs: inventory, certificates, quarantine, queues, readings. The file is encrypted, by age.)\n\n" +
			"Tidak termasuk: berkas konfigurasi. Tanpa kata sandi atau kunci, cadangan tidak dapat dibuka oleh siapa pun.\n" +
			"(Not in it: the configuration file. Without the passphrase or key nobody can open it.)",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			d, err := f.desk()
			if err != nil {
				return err
			}
			return d.backup(cmd, &k, to, history)
		},
	}
	f.bind(cmd.PersistentFlags())
	k.bind(cmd.Flags())
	cmd.Flags().StringVar(&to, "to", "", "berkas atau direktori tujuan (file or directory; default: siaga-<waktu>.age)")
	cmd.Flags().BoolVar(&history, "with-history", true, "dengan riwayat bacaan InfluxDB tertanam (with the embedded InfluxDB's readings)")
	cmd.AddCommand(backupCheckCommand(&f), backupRetirementsCommand(&f), backupKeyCommand(&f))
	return cmd
}

func (d *desk) backup(cmd *cobra.Command, k *lockFlags, to string, history bool) error {
	at, err := url.Parse(d.url)
	if err != nil {
		return fmt.Errorf("--center: %w", err)
	}
	if at.Scheme != "https" && !onThisMachine(d.url) {
		return errors.New(d.say("cadangan memuat kunci pusat: dari mesin lain pakai https://", "a backup is locked by a secret that goes to the center: from another machine use https://"))
	}
	if to, err = backupFile(to, time.Now()); err != nil {
		return err
	}
	lock, err := k.lock(cmd.InOrStdin(), cmd.ErrOrStderr(), d.lang)
	if err != nil {
		return err
	}
	if err := lock.Validate(); err != nil {
		return err
	}
	body := map[string]any{"history": history}
	if lock.Passphrase != "" {
		body["passphrase"] = lock.Passphrase
	} else {
		body["recipients"] = lock.Recipients
	}
	fmt.Fprintln(cmd.ErrOrStderr(), d.say("Pusat menyalin datanya …", "The center copies its data …"))
	p := &progress{out: cmd.ErrOrStderr(), lang: d.lang}
	if err := writeWhole(to, func(w io.Writer) error { return d.fetchBackup(cmd.Context(), body, w, p) }); err != nil {
		return fmt.Errorf("backup: %w", err)
	}
	if d.asJSON {
		return printJSON(cmd.OutOrStdout(), map[string]any{"file": to, "bytes": p.done})
	}
	_, err = fmt.Fprintf(cmd.OutOrStdout(), d.say("Cadangan: %s (%s). Periksa: siaga backup check %[1]s\n", "Backup: %s (%s). Look it over: siaga backup check %[1]s\n"), to, megabytes(p.done))
	return err
}

// backupFile is where a backup goes, which must not be there.
func backupFile(to string, now time.Time) (string, error) {
	name := "siaga-" + now.UTC().Format("20060102T150405Z") + ".age"
	if to == "" {
		to = name
	} else if info, err := os.Stat(to); err == nil && info.IsDir() {
		to = filepath.Join(to, name)
	}
	if _, err := os.Stat(to); err == nil {
		return "", fmt.Errorf("backup: %s is there already: name another file", to)
	}
	return to, nil
}

// fetchBackup writes the center's backup to w.
func (d *desk) fetchBackup(ctx context.Context, body any, w io.Writer, p *progress) error {
	c := d.centerClient
	unhurried := *c.http
	unhurried.Timeout = 0 // it takes as long as it takes; the center ends it where nothing moves
	c.http = &unhurried
	payload, err := json.Marshal(body)
	if err != nil {
		return fmt.Errorf("encode request: %w", err)
	}
	resp, err := c.send(ctx, http.MethodPost, "/api/v1/backup", payload)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		b, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
		if err != nil {
			return fmt.Errorf("read center's answer: %w", err)
		}
		return c.refused(resp.StatusCode, b)
	}
	p.of, _ = strconv.ParseInt(resp.Header.Get(api.BackupBytes), 10, 64)
	defer p.end()
	if _, err := io.Copy(io.MultiWriter(w, p), resp.Body); err != nil {
		return fmt.Errorf("%s: %w", d.say("cadangan terputus", "the backup was cut off"), err)
	}
	return nil
}

// writeWhole makes a new file, for its owner alone, whole and durable, or none.
func writeWhole(to string, write func(io.Writer) error) (err error) {
	partial := to + ".partial"
	f, err := os.OpenFile(partial, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, os.ErrExist) {
		return fmt.Errorf("%w: another backup writes it, or was killed: then remove it", err)
	}
	if err != nil {
		return err
	}
	if err = write(f); err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err == nil {
		// A link, unlike a renaming, overwrites nothing that has come meanwhile.
		if err = os.Link(partial, to); err != nil && !errors.Is(err, os.ErrExist) {
			err = os.Rename(partial, to) // on a file system without links
		}
	}
	if gone := os.Remove(partial); err == nil && gone != nil && !errors.Is(gone, os.ErrNotExist) {
		err = gone
	}
	if err != nil {
		return err
	}
	return wholefile.Dir(filepath.Dir(to)).SyncDir()
}

// progress shows how far a backup is, at most once a second.
type progress struct {
	out      io.Writer
	lang     lang
	done, of int64
	shown    time.Time
}

func (p *progress) Write(b []byte) (int, error) {
	p.done += int64(len(b))
	if time.Since(p.shown) < time.Second {
		return len(b), nil
	}
	p.shown = time.Now()
	p.show()
	return len(b), nil
}

func (p *progress) show() {
	percent := 100
	if p.of > 0 {
		percent = int(min(100, p.done*100/p.of))
	}
	fmt.Fprintf(p.out, "\r%s %s %s, %d %%   ", megabytes(p.done), p.lang.say("dari", "of"), megabytes(p.of), percent)
}

func (p *progress) end() {
	p.show()
	fmt.Fprintln(p.out)
}

func megabytes(n int64) string { return fmt.Sprintf("%.1f MB", float64(n)/1e6) }

func backupRetirementsCommand(f *centerFlags) *cobra.Command {
	var to string
	cmd := &cobra.Command{
		Use: "retirements --to FILE", Args: cobra.NoArgs,
		Short: "Tulis daftar node pensiun, sertifikat dan akun yang dicabut, untuk siaga restore --retired (write who is kept out)",
		RunE: func(cmd *cobra.Command, _ []string) error {
			d, err := f.desk()
			if err != nil {
				return err
			}
			if to == "" {
				return d.copyTo(cmd.Context(), "/api/v1/retirements", cmd.OutOrStdout())
			}
			if err := writeWhole(to, func(w io.Writer) error { return d.copyTo(cmd.Context(), "/api/v1/retirements", w) }); err != nil {
				return fmt.Errorf("retirements: %w", err)
			}
			return nil
		},
	}
	cmd.Flags().StringVar(&to, "to", "", "berkas baru (a new file; default: standard output)")
	return cmd
}

func backupKeyCommand(f *centerFlags) *cobra.Command {
	return &cobra.Command{
		Use: "key FILE", Args: cobra.ExactArgs(1),
		Short: "Buat kunci pembuka cadangan; simpan jauh dari pusat (make a key that opens backups; keep it away from the center)",
		RunE: func(cmd *cobra.Command, args []string) error {
			l, err := f.lang()
			if err != nil {
				return err
			}
			text, public, err := backup.NewKey()
			if err != nil {
				return err
			}
			if err := writeWhole(args[0], func(w io.Writer) error { _, err := io.WriteString(w, text); return err }); err != nil {
				return fmt.Errorf("key: %w", err)
			}
			fmt.Fprintf(cmd.OutOrStdout(), l.say("Kunci rahasia: %s\nKunci umum, untuk siaga backup --recipient:\n%s\n", "Secret key: %s\nPublic key, for siaga backup --recipient:\n%s\n"), args[0], public)
			return nil
		},
	}
}
