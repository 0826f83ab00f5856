//go:build integration

package integration

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// nfpm makes the packages, as `make packages` does.
const nfpm = "github.com/goreleaser/nfpm/v2/cmd/nfpm@v2.41.1"

// newPackage makes a package of the programs under test, and puts it into the
// scratch's root directory.
func (s *scratch) newPackage(t *testing.T, name, version string) (file string) {
	t.Helper()
	cmd := exec.Command("go", "run", nfpm, "package", "-p", "deb", "-f", "configs/packages/"+name+".yaml", "-t", s.upper)
	cmd.Dir = ".."
	cmd.Env = append(os.Environ(), "PROGRAMS="+programs, "ARCH="+runtime.GOARCH, "VERSION="+version)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("make package: %v\n%s", err, out)
	}
	return fmt.Sprintf("/%s_%s_%s.deb", name, version, runtime.GOARCH)
}

// edgeQueue is a configuration that every machine can run: the node itself is
// its sensor, and nobody takes what it sends.
const edgeQueue = `node: uji-01
site: "35.05.12.1001"
pack_interval: 200ms
page: {listen: ""}
mqtt: {url: "tcp://127.0.0.1:1"}
sensors:
  - {id: node-1, driver: system, interval: 200ms}
`

// TestEdgePackage takes a node's package through its life: installed, used,
// updated, removed, installed again and purged.
func TestEdgePackage(t *testing.T) {
	s := newScratch(t)
	first, second := s.newPackage(t, "siaga-edge", "1.0.0"), s.newPackage(t, "siaga-edge", "1.0.1")

	out := s.run(t, "dpkg", "-i", first)
	if !strings.Contains(out, "/etc/siaga/siaga-edge.yaml") {
		t.Errorf("the doctor does not speak after the installation:\n%s", out)
	}
	if out := s.run(t, "siaga-edge", "version"); !strings.HasPrefix(out, "siaga-edge ") {
		t.Errorf("version: %q", out)
	}
	inGroups(t, s.run(t, "id", "-nG", "siaga-edge"), "siaga-edge", "dialout", "i2c", "gpio")
	if !s.has("/etc/systemd/system/multi-user.target.wants/siaga-edge.service") {
		t.Error("the service is not enabled")
	}
	for path, want := range map[string]string{
		"/usr/bin/siaga-edge":                          "-rwxr-xr-x of 0:0",
		"/usr/lib/systemd/system/siaga-edge.service":   "-rw-r--r-- of 0:0",
		"/usr/lib/sysusers.d/siaga-edge.conf":          "-rw-r--r-- of 0:0",
		"/usr/share/doc/siaga-edge/siaga-edge.yaml":    "-rw-r--r-- of 0:0",
		"/usr/share/doc/siaga-edge/PANDUAN-TEKNISI.md": "-rw-r--r-- of 0:0",
		"/usr/share/doc/siaga-edge/copyright":          "-rw-r--r-- of 0:0",
		"/etc/siaga":                                   "drwxr-xr-x of 0:0",
	} {
		if is := s.files(t, path)[path]; !strings.HasPrefix(is, want) {
			t.Errorf("%s is %s, want %s", path, is, want)
		}
	}
	if s.has("/var/lib/siaga-edge") {
		t.Error("the installation made a data directory, which is the service's to make")
	}
	if out, err := s.try("systemd-analyze", "verify", "--man=no", "siaga-edge.service"); err != nil || out != "" {
		t.Errorf("systemd-analyze verify: %v\n%s", err, out)
	}

	s.write(t, "/etc/siaga/siaga-edge.yaml", edgeQueue)
	s.run(t, "install", "-d", "-m", "0750", "-o", "siaga-edge", "-g", "siaga-edge", "/var/lib/siaga-edge")
	asNode := []string{"setpriv", "--reuid=siaga-edge", "--regid=siaga-edge", "--init-groups"}
	s.run(t, append(asNode, "timeout", "--preserve-status", "-s", "INT", "3", "siaga-edge", "run")...)
	waiting := s.waiting(t)
	if waiting == 0 {
		t.Error("the node has queued nothing")
	}
	before := s.files(t, "/etc/siaga", "/var/lib/siaga-edge")

	for _, step := range []struct{ does, option, argument string }{
		{"update", "-i", second}, {"removal", "-r", "siaga-edge"}, {"second installation", "-i", second},
	} {
		s.run(t, "dpkg", step.option, step.argument)
		if d := cmp.Diff(before, s.files(t, "/etc/siaga", "/var/lib/siaga-edge")); d != "" {
			t.Errorf("configuration or queue changed by %s:\n%s", step.does, d)
		}
		if want := step.option == "-i"; s.has("/usr/bin/siaga-edge") != want {
			t.Errorf("after %s the program is there: %t, want %t", step.does, !want, want)
		}
	}
	if v := s.run(t, "dpkg-query", "-W", "-f", "${Version}", "siaga-edge"); v != "1.0.1" {
		t.Errorf("version %q is installed, want 1.0.1", v)
	}
	if n := s.waiting(t); n != waiting {
		t.Errorf("%d packs wait after all that, want %d", n, waiting)
	}
	s.run(t, "dpkg", "-P", "siaga-edge")
	for _, path := range []string{"/var/lib/siaga-edge", "/etc/siaga", "/etc/systemd/system/multi-user.target.wants/siaga-edge.service"} {
		if s.has(path) {
			t.Errorf("%s is left after a purge", path)
		}
	}
}

