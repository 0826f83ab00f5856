//go:build linux

package main

import (
	"context"
	_ "embed"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"

	"github.com/siaga-id/siaga/bench/process"
)

//go:embed telegraf.conf
var telegrafConf string

//go:embed mosquitto.conf
var mosquittoConf string

//go:embed influxd.conf
var influxdConf string

// chain is a way from a publisher to InfluxDB.
type chain struct {
	name     string
	protocol protocol
	format   format
	points   int // a message
	says     string
	// build makes its programs in the order in which they start.
	build func(o options, dir string) (*stage, error)
}

var chains = []chain{
	{"mosquitto + telegraf + influxd", plain, flatJSON, 1, "flat JSON", usual},
	{"same, mosquitto saves at once", plain, flatJSON, 1, "flat JSON", careful},
	{"siaga up", siaga, senmlJSON, 1, "SenML JSON", whole},
	{"siaga up, as nodes send", siaga, senmlCBOR, 15, "SenML CBOR, 15 points a message", whole},
	{"mosquitto + siaga ingest + influxd", siaga, senmlJSON, 1, "SenML JSON", beside},
}

// stage is a chain that runs.
type stage struct {
	programs []*program
	// outside is how many of them, the first, others depend on at their start.
	outside int
	// consumer takes messages from the broker; in a whole center both are one.
	consumer, broker *program
	mqtt             string // address
	db               database
}

// addresses returns n free ones.
func addresses(n int) (all []string, err error) {
	for range n {
		a, err := freeAddr()
		if err != nil {
			return nil, err
		}
		all = append(all, a)
	}
	return all, nil
}

// write makes a file of a template, by pairs of what is replaced.
func write(dir, name, template string, pairs ...string) (file string, err error) {
	file = filepath.Join(dir, name)
	return file, os.WriteFile(file, []byte(strings.NewReplacer(pairs...).Replace(template)), 0o600)
}

// mosquitto saves every second, or at every change.
func mosquitto(dir, addr string, changes bool) (*program, error) {
	path, err := find("mosquitto", "apt-get install mosquitto")
	if err != nil {
		return nil, err
	}
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, err
	}
	conf := mosquittoConf
	if os.Getuid() == 0 {
		conf += "user root\n" // it gives its rights up otherwise, and cannot write to dir
	}
	file, err := write(dir, "mosquitto.conf", conf, "BROKER", port+" "+host, "DIR", dir, "CHANGES", strconv.FormatBool(changes))
	return newProgram(dir, "mosquitto", func() *exec.Cmd { return process.Command(path, "-c", file) }), err
}

func influxd(dir, addr, meta string) (*program, error) {
	path, err := find("influxd", "go install github.com/influxdata/influxdb/cmd/influxd@v1.8.10")
	if err != nil {
		return nil, err
	}
	file, err := write(dir, "influxd.conf", influxdConf, "INFLUX", addr, "META", meta, "DIR", dir)
	return newProgram(dir, "influxd", func() *exec.Cmd { return process.Command(path, "run", "-config", file) }), err
}

// outside are the parts of a chain that are not ours.
func outside(dir string, at []string, changes bool) (s *stage, err error) {
	s = &stage{mqtt: at[0], db: database{addr: at[1]}}
	if s.broker, err = mosquitto(dir, at[0], changes); err != nil {
		return nil, err
	}
	db, err := influxd(dir, at[1], at[2])
	if err != nil {
		return nil, err
	}
	s.programs, s.outside = []*program{s.broker, db}, 2
	return s, nil
}

func usual(o options, dir string) (*stage, error)   { return withTelegraf(o, dir, false) }
func careful(o options, dir string) (*stage, error) { return withTelegraf(o, dir, true) }

