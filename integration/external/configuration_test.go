//go:build integration

package external

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"testing"

	"github.com/siaga-id/siaga/edge/enrol"
	"github.com/siaga-id/siaga/integration/parts"
)

// standing is what the center knows of a node's configuration.
type standing struct {
	InForce *struct {
		Version uint64
		Origin  string
		Body    map[string]any
	} `json:"in_force"`
	Desired *struct{ State, Detail string }
}

func (p *place) standing(t *testing.T, node string) (s standing) {
	t.Helper()
	if err := json.Unmarshal([]byte(p.siaga(t, "node", "config", "show", node, "--json")), &s); err != nil {
		t.Fatal(err)
	}
	return s
}

// TestConfigurationsOverMosquitto: enrolment hands out where the broker is, what the
// center desires goes down by it, and what is in force comes up; after a restart of
// either, too.
func TestConfigurationsOverMosquitto(t *testing.T) {
	const early, late = "kademangan-01", "lodoyo-03"
	p := newPlace(t)
	if err := p.up.Terminate(); err != nil {
		t.Fatal(err)
	}
	if err := p.up.Wait(patience); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(p.config)
	if err != nil {
		t.Fatal(err)
	}
	folder := filepath.Join(p.dir, "broker")
	text = regexp.MustCompile(`(?m)^mqtt: .*\n`).ReplaceAll(text, nil)
	text = fmt.Appendf(text, "mqtt: {url: %q, username: center, password_file: %q, ca_file: %q, nodes: [%q]}\n",
		"tls://"+p.users, filepath.Join(folder, "center.password"), filepath.Join(folder, "ca.pem"), p.nodes)
	if err := os.WriteFile(p.config, text, 0o600); err != nil {
		t.Fatal(err)
	}
	p.start(t)

	config := p.enrol(t, late)
	if id := p.identity(t, late); !slices.Equal(id.Brokers, []string{p.nodes}) {
		t.Fatalf("enrolment tells of the broker %v", id.Brokers)
	}
	parts.Start(t, p.dir, late, exec.Command(filepath.Join(p.programs, "siaga-edge"), "run", "--config", config))
	wanted := filepath.Join(p.dir, "wanted.yaml")
	want := func(pack string) {
		t.Helper()
		if err := os.WriteFile(wanted, []byte("page: {listen: \"\"}\npack_interval: "+pack+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		p.siaga(t, "node", "config", "set", late, wanted, "--version", "*", "--reason", "uji", "--wait", "0s")
	}
	inForce := func(pack string) {
		t.Helper()
		parts.Eventually(t, patience, pack+" is in force", func() error {
			s := p.standing(t, late)
			if s.InForce == nil || s.InForce.Body["pack_interval"] != pack || s.InForce.Origin != "center" || s.Desired.State != "in force" {
				return fmt.Errorf("%+v, desired %+v", s.InForce, s.Desired)
			}
			return nil
		})
	}
	want("20s")
	inForce("20s")
	// What only the node can find wrong comes up as such.
	want("1ms")
	parts.Eventually(t, patience, "the mistake comes up", func() error {
		if s := p.standing(t, late); s.Desired.State != "failed" || s.InForce.Body["pack_interval"] != "20s" {
			return fmt.Errorf("%+v, desired %+v", s.InForce, s.Desired)
		}
		return nil
	})
	// A version that was made while the broker was away goes down when it is back.
	p.mosquitto.Kill()
	want("30s")
	p.mosquitto = parts.Start(t, p.dir, "mosquitto", exec.Command(p.mosquitto.Cmd.Path, p.mosquitto.Cmd.Args[1:]...))
	inForce("30s")

	// A node that was enrolled before the broker was there is told by its next renewal.
	if id := p.identity(t, early); len(id.Brokers) != 0 {
		t.Fatal(id.Brokers)
	}
	id, err := enrol.Open(filepath.Join(p.dir, early)).Renew(t.Context(), enrol.Options{})
	if err != nil || !slices.Equal(id.Brokers, []string{p.nodes}) || !id.Tentative() {
		t.Errorf("renewal tells of the broker %+v, %v", id, err)
	}
}
