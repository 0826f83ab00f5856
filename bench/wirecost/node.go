//go:build linux

package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/siaga-id/siaga/bench/process"
	"github.com/siaga-id/siaga/internal/reading"
)

// packIntervals make packs of 60 and of 12 readings.
var packIntervals = []time.Duration{5 * interval, interval}

// chips give twelve series: three, two, two, two and three.
var chips = []struct{ driver, more string }{
	{"pms5003", ""},
	{"sds011", ""},
	{"a02yyuw", "datum_m: 6.4"},
	{"jsn-sr04t", "datum_m: 6.4"},
	{"tf-luna", "road_distance_m: 6"},
}

// startPorts serves the chips, and returns the sensors of a configuration.
func startPorts(programs string) (cmd *exec.Cmd, sensors string, err error) {
	var names []string
	more := map[string]string{}
	for _, c := range chips {
		names = append(names, c.driver)
		more[c.driver] = c.more
	}
	cmd = process.Command(filepath.Join(programs, "siaga-sim"), "ports", "--chips", strings.Join(names, ","))
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, "", err
	}
	if err := cmd.Start(); err != nil {
		return nil, "", err
	}
	var b strings.Builder
	lines := bufio.NewScanner(out)
	for n := 0; n < len(chips); {
		if !lines.Scan() {
			return nil, "", errors.Join(errors.New("siaga-sim ended"), lines.Err(), cmd.Wait())
		}
		f := strings.Fields(lines.Text())
		if len(f) != 3 || !strings.HasPrefix(f[2], "/dev/pts/") {
			continue
		}
		n++
		fmt.Fprintf(&b, "  - {id: %s, driver: %s, port: %s, interval: %v", f[0], f[1], f[2], interval)
		if more[f[1]] != "" {
			b.WriteString(", " + more[f[1]])
		}
		b.WriteString("}\n")
	}
	return cmd, b.String(), nil
}

// measureNode counts what goes over the connection of siaga-edge with as many
// series, which closes a pack that often.
func measureNode(ctx context.Context, o options, c *center, every time.Duration, id reading.NodeID) (result cost, err error) {
	dir, err := os.MkdirTemp("", "siaga-bench-wirecost")
	if err != nil {
		return result, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	count, err := newCounter(ctx, c.broker.Addr())
	if err != nil {
		return result, err
	}
	defer count.close()
	ports, sensors, err := startPorts(o.programs)
	if err != nil {
		return result, fmt.Errorf("serve ports: %w", err)
	}
	defer func() { err = errors.Join(err, process.End(ports)) }()
	file := filepath.Join(dir, "siaga-edge.yaml")
	text := fmt.Sprintf("node: %s\nsite: %q\ndata_dir: %q\npack_interval: %v\nmqtt: {url: \"tcp://%s\"}\nqueue: {reserve_bytes: 0}\npage: {listen: \"\"}\nsensors:\n%s",
		id, village.Site, filepath.Join(dir, "data"), every, count.addr(), sensors)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		return result, err
	}
	log, err := os.Create(filepath.Join(dir, "log"))
	if err != nil {
		return result, err
	}
	defer log.Close()
	node := process.Command(filepath.Join(o.programs, "siaga-edge"), "run", "--config", file)
	node.Stderr = log
	if err := node.Start(); err != nil {
		return result, err
	}
	defer func() {
		if err = errors.Join(err, process.End(node)); err != nil {
			said, _ := os.ReadFile(log.Name())
			err = fmt.Errorf("siaga-edge: %w\n%s", err, said)
		}
	}()
	result.Step = interval
	result.Way = fmt.Sprintf("siaga-edge as it runs, a pack each %v", every)
	if err := process.Wait(ctx, o.settle); err != nil {
		return result, err
	}
	before, err := count.look()
	if err != nil {
		return result, err
	}
	had := c.arrived(id)
	if err := process.Wait(ctx, o.measure); err != nil {
		return result, err
	}
	after, err := count.look()
	if err != nil {
		return result, err
	}
	has := c.arrived(id)
	result.traffic = after.since(before)
	result.Readings, result.Payload = has.readings-had.readings, has.payload-had.payload
	if want := int(o.measure/interval) * series; result.Readings == 0 || max(want-result.Readings, result.Readings-want) > series*int(every/interval) {
		return result, fmt.Errorf("%d readings came, want some %d", result.Readings, want)
	}
	return result, nil
}
