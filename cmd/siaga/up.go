package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"github.com/siaga-id/siaga/dashboards/wall"
	"github.com/siaga-id/siaga/firmware-sim/fleet"
	"github.com/siaga-id/siaga/firmware-sim/world"
	"github.com/siaga-id/siaga/gateway"
	"github.com/siaga-id/siaga/gateway/registry"
	"github.com/siaga-id/siaga/internal/config"
	"github.com/siaga-id/siaga/internal/mqtt"
	"github.com/siaga-id/siaga/internal/reading"
	"github.com/siaga-id/siaga/internal/version"
)

// demoSeed makes every demonstration the same world.
const demoSeed = 35_05

func upCommand() *cobra.Command {
	var file string
	var demo int
	cmd := &cobra.Command{
		Use:   "up",
		Short: "Jalankan seluruh pusat di satu mesin (run the whole center on one machine)",
		Args:  cobra.NoArgs,
	}
	flags := cmd.Flags()
	flags.StringVar(&file, "config", "", "berkas konfigurasi (configuration file)")
	flags.IntVar(&demo, "demo", 0, "pusat latihan dengan sekian desa simulasi; 0: tanpa desa sendiri (a demo center with this many simulated villages; 0: none of its own)")
	keys := map[string]string{"data": "data_dir", "http": "http.addr", "mqtt": "mqtt.addr", "influx": "influx.addr"}
	flags.String("data", "", "direktori data (data directory; default ./siaga-data, with --demo ./siaga-demo)")
	flags.String("http", "", "alamat dinding dan API (address of wall and API; default 127.0.0.1:8088)")
	flags.String("mqtt", "", "alamat broker tertanam (address of the embedded broker; default 127.0.0.1:1883)")
	flags.String("influx", "", "alamat InfluxDB tertanam (address of the embedded InfluxDB; default 127.0.0.1:8086)")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		cfg := gateway.DefaultConfig()
		overrides := map[string]any{}
		for flag, key := range keys {
			if f := flags.Lookup(flag); f.Changed {
				overrides[key] = f.Value.String()
			}
		}
		if demo < 0 {
			return fmt.Errorf("--demo %d: want 0 or more villages", demo)
		}
		if flags.Changed("demo") {
			overrides["ingest.demo"] = true
		}
		if err := config.Load(file, overrides, &cfg); err != nil {
			return err
		}
		tendHeap()
		return up(cmd.Context(), cfg, demo, cmd.OutOrStdout())
	}
	return cmd
}

// up runs a center and, for a demonstration, its villages.
func up(ctx context.Context, cfg gateway.Config, villages int, out io.Writer) error {
	level := slog.LevelInfo
	if villages > 0 {
		level = slog.LevelWarn // a demonstration's screen is for its summary
	}
	log := slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: level}))
	slog.SetDefault(log)
	center, err := gateway.Open(ctx, cfg, gateway.Deps{
		Version: version.Version, Wall: wall.Files(), Sites: sites(cfg.Ingest.Demo), Nodes: nodes(villages), Levels: levels(villages), Logger: log,
	})
	if err != nil {
		return err
	}
	group, running := errgroup.WithContext(ctx)
	// The center outlives its villages, so that what they hand over last is taken.
	centerCtx, stopCenter := context.WithCancel(context.Background())
	defer stopCenter()
	var simulated *fleet.Fleet
	if villages > 0 {
		simulated, err = fleet.New(fleet.Options{
			Nodes: villages, Seed: demoSeed, Dir: filepath.Join(center.DataDir(), "villages"),
			MQTT: mqtt.Config{URL: center.BrokerURL()}, PackInterval: time.Second,
			Version: version.Version, Logger: log,
		})
		if err != nil {
			return errors.Join(err, center.Close())
		}
	}
	if err := announce(out, center, cfg.Ingest.Demo, villages); err != nil {
		return errors.Join(err, center.Close())
	}
	group.Go(func() error { return center.Run(centerCtx) })
	group.Go(func() error {
		defer stopCenter()
		if simulated == nil {
			<-running.Done()
			return nil
		}
		return simulated.Run(running)
	})
	err = group.Wait()
	status := center.Status()
	err = errors.Join(err, center.Close())
	fmt.Fprintf(out, "\nSelesai. Semua yang diterima ada di disk; %d paket menunggu InfluxDB.\n", status.WaitingPacks)
	fmt.Fprintf(out, "(Stopped. Everything received is on disk; %d packs wait for InfluxDB.)\n", status.WaitingPacks)
	if simulated != nil {
		n := simulated.Counts()
		fmt.Fprintf(out, "Desa simulasi: %d bacaan diantrekan, %d paket menunggu pengakuan pusat dan dikirim pada start berikutnya.\n", n.QueuedReadings, n.WaitingPacks)
		fmt.Fprintf(out, "(Simulated villages: %d readings queued, %d packs wait for acknowledgement and go at the next start.)\n", n.QueuedReadings, n.WaitingPacks)
	}
	return err
}