// waiting asks the installed program how many packs are queued.
func (s *scratch) waiting(t *testing.T) int {
	t.Helper()
	var q struct {
		Packs int `json:"packs"`
	}
	out := s.run(t, "siaga-edge", "queue", "--json")
	if err := json.Unmarshal([]byte(out), &q); err != nil {
		t.Fatalf("queue: %v: %s", err, out)
	}
	return q.Packs
}

func inGroups(t *testing.T, got string, want ...string) {
	t.Helper()
	for _, group := range want {
		if !slices.Contains(strings.Fields(got), group) {
			t.Errorf("groups %q, want %s among them", got, group)
		}
	}
}

// TestEdgePackageWithoutSysusers installs where systemd's part that makes users
// is missing.
func TestEdgePackageWithoutSysusers(t *testing.T) {
	s := newScratch(t)
	s.run(t, "rm", "-f", "/usr/bin/systemd-sysusers", "/bin/systemd-sysusers")
	if out, err := s.try("adduser", "--version"); err != nil {
		t.Skipf("adduser is missing: install it with: apt-get install adduser: %v %s", err, out)
	}
	file := s.newPackage(t, "siaga-edge", "1.0.0")
	for range 2 { // the second finds everything there
		s.run(t, "dpkg", "-i", file)
		inGroups(t, s.run(t, "id", "-nG", "siaga-edge"), "siaga-edge", "dialout", "i2c", "gpio")
	}
}

// TestCenterPackage: an administrator's changes stay, and a unit that was
// disabled stays so.
func TestCenterPackage(t *testing.T) {
	s := newScratch(t)
	first, second := s.newPackage(t, "siaga", "1.0.0"), s.newPackage(t, "siaga", "1.0.1")
	s.run(t, "dpkg", "-i", first)
	s.run(t, "siaga", "version")
	inGroups(t, s.run(t, "id", "-nG", "siaga"), "siaga")
	if out, err := s.try("systemd-analyze", "verify", "--man=no", "siaga.service", "siaga-ingest.service"); err != nil || out != "" {
		t.Errorf("systemd-analyze verify: %v\n%s", err, out)
	}
	const config, enabled = "/etc/siaga/siaga.yaml", "/etc/systemd/system/multi-user.target.wants/siaga.service"
	if !s.has(enabled) {
		t.Error("the service is not enabled")
	}
	s.run(t, "systemctl", "disable", "siaga.service")
	s.run(t, "install", "-d", "-o", "siaga", "-g", "siaga", "/var/lib/siaga")
	s.write(t, config, contents(filepath.Join(s.upper, config))+"# ours\n")
	before := s.files(t, "/etc/siaga", "/var/lib/siaga")
	s.run(t, "dpkg", "-i", second)
	if d := cmp.Diff(before, s.files(t, "/etc/siaga", "/var/lib/siaga")); d != "" {
		t.Errorf("configuration or data changed by an update:\n%s", d)
	}
	if s.has(enabled) {
		t.Error("an update enabled the service again")
	}
	s.run(t, "dpkg", "-P", "siaga")
	for _, path := range []string{"/var/lib/siaga", "/etc/siaga"} {
		if s.has(path) {
			t.Errorf("%s is left after a purge", path)
		}
	}
}
