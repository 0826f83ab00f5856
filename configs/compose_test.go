package configs

import (
	"bufio"
	"bytes"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/siaga-id/siaga/dashboards/grafana"
	"github.com/siaga-id/siaga/dashboards/grafana/provision"
	"github.com/siaga-id/siaga/gateway"
	"github.com/siaga-id/siaga/ingest/standalone"
)

// composed is compose.yaml, of the compose specification as much as it uses; a key
// that is not here is an error.
type composed struct {
	Name     string
	Services map[string]service
	Secrets  map[string]struct{ Environment string }
	Volumes  map[string]*struct{}
}

type service struct {
	Build       *struct{ Context, Dockerfile string }
	Image       string
	Restart     string
	Entrypoint  []string
	Command     []string
	Environment map[string]string
	Secrets     []string
	Volumes     []string
	Ports       []string
	DependsOn   map[string]struct{ Condition string } `yaml:"depends_on"`
	Healthcheck *struct {
		Test     []string
		Interval string
		Retries  int
	}
}

func compose(t *testing.T) composed {
	t.Helper()
	text, err := os.ReadFile("compose.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var c composed
	d := yaml.NewDecoder(bytes.NewReader(text))
	d.KnownFields(true)
	if err := d.Decode(&c); err != nil {
		t.Fatal(err)
	}
	return c
}

// TestComposeIsWhole resolves every name in compose.yaml: files, volumes, secrets,
// services. It was not run where there is no Docker.
func TestComposeIsWhole(t *testing.T) {
	c := compose(t)
	for _, name := range []string{"mosquitto", "influxdb", "siaga", "ingest-1", "ingest-2", "villages", "provision", "grafana"} {
		if _, ok := c.Services[name]; !ok {
			t.Errorf("no service %s", name)
		}
	}
	used := map[string]bool{}
	for name, s := range c.Services {
		if s.Build != nil {
			mustExist(t, name, s.Build.Context, s.Build.Dockerfile)
			mustExist(t, name, s.Build.Context, "go.mod")
		} else if !regexp.MustCompile(`^[a-z/-]+:[0-9]+\.[0-9.]+$`).MatchString(s.Image) {
			t.Errorf("%s: image %q: want a version", name, s.Image)
		}
		for _, v := range s.Volumes {
			from, _, _ := strings.Cut(v, ":")
			if strings.HasPrefix(from, ".") {
				mustExist(t, name, from)
				continue
			}
			used[from] = true
			if _, ok := c.Volumes[from]; !ok {
				t.Errorf("%s: volume %s is not declared", name, from)
			}
		}
		for _, secret := range s.Secrets {
			used[secret] = true
			if c.Secrets[secret].Environment == "" {
				t.Errorf("%s: secret %s is not declared", name, secret)
			}
		}
		for other, how := range s.DependsOn {
			o, ok := c.Services[other]
			if !ok || how.Condition == "service_healthy" && o.Healthcheck == nil {
				t.Errorf("%s: cannot wait for %s to be %s", name, other, how.Condition)
			}
		}
		for _, port := range s.Ports {
			if !strings.HasPrefix(port, "127.0.0.1:") {
				t.Errorf("%s: port %s is open to other machines, unencrypted", name, port)
			}
		}
	}
	for name := range c.Volumes {
		if !used[name] {
			t.Errorf("nobody uses volume %s", name)
		}
	}
	for name, s := range c.Secrets {
		if !used[name] {
			t.Errorf("nobody uses secret %s", name)
		}
		text, err := os.ReadFile("compose.yaml")
		if err != nil {
			t.Fatal(err)
		}
		if of := strings.TrimSuffix(strings.TrimPrefix(s.Environment, "SIAGA_"), "_SECRET"); !strings.Contains(string(text), "INFLUX REPORT GRAFANA") || !strings.Contains("INFLUX REPORT GRAFANA", of) {
			t.Errorf("what makes the secrets does not make %s", s.Environment)
		}
	}
}

func mustExist(t *testing.T, service string, parts ...string) {
	t.Helper()
	if _, err := os.Stat(filepath.Join(parts...)); err != nil {
		t.Errorf("%s: %v", service, err)
	}
}

// TestComposeConfigurationsLoad reads them as the programs do, and holds them to
// what the containers mount and are called.
func TestComposeConfigurationsLoad(t *testing.T) {
	if err := load("compose/siaga.yaml", gateway.DefaultConfig()); err != nil {
		t.Error(err)
	}
	if err := load("compose/siaga-ingest.yaml", standalone.DefaultConfig()); err != nil {
		t.Error(err)
	}
	c := compose(t)
	inside := regexp.MustCompile(`(/run/secrets/\w+|(?:tcp|http)://[a-z0-9-]+:\d+)`)
	for _, s := range []struct{ service, file string }{{"siaga", "compose/siaga.yaml"}, {"ingest-1", "compose/siaga-ingest.yaml"}, {"ingest-2", "compose/siaga-ingest.yaml"}, {"provision", ""}, {"villages", ""}} {
		text := []byte(strings.Join(c.Services[s.service].Command, " "))
		if s.file != "" {
			var err error
			if text, err = os.ReadFile(s.file); err != nil {
				t.Fatal(err)
			}
			if !slices.ContainsFunc(c.Services[s.service].Volumes, func(v string) bool { return strings.HasPrefix(v, "./"+s.file+":") }) {
				t.Errorf("%s does not mount %s", s.service, s.file)
			}
		}
		found := inside.FindAllString(string(text), -1)
		if len(found) == 0 {
			t.Errorf("%s names nothing", s.service)
		}
		for _, name := range found {
			if secret, ok := strings.CutPrefix(name, "/run/secrets/"); ok {
				if !slices.Contains(c.Services[s.service].Secrets, secret) {
					t.Errorf("%s has no secret %s", s.service, secret)
				}
				continue
			}
			_, host, _ := strings.Cut(name, "://")
			if host, _, _ = strings.Cut(host, ":"); c.Services[host].Image == "" {
				t.Errorf("%s names %s, and there is no service %s", s.service, name, host)
			}
		}
	}
}

// TestComposeCommandsExist runs each command of ours with --help behind it.
func TestComposeCommandsExist(t *testing.T) {
	bin := t.TempDir()
	if out, err := exec.Command("go", "build", "-o", bin, "../cmd/siaga", "../cmd/siaga-sim").CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	for name, s := range compose(t).Services {
		if s.Build == nil {
			continue
		}
		program := "siaga"
		if s.Entrypoint != nil {
			program = path.Base(s.Entrypoint[0])
		}
		out, err := exec.Command(filepath.Join(bin, program), append(s.Command, "--help")...).CombinedOutput()
		called := program
		for _, word := range s.Command {
			if strings.HasPrefix(word, "-") {
				break
			}
			called += " " + word
		}
		if err != nil || !strings.Contains(string(out), called+" ") {
			t.Errorf("%s: %v: %v, want the help of %q:\n%s", name, s.Command, err, called, out)
		}
	}
}

// lines are a file's, without what is a comment or empty.
func lines(t *testing.T, text string) []string {
	t.Helper()
	var all []string
	for s := bufio.NewScanner(strings.NewReader(text)); s.Scan(); {
		if line := strings.TrimSpace(s.Text()); line != "" && line[0] != '#' && line[0] != ';' {
			all = append(all, line)
		}
	}
	return all
}

// TestComposeGrafanaIsSet holds the container's grafana.ini to what is printed for
// an installed Grafana, and Mosquitto to the settings that it needs anywhere.
func TestComposeGrafanaIsSet(t *testing.T) {
	text, err := os.ReadFile("compose/grafana.ini")
	if err != nil {
		t.Fatal(err)
	}
	want := provision.Settings(provision.Options{Dir: "/etc/grafana/provisioning", Org: 1, Set: grafana.Set{Lang: grafana.Indonesian, Simulated: true}})
	if got := lines(t, string(text)); !slices.Equal(got, lines(t, want)) {
		t.Errorf("compose/grafana.ini says\n%s\nwant\n%s", strings.Join(got, "\n"), want)
	}
	here, err := os.ReadFile("compose/mosquitto.conf")
	if err != nil {
		t.Fatal(err)
	}
	there, err := os.ReadFile("mosquitto.conf")
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range lines(t, string(there)) {
		if !strings.HasPrefix(line, "listener ") && !slices.Contains(lines(t, string(here)), line) {
			t.Errorf("compose/mosquitto.conf lacks %q", line)
		}
	}
}
