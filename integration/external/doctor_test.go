//go:build integration

package external

import (
	"fmt"
	"strings"
	"syscall"
	"testing"
	"time"

	paho "github.com/eclipse/paho.mqtt.golang"

	"github.com/siaga-id/siaga/edge/explain"
	"github.com/siaga-id/siaga/integration/parts"
)

// TestDoctorAtMosquitto: looking at the broker with the node's certificate leaves the
// agent its session, which signing in under whatever client id would take, and tells
// when the certificate is refused.
func TestDoctorAtMosquitto(t *testing.T) {
	p := newPlace(t)
	id := p.identity(t, "sutojayan-01")
	o, lost := p.asNode(t, "sutojayan-01"), make(chan error, 1)
	agent, err := connect(t, o.SetConnectionLostHandler(func(_ paho.Client, err error) { lost <- err }))
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		if _, err := id.Knock(t.Context(), p.nodes, nil); err != nil {
			t.Error(err)
		}
	}
	if tok := agent.Publish("siaga/v1/sutojayan-01/live", 1, false, "x"); !tok.WaitTimeout(patience) || tok.Error() != nil {
		t.Errorf("the agent has lost its session: %v", tok.Error())
	}
	if _, err := connect(t, p.asNode(t, "sutojayan-01").SetClientID("sutojayan-01-doctor")); err != nil {
		t.Error(err)
	}
	select {
	case <-lost:
	case <-time.After(patience):
		t.Error("Mosquitto gives a certificate two sessions: the doctor may sign in")
	}

	p.siaga(t, "node", "retire", "sutojayan-01", "--reason", "dicuri")
	p.configure(t)
	if err := p.mosquitto.Cmd.Process.Signal(syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	parts.Eventually(t, patience, "the certificate is refused", func() error {
		_, err := id.Knock(t.Context(), p.nodes, nil)
		if err == nil {
			return fmt.Errorf("not refused")
		}
		if said := explain.Center(err, time.Now(), explain.ID); !strings.Contains(said, "sertifikat node ini tidak diterima di sana") {
			return fmt.Errorf("%s", said)
		}
		return nil
	})
}
