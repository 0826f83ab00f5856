package main

import (
	"context"
	"encoding/json"
	"io/fs"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/siaga-id/siaga/edge"
	"github.com/siaga-id/siaga/edge/doctor"
	"github.com/siaga-id/siaga/edge/enrol"
	"github.com/siaga-id/siaga/edge/local"
)

// newlyInstalled is a machine with nothing on it.
func newlyInstalled(file string, cfg edge.Config, cfgErr error) doctor.Deps {
	return doctor.Deps{
		ConfigFile: file, Config: cfg, ConfigErr: cfgErr,
		Agent:  func(context.Context) (edge.Snapshot, error) { return edge.Snapshot{}, local.ErrNotRunning },
		Active: func(context.Context) bool { return false },
		Files:  fstest.MapFS{},
		Clock:  func() (float64, bool) { return 0.01, true }, Now: time.Now,
		Free:  func(string) (uint64, error) { return 10 << 30, nil },
		Stat:  func(string) (fs.FileInfo, error) { return nil, fs.ErrNotExist },
		Buses: func() []string { return nil }, Ports: func() []string { return nil },
		Identity: func() (*enrol.Identity, error) { return nil, enrol.ErrNone },
	}
}

func TestDoctorOnANewlyInstalledNode(t *testing.T) {
	code := 0
	file := filepath.Join(t.TempDir(), "siaga-edge.yaml")
	cmd, out := under(doctorCommand(newlyInstalled, func(c int) { code = c }), file)
	if err := cmd.ExecuteContext(t.Context()); err != nil {
		t.Fatal(err)
	}
	if code != 1 || !strings.Contains(out.String(), "siaga-edge scan --write") {
		t.Errorf("exit code %d:\n%s", code, out)
	}
	cmd, out = under(doctorCommand(newlyInstalled, func(int) {}), file, "--json", "--lang", "en")
	if err := cmd.ExecuteContext(t.Context()); err != nil {
		t.Fatal(err)
	}
	var r doctor.Report
	if err := json.Unmarshal(out.Bytes(), &r); err != nil || r.ExitCode() != 1 || r.Lines[0].Title != "Power" {
		t.Errorf("%v:\n%s", err, out)
	}
}

// TestDoctorOnThisMachine makes sure that nothing of the real wiring hangs or
// breaks where no node is.
func TestDoctorOnThisMachine(t *testing.T) {
	cmd, out := under(doctorCommand(nodeUnderExam, func(int) {}), filepath.Join(t.TempDir(), "siaga-edge.yaml"))
	if err := cmd.ExecuteContext(t.Context()); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(out.String(), "siaga-edge scan --write") {
		t.Errorf("%s", out)
	}
}
