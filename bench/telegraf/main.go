//go:build linux

// Command telegraf measures the whole chain from a publisher to InfluxDB beside
// the usual one of Mosquitto, Telegraf and InfluxDB: what each point of four
// values costs, and what is lost when programs are killed. It wants Telegraf's
// program, Debian's Mosquitto, influxd 1.8.10 and our programs.
// `make bench-telegraf TELEGRAF=/path/to/telegraf` runs it; it takes twenty
// minutes.
//
// Every chain gets the same four values in JSON under the same schedule, each from
// the sender that is best for it, and begins with empty folders.
//
// It asserts nothing: machines differ.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	var o options
	flag.StringVar(&o.telegraf, "telegraf", "", "Telegraf's program, with mqtt_consumer, json and influxdb")
	flag.StringVar(&o.programs, "programs", "bin", "folder with siaga")
	flag.StringVar(&o.dir, "dir", "", "folder for what the programs keep, on a disk and not in memory; default: the system's for temporary files")
	flag.IntVar(&o.nodes, "nodes", 50, "how many connections publish")
	flag.IntVar(&o.points, "points", 90_000, "how many points of four values go at full speed")
	flag.IntVar(&o.window, "window", 64, "how many messages of a connection may be unconfirmed")
	flag.IntVar(&o.rate, "rate", 1000, "points a second otherwise")
	flag.DurationVar(&o.steady, "steady", 20*time.Second, "how long points go at that rate while nothing happens")
	flag.DurationVar(&o.storm, "storm", time.Minute, "how long programs are killed; 0: not at all")
	flag.Uint64Var(&o.seed, "seed", 1, "of the schedule of kills")
	flag.BoolVar(&o.json, "json", false, "print JSON")
	flag.Parse()
	if err := run(ctx, o, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "telegraf:", err)
		os.Exit(1)
	}
}

type options struct {
	telegraf, programs, dir string
	nodes, points, window   int
	rate                    int
	steady, storm           time.Duration
	seed                    uint64
	json                    bool
}

func (o *options) check() (err error) {
	if o.telegraf == "" {
		return errors.New("give Telegraf's program by -telegraf; it can be built with: go install -tags custom,inputs.mqtt_consumer,outputs.influxdb,parsers.json github.com/influxdata/telegraf/cmd/telegraf@v1.37.0")
	}
	if o.nodes < 1 || o.points < o.nodes || o.rate < 1 || o.steady <= 0 || o.storm < 0 || o.window < 1 || o.window > maxWindow {
		return fmt.Errorf("want at least one node, one point a node, one point a second, some steady time, and a window of 1 to %d", maxWindow)
	}
	for _, path := range []*string{&o.telegraf, &o.programs} {
		if *path, err = filepath.Abs(*path); err != nil {
			return err
		}
	}
	_, err = os.Stat(filepath.Join(o.programs, "siaga"))
	return err
}

// result is what there is to tell of one chain.
type result struct {
	Chain  string  `json:"chain"`
	Keeps  string  `json:"publisher_keeps_until"`
	Format string  `json:"format"`
	Bytes  float64 `json:"payload_bytes_per_point"`
	Full   quiet   `json:"full_speed"`
	Steady quiet   `json:"steady"`
	Storms []storm `json:"storms,omitempty"`
}

func run(ctx context.Context, o options, out io.Writer) (err error) {
	if err := o.check(); err != nil {
		return err
	}
	dir, err := os.MkdirTemp(o.dir, "siaga-bench-telegraf")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	var all []result
	for i, c := range chains {
		r := result{Chain: c.name, Keeps: c.protocol.keepsUntil(), Format: c.says, Bytes: o.load(c, modeFull).meanBytes()}
		say := func(what string) { fmt.Fprintf(os.Stderr, "%s: %s …\n", c.name, what) }
		for _, q := range []struct {
			mode mode
			to   *quiet
		}{{modeFull, &r.Full}, {modeSteady, &r.Steady}} {
			say(string(q.mode))
			if *q.to, err = measureQuiet(ctx, o, c, q.mode, filepath.Join(dir, fmt.Sprint(i, "-", q.mode))); err != nil {
				return fmt.Errorf("%s, %s: %w", c.name, q.mode, err)
			}
		}
		for _, s := range []struct {
			mode   mode
			broken brokerBreak
		}{{modeOrderly, restarted}, {modeKilled, killed}} {
			if o.storm == 0 {
				break
			}
			say(string(s.broken))
			st, err := measureStorm(ctx, o, c, s.mode, s.broken, filepath.Join(dir, fmt.Sprint(i, "-", s.mode)))
			if err != nil {
				return fmt.Errorf("%s, %s: %w", c.name, s.broken, err)
			}
			r.Storms = append(r.Storms, st)
		}
		all = append(all, r)
	}
	if o.json {
		enc := json.NewEncoder(out)
		enc.SetIndent("", "  ")
		return enc.Encode(all)
	}
	return show(out, o, all)
}

// find returns the path of a program that is no part of Siaga.
func find(name, install string) (string, error) {
	gopath, err := exec.Command("go", "env", "GOPATH").Output()
	if err != nil {
		return "", err
	}
	for _, at := range []string{name, "/usr/sbin/" + name, filepath.Join(strings.TrimSpace(string(gopath)), "bin", name)} {
		if path, err := exec.LookPath(at); err == nil {
			return path, nil
		}
	}
	return "", fmt.Errorf("%s is missing: install it with: %s", name, install)
}
