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
	"github.com/siaga-id/siaga/edge/local"
)

// chips are ten on serial ports, of which the radar is two sensors; the machine
// itself is the twelfth.
var chips = []struct{ driver, more string }{
	{"pms5003", ""},
	{"sds011", ""},
	{"sps30", ""},
	{"a02yyuw", "datum_m: 6.4"},
	{"jsn-sr04t", "datum_m: 6.4"},
	{"mb7389", "datum_m: 6.4"},
	{"modbus-level", "quantity: level, type: signmag16, scale: 0.01"},
	{"ops243", "direction: both"},
	{"tf-luna", "road_distance_m: 6"},
	{"tfmini-plus", "road_distance_m: 6"},
}

const serialSensors = 11

// startPorts serves the chips, and returns the sensors of a configuration.
func startPorts(o options) (cmd *exec.Cmd, sensors string, err error) {
	var names []string
	more := map[string]string{}
	for _, c := range chips {
		names = append(names, c.driver)
		more[c.driver] = c.more
	}
	cmd = process.Command(filepath.Join(o.programs, "siaga-sim"), "ports", "--chips", strings.Join(names, ","))
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
	for n := 0; n < serialSensors; {
		if !lines.Scan() {
			return nil, "", errors.Join(errors.New("siaga-sim ended"), lines.Err(), cmd.Wait())
		}
		f := strings.Fields(lines.Text())
		if len(f) != 3 || !strings.HasPrefix(f[2], "/dev/pts/") {
			continue
		}
		n++
		fmt.Fprintf(&b, "  - {id: %s, driver: %s, port: %s, interval: 10s", f[0], f[1], f[2])
		if more[f[1]] != "" {
			b.WriteString(", " + more[f[1]])
		}
		b.WriteString("}\n")
	}
	return cmd, b.String(), nil
}

// measureEdge runs a node in dir, which it makes.
func measureEdge(ctx context.Context, o options, s scenario, dir, broker string) (f figures, err error) {
	if err := os.Mkdir(dir, 0o700); err != nil {
		return f, err
	}
	if !s.center {
		broker = "127.0.0.1:1" // where nobody listens
	}
	ports, sensors, err := startPorts(o)
	if err != nil {
		return f, fmt.Errorf("serve ports: %w", err)
	}
	defer func() { err = errors.Join(err, process.End(ports)) }()
	file, data := filepath.Join(dir, "siaga-edge.yaml"), filepath.Join(dir, "data")
	text := fmt.Sprintf("node: %s\nsite: \"35.05.12.1001\"\ndata_dir: %q\nmqtt: {url: \"tcp://%s\"}\nqueue: {durability: %s}\npage: {listen: \"\"}\nsensors:\n%s  - {id: node-1, driver: system, interval: 10s, path: %q}\n",
		filepath.Base(dir), data, broker, s.durability, sensors, dir)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		return f, err
	}
	log, err := os.Create(filepath.Join(dir, "log"))
	if err != nil {
		return f, err
	}
	defer log.Close()
	node := process.Command(filepath.Join(o.programs, "siaga-edge"), "run", "--config", file)
	node.Stderr = log
	if err := node.Start(); err != nil {
		return f, err
	}
	defer func() {
		if err = errors.Join(err, process.End(node)); err != nil {
			said, _ := os.ReadFile(log.Name())
			err = fmt.Errorf("%s: %w\n%s", s.title, err, said)
		}
	}()
	if f, err = measure(ctx, o, node.Process.Pid); err != nil {
		return f, err
	}
	f.title = s.title
	f.waiting, err = checked(ctx, filepath.Join(data, "agent.sock"), serialSensors+1)
	return f, err
}

// checked wants every sensor well, since one that fails costs less than one that
// is read, and returns how many packs wait.
func checked(ctx context.Context, socket string, sensors int) (waiting uint64, err error) {
	client, err := local.Dial(socket)
	if err != nil {
		return 0, err
	}
	defer client.Close()
	ctx, stop := context.WithTimeout(ctx, 5*time.Second)
	defer stop()
	snap, err := client.Snapshot(ctx)
	if err != nil {
		return 0, err
	}
	if len(snap.Sensors) != sensors {
		err = fmt.Errorf("%d sensors, want %d", len(snap.Sensors), sensors)
	}
	for _, s := range snap.Sensors {
		if s.Health != "ok" {
			err = errors.Join(err, fmt.Errorf("%s is %s: %s", s.ID, s.Health, s.Error))
		}
	}
	return snap.Queue.Packs, err
}
