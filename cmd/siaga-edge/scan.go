package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/siaga-id/siaga/edge"
	"github.com/siaga-id/siaga/edge/bus"
	"github.com/siaga-id/siaga/edge/chips"
	"github.com/siaga-id/siaga/edge/explain"
	"github.com/siaga-id/siaga/edge/local"
	"github.com/siaga-id/siaga/edge/remote"
	"github.com/siaga-id/siaga/edge/scan"
	"github.com/siaga-id/siaga/internal/config"
)

// scanFlags are what scan was asked for.
type scanFlags struct {
	write, json    bool
	station        scan.Station
	record, replay string
}

func newScan() *cobra.Command {
	var f scanFlags
	cmd := &cobra.Command{
		Use:   "scan",
		Short: "Cari sensor yang terpasang dan tulis konfigurasinya (find what is wired and write its configuration)",
		Long: `Mencari sensor di semua bus I2C dan port serial, hanya dengan membaca, lalu menyarankan konfigurasi.
Dengan --write konfigurasi ditulis: yang sudah ada tetap, hanya sensor baru yang ditambahkan.
Sensor dari layanan yang sedang berjalan tidak diganggu.
(Looks for sensors on all I2C buses and serial ports, only reading, and suggests a configuration.
With --write it is written: what is there stays, only new sensors are added.
Sensors of the running service are left alone.)`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			file, cfg, lang, err := settings(cmd)
			if file == "" {
				return err // else scan is there for a node without a valid configuration, too
			}
			s := scanDesk{scanFlags: f, lang: lang, file: file, cfg: cfg, out: cmd.OutOrStdout(), progress: cmd.ErrOrStderr()}
			return s.run(cmd.Context())
		},
	}
	cmd.Flags().BoolVar(&f.write, "write", false, "tulis ke berkas konfigurasi (write the configuration file)")
	cmd.Flags().BoolVar(&f.json, "json", false, "JSON")
	cmd.Flags().StringVar(&f.station.Node, "node", "", "id node, untuk konfigurasi baru (node id, for a new configuration)")
	cmd.Flags().StringVar(&f.station.Site, "site", "", "kode desa, untuk konfigurasi baru (village code, for a new configuration)")
	cmd.Flags().StringVar(&f.station.Broker, "broker", "", "tcp://ALAMAT:1883, untuk konfigurasi baru (for a new configuration)")
	cmd.Flags().StringVar(&f.record, "record", "", "rekam lalu lintas bus ke berkas (record the buses' traffic to a file)")
	cmd.Flags().StringVar(&f.replay, "replay", "", "putar rekaman sebagai ganti sensor (play a recording instead of sensors)")
	cmd.MarkFlagsMutuallyExclusive("record", "replay")
	cmd.MarkFlagsMutuallyExclusive("write", "replay")
	return cmd
}

// scanDesk is a scan at work.
type scanDesk struct {
	scanFlags
	lang          explain.Lang
	file          string
	cfg           edge.Config
	out, progress io.Writer
}

// scanResult is what --json prints.
type scanResult struct {
	Findings    []scan.Finding    `json:"findings"`
	Suggestions []scan.Suggestion `json:"suggestions"`
	// Written is the file that the suggestions were added to, Backup what it was
	// before; empty where nothing was written.
	Written string `json:"written,omitempty"`
	Backup  string `json:"backup,omitempty"`
}

func (s scanDesk) run(ctx context.Context) (err error) {
	text, err := os.ReadFile(s.file)
	fresh := errors.Is(err, fs.ErrNotExist)
	if err != nil && !fresh {
		return fmt.Errorf("read configuration: %w", err)
	}
	if err := s.checkStation(fresh); err != nil {
		return err
	}
	known, err := inForce(s.file)
	if err != nil {
		return err
	}
	board, closeBoard, err := openScanBoard(s.record, s.replay)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, closeBoard()) }()
	var r scanResult
	r.Findings, err = scan.Run(ctx, board, scan.Options{Chips: chips.All(), Held: s.held(ctx, known), Progress: s.tell()})
	if err != nil {
		return err
	}
	r.Suggestions = scan.Suggest(r.Findings, chips.All(), known)
	if s.write && len(r.Suggestions) > 0 {
		if r.Backup, err = s.save(text, fresh, r.Suggestions); err != nil {
			return err
		}
		r.Written = s.file
		if err := remote.Adopt(s.file, whoScans(), "siaga-edge scan --write"); err != nil {
			slog.Warn("the service takes the sensors without knowing who wrote them", "err", err)
		}
	}
	if s.json {
		err = json.NewEncoder(s.out).Encode(r)
	} else {
		err = s.print(r, known)
	}
	if err == nil && s.write && fresh && r.Written == "" {
		err = errors.New(s.lang.Say("tidak ada sensor yang dapat ditulis, jadi %s tidak dibuat: perbaiki masalah di atas, atau salin /usr/share/doc/siaga-edge/siaga-edge.yaml ke sana untuk sensor GPIO",
			"no sensor could be written, so %s was not made: mend what is said above, or copy /usr/share/doc/siaga-edge/siaga-edge.yaml there for GPIO sensors", s.file))
	}
	return err
}

// whoScans is the person, also where he asks as root.
func whoScans() string {
	return cmp.Or(os.Getenv("SUDO_USER"), os.Getenv("USER"), "siaga-edge")
}

