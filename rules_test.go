package siaga

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/siaga-id/siaga/"

type pkg struct {
	ImportPath   string
	Doc          string
	GoFiles      []string
	Imports      []string
	TestImports  []string
	XTestImports []string
	Deps         []string
}

// name is the package's path within the module.
func (p pkg) name() string { return strings.TrimPrefix(p.ImportPath, module) }

// all is what the package and its tests import.
func (p pkg) all() []string { return slices.Concat(p.Imports, p.TestImports, p.XTestImports) }

func tree(t *testing.T) []pkg {
	t.Helper()
	cmd := exec.Command("go", "list", "-json=ImportPath,Doc,GoFiles,Imports,TestImports,XTestImports,Deps", "./...")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v\n%s", err, stderr.String())
	}
	var pkgs []pkg
	for dec := json.NewDecoder(bytes.NewReader(out)); ; {
		var p pkg
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			return pkgs
		} else if err != nil {
			t.Fatal(err)
		}
		pkgs = append(pkgs, p)
	}
}

func under(path, folder string) bool {
	return path == folder || strings.HasPrefix(path, folder+"/")
}

// TestOneImporter holds each outside engine to the one package that wraps it.
func TestOneImporter(t *testing.T) {
	owners := map[string]string{
		"github.com/eclipse/paho.mqtt.golang":         "internal/mqtt",
		"github.com/mochi-mqtt/server/v2":             "gateway/broker",
		"github.com/influxdata/influxdb":              "gateway/tsdb",
		"github.com/influxdata/influxdb-client-go/v2": "ingest/influx",
		"periph.io/x/host/v3":                         "edge/bus",
		"go.bug.st/serial":                            "edge/bus",
		"modernc.org/sqlite":                          "gateway/registry",
		"filippo.io/age":                              "gateway/backup",
	}
	for _, p := range tree(t) {
		for outside, owner := range owners {
			if p.name() == owner {
				continue
			}
			for _, imp := range p.Imports {
				if under(imp, outside) {
					t.Errorf("%s imports %s: only %s may", p.name(), imp, owner)
				}
			}
		}
	}
}

// TestDirections holds the arrows between the folders.
func TestDirections(t *testing.T) {
	forbidden := []struct {
		from string
		to   []string
	}{
		{"edge", []string{"ingest", "gateway", "firmware-sim", "dashboards"}},
		{"ingest", []string{"edge", "gateway", "firmware-sim", "dashboards"}},
		{"internal", []string{"edge", "ingest", "gateway", "firmware-sim", "dashboards", "cmd"}},
		{"gateway", []string{"edge", "firmware-sim"}},
		{"firmware-sim/chip", []string{""}},
		{"firmware-sim/simbus", []string{""}},
		{"firmware-sim/world", []string{"edge", "ingest", "gateway"}},
		{"firmware-sim", []string{"ingest", "gateway", "dashboards"}},
	}
	for _, p := range tree(t) {
		for _, rule := range forbidden {
			if !under(p.name(), rule.from) {
				continue
			}
			for _, imp := range p.all() {
				ours, isOurs := strings.CutPrefix(imp, module)
				if !isOurs || imp == p.ImportPath {
					continue
				}
				for _, to := range rule.to {
					if to == "" || under(ours, to) {
						t.Errorf("%s imports %s: %s must not", p.name(), ours, rule.from)
					}
				}
			}
		}
		if under(p.name(), "firmware-sim/chip") || under(p.name(), "firmware-sim/simbus") {
			for _, imp := range p.all() {
				if under(imp, "periph.io/x/devices/v3") {
					t.Errorf("%s imports %s: a simulated chip that shares a driver's arithmetic shares its bugs", p.name(), imp)
				}
			}
		}
	}
}

// TestEdgeStaysSmall holds the center's engines out of the node's program.
func TestEdgeStaysSmall(t *testing.T) {
	for _, p := range tree(t) {
		if p.name() != "cmd/siaga-edge" {
			continue
		}
		for _, dep := range p.Deps {
			for _, heavy := range []string{"github.com/influxdata", "github.com/mochi-mqtt", "modernc.org/sqlite", "github.com/grafana", module + "gateway", module + "ingest", module + "firmware-sim"} {
				if under(dep, heavy) {
					t.Errorf("siaga-edge links %s", dep)
				}
			}
		}
		return
	}
	t.Error("cmd/siaga-edge is gone")
}

// TestGrafanaStaysInItsPlugin holds Grafana's SDK to the data source, and that to the
// vocabulary: Grafana starts it beside itself, with nothing of the center's in it, and
// refuses backends that use files, the environment or system calls.
func TestGrafanaStaysInItsPlugin(t *testing.T) {
	const plugin = "dashboards/datasource"
	found := false
	for _, p := range tree(t) {
		found = found || p.name() == plugin+"/pkg/plugin"
		for _, imp := range p.all() {
			if under(imp, "github.com/grafana") && !under(p.name(), plugin) {
				t.Errorf("%s imports %s: only %s may", p.name(), imp, plugin)
			}
		}
		for _, imp := range p.Imports {
			ours, isOurs := strings.CutPrefix(imp, module)
			if under(p.name(), plugin) && isOurs && ours != "internal/reading" && !under(ours, plugin) {
				t.Errorf("%s imports %s: only internal/reading may be shared", p.name(), ours)
			}
			if p.name() == plugin+"/pkg/plugin" && slices.Contains([]string{"os", "os/exec", "io/ioutil", "path/filepath", "syscall", "unsafe", "plugin"}, imp) {
				t.Errorf("%s imports %s: Grafana refuses such a backend", p.name(), imp)
			}
		}
		if under(p.name(), "cmd") {
			for _, dep := range p.Deps {
				if under(dep, "github.com/grafana") {
					t.Errorf("%s links %s", p.name(), dep)
				}
			}
		}
	}
	if !found {
		t.Errorf("%s is gone", plugin)
	}
}

// TestPackages holds every package to a comment and a name that says something.
func TestPackages(t *testing.T) {
	vague := []string{"util", "utils", "common", "helper", "helpers", "models", "manager", "base", "pkg"}
	for _, p := range tree(t) {
		if p.Doc == "" && len(p.GoFiles) > 0 {
			t.Errorf("%s has no package comment", p.name())
		}
		// Grafana's tools look for a plugin's backend in a folder of that name.
		name := strings.Replace(p.name(), "dashboards/datasource/pkg", "dashboards/datasource", 1)
		for part := range strings.SplitSeq(name, "/") {
			if slices.Contains(vague, part) {
				t.Errorf("%s: %q says nothing of what is in it", p.name(), part)
			}
		}
	}
}
