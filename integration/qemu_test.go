//go:build integration

package integration

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/siaga-id/siaga/edge/doctor"
)

// TestOnRaspberryPis runs the node's program as it is built for the processors of
// Raspberry Pis, in an emulator of exactly these.
func TestOnRaspberryPis(t *testing.T) {
	for _, tc := range []struct {
		name, emulator, cpu string
		env                 []string
	}{
		{"Zero 2 W, 64 bits", "qemu-aarch64-static", "cortex-a53", []string{"GOARCH=arm64"}},
		{"Zero, 32 bits", "qemu-arm-static", "arm1176", []string{"GOARCH=arm", "GOARM=6"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			needsPTYs(t)
			emulator, err := exec.LookPath(tc.emulator)
			if err != nil {
				t.Skipf("%s is missing: install it with: apt-get install qemu-user-static", tc.emulator)
			}
			program := crossBuilt(t, tc.env...)
			emulated := func(args ...string) *exec.Cmd {
				return exec.Command(emulator, append([]string{"-cpu", tc.cpu, program}, args...)...)
			}
			if out, err := emulated("version").CombinedOutput(); err != nil || !strings.HasPrefix(string(out), "siaga-edge ") {
				t.Fatalf("version: %v\n%s", err, out)
			}

			ports := startPorts(t, 5, "a02yyuw", "modbus-level", "ops243", "tf-luna")
			broker := newMosquitto(t)
			tellTime(t, broker.url())
			lane := watchLive(t, broker.url())
			file, socket := boardConfig(t, broker.url(), ports)
			agent := startCommand(t, tc.emulator, emulated("run", "--config", file))
			allWell(t, agent, socket, len(ports), patience)
			lane.has(t, ports, patience)
			examined(t, emulated("doctor", "--json", "--config", file))
			agent.stops(t)
		})
	}
}

// crossBuilt builds the node's program as packages have it.
func crossBuilt(t *testing.T, env ...string) (program string) {
	t.Helper()
	program = filepath.Join(t.TempDir(), "siaga-edge")
	cmd := exec.Command("go", "build", "-trimpath", "-ldflags", "-s -w", "-o", program, "../cmd/siaga-edge")
	cmd.Env = append(append(os.Environ(), "CGO_ENABLED=0", "GOOS=linux"), env...)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	return program
}

// examined wants the doctor to tell, whatever it finds on this machine, that
// broker and sensors are well.
func examined(t *testing.T, cmd *exec.Cmd) {
	t.Helper()
	var said bytes.Buffer
	cmd.Stderr = &said
	out, err := cmd.Output()
	var code *exec.ExitError
	if err != nil && (!errors.As(err, &code) || code.ExitCode() > 2) {
		t.Fatalf("doctor: %v\n%s", err, said.String())
	}
	var report doctor.Report
	if err := json.Unmarshal(out, &report); err != nil {
		t.Fatalf("doctor: %v in %s", err, out)
	}
	well := map[string]bool{}
	for _, l := range report.Lines {
		t.Logf("%-10s %-8s %s", l.Check, l.Status, l.Text)
		if l.Status == doctor.OK {
			well[l.Check] = true
		}
	}
	for _, check := range []string{"config", "sensors", "broker"} {
		if !well[check] {
			t.Errorf("the doctor finds no %s that is well", check)
		}
	}
}
