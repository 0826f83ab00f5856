//go:build linux

package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/siaga-id/siaga/bench/generator"
	"github.com/siaga-id/siaga/bench/process"
	"github.com/siaga-id/siaga/gateway/api"
)

// center is a running `siaga up`.
type center struct {
	cmd   *exec.Cmd
	log   *os.File
	http  string // URL
	mqtt  string // host and port
	query *api.Influx
}

// settings is the center's configuration, in keys that configs/siaga.yaml tells.
const settings = `data_dir: %q
http: {addr: "127.0.0.1:0"}
mqtt: {addr: "127.0.0.1:0"}
influx: {addr: "127.0.0.1:0"}
ingest: {demo: true, max_nodes: %d}
`

// startCenter starts a center without villages of its own, with its data in dir.
func startCenter(program, dir string, nodes int) (c *center, err error) {
	c = &center{}
	file := filepath.Join(dir, "siaga.yaml")
	if err := os.WriteFile(file, fmt.Appendf(nil, settings, filepath.Join(dir, "data"), nodes), 0o600); err != nil {
		return nil, err
	}
	if c.log, err = os.Create(filepath.Join(dir, "log")); err != nil {
		return nil, err
	}
	c.cmd = process.Command(program, "up", "--config", file, "--demo", "0")
	c.cmd.Stderr = c.log
	out, err := c.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := c.cmd.Start(); err != nil {
		return nil, fmt.Errorf("start the center: %w: `make build` makes it", err)
	}
	influx, err := c.announced(out)
	if err != nil {
		return nil, errors.Join(err, c.cmd.Wait(), c.said())
	}
	if c.query, err = api.NewInflux(influx, "siaga", ""); err != nil {
		return nil, errors.Join(err, c.end())
	}
	c.query.Client.Timeout = time.Minute
	return c, nil
}

// announced reads where the center listens, and what it says later.
func (c *center) announced(out io.Reader) (influx string, err error) {
	lines := bufio.NewScanner(out)
	for influx == "" && lines.Scan() {
		f := strings.Fields(lines.Text())
		if len(f) != 2 {
			continue
		}
		switch f[0] {
		case "Dinding":
			c.http = strings.TrimSuffix(f[1], "/")
		case "MQTT":
			c.mqtt = strings.TrimPrefix(f[1], "tcp://")
		case "InfluxDB":
			influx = f[1]
		}
	}
	if influx == "" || c.http == "" || c.mqtt == "" {
		return "", errors.Join(errors.New("the center did not say where it listens"), lines.Err())
	}
	go func() { _, _ = io.Copy(io.Discard, out) }() // it ends with the center
	return influx, nil
}

// end ends the center, and returns what went wrong there.
func (c *center) end() error {
	err := process.End(c.cmd)
	if err != nil {
		err = errors.Join(err, c.said())
	}
	return errors.Join(err, c.log.Close())
}

// said is the end of the center's log, as an error.
func (c *center) said() error {
	const most = 2000
	text, err := os.ReadFile(c.log.Name())
	if err != nil {
		return err
	}
	return fmt.Errorf("the center said: %s", text[max(len(text)-most, 0):])
}

// complaints are the warnings and errors in the center's log.
func (c *center) complaints() (lines []string, err error) {
	text, err := os.ReadFile(c.log.Name())
	if err != nil {
		return nil, err
	}
	for line := range bytes.Lines(text) {
		if bytes.Contains(line, []byte("level=WARN")) || bytes.Contains(line, []byte("level=ERROR")) {
			lines = append(lines, string(bytes.TrimSpace(line)))
		}
	}
	return lines, nil
}

// scrape reads the center's metrics.
func (c *center) scrape(ctx context.Context) (exposition, error) {
	ctx, stop := context.WithTimeout(ctx, 30*time.Second)
	defer stop()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, c.http+"/metrics", nil)
	if err != nil {
		return nil, err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, fmt.Errorf("ask the center for its metrics: %w", err)
	}
	defer resp.Body.Close()
	page, err := io.ReadAll(resp.Body)
	if err != nil {
		return nil, fmt.Errorf("ask the center for its metrics: %w", err)
	}
	return parseExposition(string(page)), nil
}

// stored counts the readings in InfluxDB.
func (c *center) stored(ctx context.Context) (n int, err error) {
	for _, s := range generator.Sensors {
		for _, q := range s.Quantities {
			v, err := c.ask(ctx, fmt.Sprintf("SELECT count(%q) FROM %q", q, q.Info().Domain))
			if err != nil {
				return 0, fmt.Errorf("count %s: %w", q, err)
			}
			n += int(v)
		}
	}
	return n, nil
}

// slowest is the longest that a live pack took in any minute that the center has
// written down; of more than 64 packs of a node in a minute it knows the last.
func (c *center) slowest(ctx context.Context) (time.Duration, error) {
	s, err := c.ask(ctx, `SELECT max("delay_p99") FROM "node"`)
	return time.Duration(s * float64(time.Second)), err
}

// ask returns the only value that a query gives, 0 where it gives none.
func (c *center) ask(ctx context.Context, influxQL string) (float64, error) {
	series, err := c.query.Query(ctx, influxQL)
	if err != nil || len(series) == 0 {
		return 0, err
	}
	row := series[0].Values[0]
	if len(row) < 2 || row[1] == nil {
		return 0, nil
	}
	return *row[1], nil
}
