package broker

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	mqtt "github.com/eclipse/paho.mqtt.golang"
)

// What the broker has acknowledged reaches a session that was kept, also what
// comes in the moments in which another connection takes the session over.
func TestNothingIsLostWhenASessionIsTakenOver(t *testing.T) {
	b, _ := start(t, Options{})
	got := make(chan string, 10*inflight)
	take := func(_ mqtt.Client, m mqtt.Message) { got <- string(m.Payload()) }
	kept := func() *client {
		return connect(t, b, "kept", func(o *mqtt.ClientOptions) {
			o.SetCleanSession(false).SetDefaultPublishHandler(take)
		})
	}
	last := kept()
	wait(t, last.Subscribe("q/#", 1, take))
	const publishers, each, rounds = 4, 50, 5 // no more than waits for one that is away
	for round := range rounds {
		done := make(chan struct{})
		var publishing, moving sync.WaitGroup
		for p := range publishers {
			publishing.Go(func() {
				c := connect(t, b, fmt.Sprintf("publisher-%d", p), nil)
				for m := range each {
					wait(t, c.Publish(fmt.Sprintf("q/%d", p), 1, false, fmt.Sprintf("%d %d %d", round, p, m)))
				}
			})
		}
		moving.Go(func() {
			for cut := true; ; cut = !cut {
				if cut {
					last.cut()
				}
				last = kept()
				select {
				case <-done:
					return
				default:
				}
			}
		})
		publishing.Wait()
		close(done)
		moving.Wait()
		came := map[string]bool{}
		for len(came) < publishers*each {
			if m := next(t, got); strings.HasPrefix(m, fmt.Sprint(round, " ")) {
				came[m] = true
			}
		}
		// What came to an earlier connection, and was not acknowledged there, comes again.
		until(t, "all acknowledged", func() bool {
			session, ok := b.server.Clients.Get("kept")
			return ok && session.State.Inflight.Len() == 0
		})
	}
	if n := b.Stats().Dropped; n > 0 {
		t.Errorf("%d dropped", n)
	}
}

// A message is in the sessions of its subscribers before its publisher knows:
// what he then publishes over another connection comes later.
func TestOrderOverConnections(t *testing.T) {
	b, _ := start(t, Options{})
	for _, qos := range []byte{1, 2} {
		in := subscribe(t, connect(t, b, "witness", nil), fmt.Sprintf("q/%d", qos), 1)
		const n = 200
		for i := range n {
			c := connect(t, b, "publisher", nil)
			wait(t, c.Publish(fmt.Sprintf("q/%d", qos), qos, false, fmt.Sprint(i)))
			c.Disconnect(0)
		}
		for i := range n {
			if m := next(t, in); m.Payload != fmt.Sprint(i) {
				t.Fatalf("QoS %d: message %s came as number %d", qos, m.Payload, i)
			}
		}
	}
}

// Who asks for no session waits for nobody who publishes, neither when he comes nor
// when he comes again: thousands of nodes come at once.
func TestNodesComeWhileOthersPublish(t *testing.T) {
	b, _ := start(t, Options{})
	b.hook.takeover.mu.RLock() // as while a message is passed on
	defer b.hook.takeover.mu.RUnlock()
	first := connect(t, b, "n1", nil)
	connect(t, b, "n1", nil)
	next(t, first.lost)
}

// Connections under one client id come one after the other, and the last has it.
func TestManyComeUnderOneClientID(t *testing.T) {
	b, _ := start(t, Options{})
	var coming sync.WaitGroup
	for range 20 {
		coming.Go(func() { connect(t, b, "n1", nil) })
	}
	coming.Wait()
	in := subscribe(t, connect(t, b, "n1", nil), "q", 1)
	wait(t, connect(t, b, "publisher", nil).Publish("q", 1, false, "x"))
	if m := next(t, in); m.Payload != "x" {
		t.Errorf("got %q", m.Payload)
	}
	if n := b.Stats().Clients; n != 2 {
		t.Errorf("%d clients, want 2", n)
	}
	if n := len(b.hook.takeover.coming); n != 0 {
		t.Errorf("%d still come", n)
	}
}

// Nothing is sent to a connection before its CONNACK.
func TestNoMessageBeforeTheCONNACK(t *testing.T) {
	b, _ := start(t, Options{})
	c := &conn{}
	c.who.Store(&party{kind: anonymous})
	cl := b.server.NewClient(nil, "tcp", "n1", false)
	cl.Net.Conn = c
	for _, greeted := range []bool{false, true} {
		c.greeted.Store(greeted)
		if got := b.hook.OnACLCheck(cl, "q", false); got != greeted {
			t.Errorf("greeted %v: message let through %v", greeted, got)
		}
	}
}