func withTelegraf(o options, dir string, changes bool) (*stage, error) {
	at, err := addresses(3)
	if err != nil {
		return nil, err
	}
	s, err := outside(dir, at, changes)
	if err != nil {
		return nil, err
	}
	file, err := write(dir, "telegraf.conf", telegrafConf, "BROKER", s.mqtt, "INFLUX", s.db.addr)
	s.consumer = newProgram(dir, "telegraf", func() *exec.Cmd { return process.Command(o.telegraf, "--config", file) })
	s.programs = append(s.programs, s.consumer)
	return s, err
}

// whole is our center as it comes. It takes simulated packs, so that it is not held
// up by a machine whose clock nobody has set.
func whole(o options, dir string) (*stage, error) {
	at, err := addresses(3)
	if err != nil {
		return nil, err
	}
	up := newProgram(dir, "siaga up", func() *exec.Cmd {
		return process.Command(filepath.Join(o.programs, "siaga"), "up", "--demo", "0",
			"--data", filepath.Join(dir, "data"), "--http", at[0], "--mqtt", at[1], "--influx", at[2])
	})
	return &stage{programs: []*program{up}, consumer: up, broker: up, mqtt: at[1], db: database{addr: at[2]}}, nil
}

// beside is our ingester between the same broker and InfluxDB, and the center for
// wall and registry, which follows the broker too.
func beside(o options, dir string) (*stage, error) {
	at, err := addresses(4)
	if err != nil {
		return nil, err
	}
	s, err := outside(dir, at, false)
	if err != nil {
		return nil, err
	}
	common := fmt.Sprintf("mqtt: {url: \"tcp://%s\"}\ninflux: {url: %q}\n", s.mqtt, s.db.url())
	path := filepath.Join(o.programs, "siaga")
	center, err := write(dir, "siaga.yaml", fmt.Sprintf("data_dir: %q\nhttp: {addr: %q}\n%s", dir+"/center", at[3], common))
	if err != nil {
		return nil, err
	}
	ingest, err := write(dir, "ingest.yaml", fmt.Sprintf("data_dir: %q\ncenter: {url: \"http://%s\"}\ningest: {name: ingest-1, demo: true}\n%s", dir+"/ingest", at[3], common))
	up := newProgram(dir, "siaga up", func() *exec.Cmd { return process.Command(path, "up", "--demo", "0", "--config", center) })
	s.consumer = newProgram(dir, "siaga ingest", func() *exec.Cmd { return process.Command(path, "ingest", "--config", ingest) })
	s.programs = append(s.programs, up, s.consumer)
	return s, err
}

// open makes and starts a chain in dir, and returns once it answers. What it returns
// is to be closed, also with an error.
func (c chain) open(ctx context.Context, o options, dir string) (s *stage, err error) {
	if err := os.Mkdir(dir, 0o700); err != nil {
		return &stage{}, err
	}
	if s, err = c.build(o, dir); err != nil {
		return &stage{}, err
	}
	for i, p := range s.programs {
		if i == s.outside && s.outside > 0 {
			if err := within(ctx, starting, s.answers); err != nil {
				return s, err
			}
			if _, err := s.db.query(`CREATE DATABASE "siaga"`); err != nil {
				return s, err
			}
		}
		if err := p.start(); err != nil {
			return s, err
		}
	}
	return s, within(ctx, starting, s.answers)
}

// answers is nil once database and broker are there.
func (s *stage) answers() error {
	resp, err := http.Get(s.db.url() + "/ping")
	if err != nil {
		return err
	}
	resp.Body.Close()
	conn, err := net.Dial("tcp", s.mqtt)
	if err != nil {
		return err
	}
	return conn.Close()
}

// close ends everything.
func (s *stage) close() {
	for i := len(s.programs) - 1; i >= 0; i-- {
		s.programs[i].down(syscall.SIGTERM)
		s.programs[i].runs.Wait()
	}
}

// said is the end of what the programs said.
func (s *stage) said() string {
	var b strings.Builder
	for _, p := range s.programs {
		b.WriteString("\n" + p.said())
	}
	return b.String()
}
