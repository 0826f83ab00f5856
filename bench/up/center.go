//go:build linux

package up

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

	"github.com/siaga-id/siaga/bench/process"
	"github.com/siaga-id/siaga/gateway/api"
	"github.com/siaga-id/siaga/internal/reading"
)

// SpareFiles is what a center has open beside its clients, amply: databases,
// spools, connections to itself.
const SpareFiles = 500

// Center is a running `siaga up`.
type Center struct {
	// HTTP is a URL, MQTT a host and a port: where it listens without encryption.
	HTTP, MQTT string

	cmd   *exec.Cmd
	log   *os.File
	query *api.Influx
}

// Start starts a demo center without villages of its own. Its configuration and
// its log lie in dir; of a center that was there before, the log goes on.
func Start(program, dir, settings string) (c *Center, err error) {
	c = &Center{}
	file := filepath.Join(dir, "siaga.yaml")
	if err := os.WriteFile(file, []byte(settings), 0o600); err != nil {
		return nil, err
	}
	if c.log, err = os.OpenFile(filepath.Join(dir, "log"), os.O_CREATE|os.O_APPEND|os.O_RDWR, 0o600); err != nil {
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
		return nil, errors.Join(err, c.cmd.Wait(), c.Said())
	}
	if c.query, err = api.NewInflux(influx, "siaga", ""); err != nil {
		return nil, errors.Join(err, c.End())
	}
	c.query.Client.Timeout = time.Minute
	return c, nil
}

// announced reads where the center listens, and what it says later.
func (c *Center) announced(out io.Reader) (influx string, err error) {
	lines := bufio.NewScanner(out)
	for influx == "" && lines.Scan() {
		f := strings.Fields(lines.Text())
		if len(f) != 2 {
			continue
		}
		switch f[0] {
		case "Dinding":
			c.HTTP = strings.TrimSuffix(f[1], "/")
		case "MQTT":
			c.MQTT = strings.TrimPrefix(f[1], "tcp://")
		case "InfluxDB":
			influx = f[1]
		}
	}
	if influx == "" || c.HTTP == "" || c.MQTT == "" {
		return "", errors.Join(errors.New("the center did not say where it listens"), lines.Err())
	}
	go func() { _, _ = io.Copy(io.Discard, out) }() // it ends with the center
	return influx, nil
}

// Look is what the kernel says of its process.
func (c *Center) Look() (process.Used, error) { return process.Look(c.cmd.Process.Pid) }

// End ends the center, and returns what went wrong there.
func (c *Center) End() error {
	err := process.End(c.cmd)
	if err != nil {
		err = errors.Join(err, c.Said())
	}
	return errors.Join(err, c.log.Close())
}

// Kill ends it as a power cut does (SIGKILL). The error is that it had ended
// already.
func (c *Center) Kill() error {
	if err := c.cmd.Process.Kill(); err != nil {
		return errors.Join(fmt.Errorf("kill the center: %w", err), c.Said())
	}
	_ = c.cmd.Wait() // it says that it was killed
	return c.log.Close()
}

// Said is the end of the center's log, as an error.
func (c *Center) Said() error {
	const most = 2000
	text, err := os.ReadFile(c.log.Name())
	if err != nil {
		return err
	}
	return fmt.Errorf("the center said: %s", text[max(len(text)-most, 0):])
}

// Complaints are the warnings and errors in the center's log.
func (c *Center) Complaints() (lines []string, err error) {
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

// Scrape reads the center's metrics.
func (c *Center) Scrape(ctx context.Context) (Exposition, error) {
	ctx, stop := context.WithTimeout(ctx, 30*time.Second)
	defer stop()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, c.HTTP+"/metrics", nil)
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
	return ParseExposition(string(page)), nil
}

// Stored counts the readings of those quantities in InfluxDB.
func (c *Center) Stored(ctx context.Context, quantities []reading.Quantity) (n int, err error) {
	for _, q := range quantities {
		v, err := c.Ask(ctx, fmt.Sprintf("SELECT count(%q) FROM %q", q, q.Info().Domain))
		if err != nil {
			return 0, fmt.Errorf("count %s: %w", q, err)
		}
		n += int(v)
	}
	return n, nil
}

// Ask returns the only value that a query gives, 0 where it gives none.
func (c *Center) Ask(ctx context.Context, influxQL string) (float64, error) {
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
