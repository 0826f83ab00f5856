package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"

	"github.com/spf13/cobra"

	"github.com/siaga-id/siaga/gateway/backup"
	"github.com/siaga-id/siaga/gateway/registry"
)

func restoreCommand() *cobra.Command {
	var k keyFlags
	var data, retired, said string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "restore FILE --data DIR",
		Short: "Pulihkan cadangan ke direktori data yang kosong (restore a backup into an empty data directory)",
		Long: "Pulihkan cadangan ke direktori data yang kosong; semuanya diperiksa sebelum ditempatkan.\n" +
			"(Restores a backup into an empty data directory; all of it is checked before it is put in place.)\n\n" +
			"Token pendaftaran yang terbuka, sesi dan tautan admin berakhir. --retired FILE (siaga backup retirements) menjaga agar\n" +
			"node, sertifikat dan akun yang dicabut sesudah cadangan tetap dicabut.\n" +
			"(Open enrolment tokens, sessions and set-up links end. --retired keeps out who was retired or revoked after the backup.)",
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			l, err := parseLang(said)
			if err != nil {
				return err
			}
			if data == "" {
				return errors.New(l.say("sebutkan direktori data yang baru: --data DIR", "name the new data directory: --data DIR"))
			}
			list, err := readRetirements(retired)
			if err != nil {
				return err
			}
			key, err := k.open(cmd.InOrStdin(), cmd.ErrOrStderr(), l)
			if err != nil {
				return err
			}
			f, err := os.Open(args[0])
			if err != nil {
				return fmt.Errorf("restore: %w", err)
			}
			defer f.Close()
			report, err := backup.Restore(cmd.Context(), bufio.NewReaderSize(f, 1<<20), backup.Options{Dir: data, Key: key, Retired: list, Logger: slog.New(slog.DiscardHandler)})
			if err != nil {
				return err
			}
			if asJSON {
				return printJSON(cmd.OutOrStdout(), report)
			}
			printManifest(cmd.OutOrStdout(), report.Manifest, l)
			printEnded(cmd.OutOrStdout(), report, list != nil, data, l)
			return nil
		},
	}
	k.bind(cmd.Flags())
	cmd.Flags().StringVar(&data, "data", "", "direktori data, belum ada atau kosong (data directory, not there or empty)")
	cmd.Flags().StringVar(&retired, "retired", "", "daftar dari siaga backup retirements (list of who was kept out since)")
	cmd.Flags().BoolVar(&asJSON, "json", false, "JSON")
	bindLang(cmd.Flags(), &said)
	return cmd
}

func readRetirements(file string) (*registry.Retirements, error) {
	if file == "" {
		return nil, nil
	}
	b, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("--retired: %w", err)
	}
	list, err := registry.ParseRetirements(b)
	if err != nil {
		return nil, fmt.Errorf("--retired: %w", err)
	}
	return list, nil
}

func backupCheckCommand(f *centerFlags) *cobra.Command {
	var k keyFlags
	cmd := &cobra.Command{
		Use: "check FILE", Args: cobra.ExactArgs(1),
		Short: "Periksa cadangan dan tampilkan isinya (look a backup over, without a center)",
		RunE: func(cmd *cobra.Command, args []string) error {
			l, err := f.lang()
			if err != nil {
				return err
			}
			key, err := k.open(cmd.InOrStdin(), cmd.ErrOrStderr(), l)
			if err != nil {
				return err
			}
			file, err := os.Open(args[0])
			if err != nil {
				return fmt.Errorf("check: %w", err)
			}
			defer file.Close()
			m, err := backup.Check(cmd.Context(), bufio.NewReaderSize(file, 1<<20), key)
			if err != nil {
				return err
			}
			if f.asJSON {
				return printJSON(cmd.OutOrStdout(), m)
			}
			printManifest(cmd.OutOrStdout(), m, l)
			return nil
		},
	}
	k.bind(cmd.Flags())
	return cmd
}

func printManifest(out io.Writer, m *backup.Manifest, l lang) {
	fmt.Fprintf(out, l.say("Cadangan utuh: %s, siaga %s, %d berkas, %s.\n", "The backup is whole: %s, siaga %s, %d files, %s.\n"),
		m.Taken.Local().Format("2006-01-02 15:04:05"), m.Program, len(m.Files), megabytes(m.Bytes()))
	switch m.History {
	case registry.HistoryIncluded:
		fmt.Fprintf(out, l.say("Riwayat bacaan: termasuk (%s).\n", "Readings: included (%s).\n"), m.Engine)
	case registry.HistoryLeftOut:
		fmt.Fprintln(out, l.say("Riwayat bacaan: TIDAK termasuk.", "Readings: NOT included."))
	case registry.HistoryExternal:
		fmt.Fprintln(out, l.say("Riwayat bacaan: di InfluxDB tersendiri, tidak termasuk.", "Readings: in an InfluxDB of its own, not included."))
	}
	fmt.Fprintln(out, l.say("Tidak termasuk:", "Left out:"))
	for _, o := range m.LeftOut {
		fmt.Fprintf(out, "  %s: %s\n", o.What, o.Why)
	}
}

func printEnded(out io.Writer, r *backup.Report, listed bool, data string, l lang) {
	e := r.Ended
	fmt.Fprintf(out, l.say("Dipulihkan ke %s. Berakhir: %d token pendaftaran, %d sesi, %d tautan admin.\n", "Restored into %s. Ended: %d enrolment tokens, %d sessions, %d set-up links.\n"),
		data, e.Tokens, e.Sessions, e.SetupLinks)
	if listed {
		fmt.Fprintf(out, l.say("Tetap dicabut: %d node, %d sertifikat, %d akun, %d token akses, %d perangkat.\n", "Kept out: %d nodes, %d certificates, %d accounts, %d access tokens, %d devices.\n"),
			e.Nodes, e.Certificates, e.Accounts, e.AccessTokens, e.Devices)
	} else {
		fmt.Fprintln(out, l.say(
			"PERHATIAN: tanpa --retired, node, akun dan token yang dicabut sesudah cadangan berlaku lagi. Cabut lagi sekarang.",
			"MIND: without --retired, nodes, accounts and tokens that were revoked after the backup are good again. Revoke them again now."))
	}
	fmt.Fprintln(out, l.say(
		"Bacaan yang diterima antara cadangan dan sekarang ditandai hilang saat node melapor. Jalankan pusat: siaga up --data "+data,
		"Readings that were taken over between the backup and now are marked as lost when the nodes report. Start the center: siaga up --data "+data))
}
