package dispatch

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"github.com/siaga-id/siaga/gateway/registry"
	"github.com/siaga-id/siaga/internal/reading"
	"github.com/siaga-id/siaga/internal/wire"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const node = "sutojayan-01"

var budi = registry.Actor{Name: "budi"}

// post is a broker that may be away.
type post struct {
	mu     sync.Mutex
	away   error
	sent   []string // topic, retained or not, and payload
	log    bytes.Buffer
	office *Dispatcher
	reg    *registry.Registry
}

func (p *post) publish(topic string, payload []byte, retain bool) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.away != nil {
		return p.away
	}
	word := " once "
	if retain {
		word = " retained "
	}
	p.sent = append(p.sent, topic+word+string(payload))
	return nil
}

func newPost(t *testing.T) *post {
	p := &post{}
	var err error
	p.reg, err = registry.Open(filepath.Join(t.TempDir(), "registry.db"), registry.Options{Kind: registry.Real})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.reg.Close() })
	if err := p.reg.Claim(t.Context(), node, "35.05.12.1001"); err != nil {
		t.Fatal(err)
	}
	p.office = New(Options{Registry: p.reg, Publish: p.publish, Logger: slog.New(slog.NewTextHandler(&p.log, nil))})
	return p
}

func TestWhatIsWrongIsNotSent(t *testing.T) {
	p := newPost(t)
	var wrong *InvalidError
	for _, b := range []wire.ConfigBody{nil, {"mqtt": map[string]any{}}, {"sensors": []any{}, "pack_interval": "soon"}} {
		if _, err := p.office.Set(t.Context(), budi, node, nil, "r", b); !errors.As(err, &wrong) {
			t.Errorf("%v: %v", b, err)
		}
	}
	for _, c := range []registry.NodeCommand{{Node: node, Name: "read"}, {Node: node, Name: "logs"}, {Node: node, Name: "rm -rf"}, {Node: node, Name: "read", Sensor: "A"}} {
		if _, err := p.office.Do(t.Context(), budi, c, 0); !errors.As(err, &wrong) {
			t.Errorf("%+v: %v", c, err)
		}
	}
	if _, err := p.office.Do(t.Context(), budi, registry.NodeCommand{Node: node, Name: "restart"}, time.Hour); !errors.As(err, &wrong) {
		t.Error(err)
	}
	if _, err := p.office.Do(t.Context(), budi, registry.NodeCommand{Node: "kosong-01", Name: "restart"}, 0); !errors.Is(err, registry.ErrNotFound) {
		t.Error(err)
	}
	if len(p.sent) > 0 {
		t.Error(p.sent)
	}
}

func TestABrokerThatWasAwayGetsConfigurationsAndNoCommands(t *testing.T) {
	p := newPost(t)
	p.away = errors.New("no connection")
	c, err := p.office.Set(t.Context(), budi, node, nil, "r", wire.ConfigBody{"pack_interval": "30s"})
	if err != nil || c.Version != 1 {
		t.Fatal(c, err)
	}
	order, err := p.office.Do(t.Context(), budi, registry.NodeCommand{Node: node, Name: "restart"}, 0)
	if err != nil || order.State != registry.CommandFailed || !strings.Contains(order.Answer.Detail, "no connection") {
		t.Fatalf("%+v, %v", order, err)
	}
	p.away = nil
	ctx, stop := context.WithCancel(t.Context())
	ran := make(chan error)
	go func() { ran <- p.office.Run(ctx) }()
	for limit := time.Now().Add(30 * time.Second); ; time.Sleep(time.Millisecond) {
		p.mu.Lock()
		sent := strings.Join(p.sent, "\n")
		p.mu.Unlock()
		if strings.HasPrefix(sent, "siaga/v1/"+node+"/config retained ") {
			break
		}
		if time.Now().After(limit) {
			t.Fatal("never sent")
		}
	}
	stop()
	if err := <-ran; err != nil || len(p.sent) != 1 {
		t.Error(err, p.sent)
	}
}

func TestWhatNodesSay(t *testing.T) {
	p := newPost(t)
	order, err := p.office.Do(t.Context(), budi, registry.NodeCommand{Node: node, Name: "restart"}, 0)
	if err != nil || !strings.HasPrefix(p.sent[0], "siaga/v1/"+node+"/cmd once ") {
		t.Fatal(err, p.sent)
	}
	say := func(from string, c wire.Channel, text string) {
		p.office.keep(t.Context(), message{node: reading.NodeID(from), channel: c, payload: []byte(text), received: time.Now()})
	}
	say(node, wire.Reply, "garbled")
	say("lodoyo-02", wire.Reply, `{"id":"`+order.ID+`","state":"done"}`)
	say(node, wire.ConfigReported, `{"version":1,"based":0,"origin":"node","author":"sari","reason":"scan","time_ms":0}`)
	say(node, wire.ConfigReported, "")
	if c, err := p.reg.NodeCommand(t.Context(), node, order.ID); err != nil || c.State != registry.CommandAsked {
		t.Error(c, err)
	}
	say(node, wire.Reply, `{"id":"`+order.ID+`","state":"done"}`)
	if c, err := p.reg.NodeCommand(t.Context(), node, order.ID); err != nil || c.State != registry.CommandDone {
		t.Error(c, err)
	}
	if inForce, _, _, err := p.reg.ConfigurationStanding(t.Context(), node); err != nil || inForce.Author != "sari" {
		t.Error(inForce, err)
	}
	if n := strings.Count(p.log.String(), "was not kept"); n != 2 {
		t.Errorf("%d things were not kept:\n%s", n, p.log.String())
	}
}

func TestAFullInboxBlocksNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := New(Options{Logger: slog.New(slog.DiscardHandler)})
		for i := range 2 * inboxSize {
			d.Take(reading.NodeID(fmt.Sprintf("n%d", i)), wire.Reply, nil, time.Now())
		}
		if len(d.inbox) != inboxSize {
			t.Error(len(d.inbox))
		}
	})
}