// checkStation wants what a new configuration needs, before a minute is spent.
func (s scanDesk) checkStation(fresh bool) error {
	given := s.station != scan.Station{}
	switch {
	case !s.write && given:
		return errors.New(s.lang.Pick("--node, --site dan --broker hanya bersama --write", "--node, --site and --broker go with --write only"))
	case s.write && !fresh && given:
		return errors.New(s.lang.Say("%s sudah ada: ubah node, site dan broker di sana, tanpa --node, --site, --broker",
			"%s is there already: change node, site and broker in it, without --node, --site, --broker", s.file))
	case !s.write || !fresh:
		return nil
	case !given && s.cfg.Node != "" && s.cfg.Site != "":
		return nil // enrolled: the identity says all of it
	}
	var missing []string
	for _, f := range []struct{ flag, value string }{
		{"--node", s.station.Node}, {"--site", s.station.Site}, {"--broker", s.station.Broker},
	} {
		if f.value == "" {
			missing = append(missing, f.flag)
		}
	}
	if len(missing) > 0 {
		return errors.New(s.lang.Say("%[1]s belum ada; daftarkan dulu node ini (siaga-edge enroll TOKEN), atau beri juga %[2]s, misalnya: --node sutojayan-01 --site 35.05.12.1005 --broker tcp://10.0.0.5:1883",
			"%[1]s is not there yet; enrol this node first (siaga-edge enroll TOKEN), or give %[2]s too, such as: --node sutojayan-01 --site 35.05.12.1005 --broker tcp://10.0.0.5:1883", s.file, strings.Join(missing, ", ")))
	}
	return nil
}

// held returns what the running agent has open; nil where none runs, or a
// recording takes the place of the buses.
func (s scanDesk) held(ctx context.Context, known scan.Configured) func(scan.Place) string {
	if s.replay != "" {
		return nil
	}
	client, err := local.Dial(s.cfg.SocketPath())
	if errors.Is(err, local.ErrNotRunning) {
		return nil
	}
	if err != nil {
		return known.At // it runs, and may have all that is configured
	}
	defer client.Close()
	snap, err := client.Snapshot(ctx)
	if err != nil {
		return known.At
	}
	return func(p scan.Place) string {
		id := known.At(p)
		if !slices.ContainsFunc(snap.Sensors, func(sensor edge.SensorSnapshot) bool { return sensor.ID == id }) {
			return "" // added to the file since the agent was started
		}
		return id
	}
}

// tell shows the progress on a terminal.
func (s scanDesk) tell() func(scan.Place, int, int) {
	if !isTerminal(s.progress) {
		return nil
	}
	return func(at scan.Place, done, total int) {
		fmt.Fprintf(s.progress, "\r[%d/%d] %s …\x1b[K", done+1, total, at)
	}
}

// save adds the sensors to the configuration and returns the name of what it was
// before.
func (s scanDesk) save(text []byte, fresh bool, sensors []scan.Suggestion) (backup string, err error) {
	st := s.station
	if st == (scan.Station{}) {
		st.Node, st.Site = s.cfg.Node, s.cfg.Site
	}
	merged := scan.New(st, sensors, s.lang)
	if !fresh {
		if merged, err = scan.Merge(text, sensors, s.lang); err != nil {
			return "", fmt.Errorf("%s: %w", s.file, err)
		}
	}
	return scan.Save(s.file, merged, func(path string) error {
		cfg := edge.DefaultConfig()
		return config.Load(path, nil, &cfg)
	})
}

func (s scanDesk) print(r scanResult, known scan.Configured) error {
	if isTerminal(s.progress) {
		fmt.Fprint(s.progress, "\r\x1b[K")
	}
	if err := scan.Print(s.out, r.Findings, known, s.lang); err != nil {
		return fmt.Errorf("write: %w", err)
	}
	fmt.Fprintln(s.out)
	if err := scan.PrintSuggestions(s.out, r.Suggestions, known, s.lang); err != nil {
		return fmt.Errorf("write: %w", err)
	}
	if r.Written == "" {
		return nil
	}
	fmt.Fprintln(s.out)
	fmt.Fprintln(s.out, s.lang.Say("Ditulis ke %s.", "Written to %s.", r.Written))
	if r.Backup != "" {
		fmt.Fprintln(s.out, s.lang.Say("Yang lama: %s.", "What was there: %s.", r.Backup))
	}
	return scan.PrintNext(s.out, r.Suggestions, s.lang)
}

// openScanBoard returns the machine's own buses, recorded where a file is named,
// or those of a recording, and what ends their use.
func openScanBoard(record, replay string) (board bus.Machine, end func() error, err error) {
	switch {
	case replay != "":
		file, err := os.Open(replay)
		if err != nil {
			return nil, nil, fmt.Errorf("replay: %w", err)
		}
		defer file.Close()
		tape, err := bus.Replay(file)
		if err != nil {
			return nil, nil, fmt.Errorf("replay %s: %w", replay, err)
		}
		return tape, func() error { return nil }, nil
	case record != "":
		file, err := os.OpenFile(record, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
		if err != nil {
			return nil, nil, fmt.Errorf("record: %w", err)
		}
		recorder, err := bus.Record(bus.Host{}, file)
		if err != nil {
			return nil, nil, errors.Join(err, file.Close())
		}
		return recorder, func() error { return errors.Join(recorder.Err(), file.Close()) }, nil
	}
	return bus.Host{}, func() error { return nil }, nil
}
