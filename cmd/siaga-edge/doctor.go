package main

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/siaga-id/siaga/edge"
	"github.com/siaga-id/siaga/edge/bus"
	"github.com/siaga-id/siaga/edge/calibration"
	"github.com/siaga-id/siaga/edge/doctor"
	"github.com/siaga-id/siaga/edge/enrol"
	"github.com/siaga-id/siaga/edge/explain"
	"github.com/siaga-id/siaga/edge/local"
	"github.com/siaga-id/siaga/edge/readout"
	"github.com/siaga-id/siaga/internal/clocksync"
)

// newDoctor is the command that examines the node. It ends the process by what
// it found, without a further word.
func newDoctor() *cobra.Command { return doctorCommand(nodeUnderExam, os.Exit) }

// doctorCommand examines what deps looks at, and gives the exit code to exit
// where that is not 0.
func doctorCommand(deps func(file string, cfg edge.Config, cfgErr error) doctor.Deps, exit func(int)) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "doctor",
		Short: "Periksa node ini, dari catu daya sampai pusat (examine this node, from its supply to the center)",
		Long: `Memeriksa node ini dan memberi tahu apa yang perlu dilakukan. Paling lama 20 detik; tidak mengubah apa pun.
Kode keluar: 0 baik, 1 ada awas, 2 ada yang gagal.
(Examines this node and says what to do. It takes 20 seconds at most and changes nothing.
Exit code: 0 well, 1 warnings, 2 failures.)`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			file, cfg, lang, err := settings(cmd)
			if file == "" {
				return err // else a missing configuration is what is told of
			}
			r, err := examine(cmd.Context(), deps(file, cfg, err), lang, asJSON, cmd.OutOrStdout())
			if err != nil {
				return fmt.Errorf("write: %w", err)
			}
			if code := r.ExitCode(); code != 0 {
				exit(code)
			}
			return nil
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "JSON")
	return cmd
}

// examine runs the doctor and writes each line as soon as it is known.
func examine(ctx context.Context, d doctor.Deps, lang explain.Lang, asJSON bool, out io.Writer) (r doctor.Report, err error) {
	if asJSON {
		r = doctor.Run(ctx, d, lang, nil)
		return r, json.NewEncoder(out).Encode(r)
	}
	terminal := isTerminal(out)
	r = doctor.Run(ctx, d, lang, func(l doctor.Line) {
		switch {
		case l.Status != "":
			if terminal {
				fmt.Fprint(out, "\r\x1b[K")
			}
			err = errors.Join(err, doctor.PrintLine(out, l, lang))
		case terminal:
			fmt.Fprintf(out, "\r… %s\x1b[K", l.Title)
		}
	})
	if terminal {
		fmt.Fprint(out, "\r\x1b[K")
	}
	return r, errors.Join(err, doctor.PrintSummary(out, r, lang))
}

// directLimit is how long sensors may take that are read without the agent.
const directLimit = 10 * time.Second

// nodeUnderExam is this machine.
func nodeUnderExam(file string, cfg edge.Config, cfgErr error) doctor.Deps {
	host := bus.Host{}
	earliest := func() time.Time { return edge.Earliest(cfg.DataDir) }
	return doctor.Deps{
		ConfigFile: file, Config: cfg, ConfigErr: cfgErr,
		Agent: func(ctx context.Context) (edge.Snapshot, error) {
			client, err := local.Dial(cfg.SocketPath())
			if err != nil {
				return edge.Snapshot{}, err
			}
			defer client.Close()
			return client.Snapshot(ctx)
		},
		Active: func(ctx context.Context) bool {
			state, err := host.Command(ctx, "systemctl", "show", "--property", "ActiveState", "--value", "siaga-edge.service")
			s := strings.TrimSpace(string(state))
			return err == nil && (s == "active" || s == "activating")
		},
		Sensors: func(ctx context.Context) ([]edge.SensorSnapshot, error) { return senseOnce(ctx, cfg) },
		Queue: func() (edge.QueueSnapshot, error) {
			clock, err := edge.NewSystemClock()
			if err != nil {
				return edge.QueueSnapshot{}, err
			}
			return readout.Queue(cfg, clock)
		},
		Identity: enrol.Open(cfg.DataDir).Load,
		Handshake: func(ctx context.Context, id *enrol.Identity, address string) (tls.ConnectionState, error) {
			return id.Knock(ctx, address, earliest)
		},
		Broker: func(ctx context.Context, url string) error {
			return doctor.Reach(ctx, cfg.MQTT, cfg.Node, url, earliest)
		},
		Files: host.Files(),
		Clock: clocksync.Error, Now: time.Now,
		Free: doctor.Free, Stat: os.Stat, Access: doctor.Access,
		I2C: func(name string) error {
			b, err := host.I2C(name)
			if err != nil {
				return err
			}
			return b.Close()
		},
		Buses: host.I2CBuses, Ports: host.SerialPorts,
	}
}

// senseOnce opens the configured sensors until each has said something.
func senseOnce(ctx context.Context, cfg edge.Config) ([]edge.SensorSnapshot, error) {
	store, err := calibration.Open(cfg.DataDir)
	if err != nil {
		return nil, err
	}
	ctx, stop := context.WithTimeout(ctx, directLimit)
	sensors := readout.Direct(ctx, cfg, bus.Host{}, store)
	select {
	case <-sensors.Settled():
	case <-ctx.Done():
	}
	said := sensors.Snapshot()
	stop()
	sensors.Wait()
	return said, nil
}