func announce(out io.Writer, c *gateway.Center, demo bool, villages int) error {
	fmt.Fprintf(out, "Siaga %s\n", version.Version)
	if demo {
		fmt.Fprintf(out, "  SIMULASI    %d desa buatan, bukan keadaan nyata (simulated villages, not the real state)\n", villages)
	}
	for _, line := range [][2]string{
		{"Dinding", "http://" + c.HTTPAddr() + "/"},
		{"API", "http://" + c.HTTPAddr() + "/api/v1/nodes"},
		{"MQTT", c.BrokerURL()},
		{"InfluxDB", c.InfluxURL()},
		{"Data", c.DataDir()},
	} {
		fmt.Fprintf(out, "  %-10s  %s\n", line[0], line[1])
	}
	for _, addr := range c.SecureAddrs() {
		fmt.Fprintf(out, "  %-10s  %s\n", "TLS", addr)
	}
	if err := announceSetup(out, c); err != nil {
		return err
	}
	_, err := fmt.Fprintln(out, "Ctrl-C untuk berhenti (to stop)")
	return err
}

// announceSetup tells how the first admin makes his account. The link is a secret:
// where nobody looks on, what is written here stays in a journal that others read,
// so that it goes into a file instead.
func announceSetup(out io.Writer, c *gateway.Center) error {
	links := c.SetupURLs()
	if len(links) == 0 {
		return nil
	}
	if isTerminal(out) {
		fmt.Fprintln(out, "  Belum ada admin. Buat akunnya lewat tautan ini, sekali pakai, berlaku 24 jam:")
		fmt.Fprintln(out, "  (There is no admin yet. Make the account by this link, once, within 24 hours:)")
		fmt.Fprintf(out, "  %-10s  %s\n", "Admin", strings.Join(links, "\n"+strings.Repeat(" ", 14)))
		return nil
	}
	file, err := c.KeepSetupURL()
	if err != nil {
		return err
	}
	fmt.Fprintln(out, "  Belum ada admin. Buat akunnya lewat tautan di berkas ini (sudo cat), sekali pakai, berlaku 24 jam:")
	fmt.Fprintln(out, "  (There is no admin yet. Make the account by the link in this file (sudo cat), once, within 24 hours:)")
	fmt.Fprintf(out, "  %-10s  %s\n", "Admin", file)
	return nil
}

// sites are the villages that a demo center knows from the start.
func sites(demo bool) []registry.Site {
	if !demo {
		return nil
	}
	var all []registry.Site
	for _, v := range world.Villages() {
		river := demoRivers[v.Node]
		all = append(all, registry.Site{
			Code: v.Site, Name: v.Name, District: v.District, Lat: v.Lat, Lon: v.Lon, River: river.name, RiverOrder: river.order,
		})
	}
	return all
}

// nodes are the simulated nodes of this process, which are nobody's surprise.
func nodes(villages int) map[reading.NodeID]reading.SiteCode {
	all := map[reading.NodeID]reading.SiteCode{}
	for i := range villages {
		v := world.VillageAt(i)
		all[v.Node] = v.Site
	}
	return all
}
