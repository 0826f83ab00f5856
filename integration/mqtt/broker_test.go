//go:build integration

package mqtt

import (
	"fmt"
	"log/slog"
	"slices"
	"testing"
	"time"

	"github.com/siaga-id/siaga/gateway/broker"
)

// eachClient runs a test with a broker of its own for every maker's clients.
func eachClient(t *testing.T, f func(t *testing.T, c clients)) {
	for name, of := range map[string]func(addr string) clients{
		"paho":      func(addr string) clients { return eclipse{addr} },
		"mosquitto": func(addr string) clients { return mosquitto{addr} },
	} {
		t.Run(name, func(t *testing.T) {
			b, err := broker.New(broker.Options{Addr: "127.0.0.1:0", Logger: slog.New(slog.DiscardHandler)})
			if err != nil {
				t.Fatal(err)
			}
			if err := b.Start(); err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() {
				if err := b.Close(); err != nil {
					t.Error(err)
				}
			})
			f(t, of(b.Addr()))
		})
	}
}

// next is the next message of a subscriber.
func next(t *testing.T, s subscriber) message {
	t.Helper()
	select {
	case m := <-s.messages():
		return m
	case <-time.After(30 * time.Second):
		t.Fatal("nothing came")
		return message{}
	}
}

// last publishes and demands that it is what comes next: nothing came before.
func last(t *testing.T, c clients, s subscriber, topic string) {
	t.Helper()
	c.publish(t, topic, "last", false)
	if m := next(t, s); m.payload != "last" {
		t.Errorf("%q came unasked", m.payload)
	}
}

func TestRetained(t *testing.T) {
	eachClient(t, func(t *testing.T, c clients) {
		witness := c.subscribe(t, session{id: "witness"}, "r/+")
		time.Sleep(settle)
		publish := func(payload string) {
			c.publish(t, "r/1", payload, true)
			if m := next(t, witness); m != (message{payload, false}) {
				t.Errorf("got %+v: what is published now is not marked as retained", m)
			}
		}
		publish("old")
		publish("new")
		early := c.subscribe(t, session{id: "early"}, "r/+")
		if m := next(t, early); m != (message{"new", true}) {
			t.Errorf("got %+v", m)
		}
		time.Sleep(settle)
		publish("newer")
		publish("")
		late := c.subscribe(t, session{id: "late"}, "r/+")
		last(t, c, late, "r/1")
	})
}

func TestSessionIsResumed(t *testing.T) {
	eachClient(t, func(t *testing.T, c clients) {
		kept := session{id: "kept", persist: true}
		s := c.subscribe(t, kept, "q/#")
		s.leave()
		forgotten := c.subscribe(t, session{id: "forgotten"}, "q/#")
		forgotten.leave()
		// Both are gone before anything is published.
		time.Sleep(500 * time.Millisecond)
		want := []string{"0", "1", "2", "3", "4", "5", "6", "7", "8", "9"}
		for _, w := range want {
			c.publish(t, "q/"+w, w, false)
		}
		s = c.subscribe(t, kept, "q/#")
		var got []string
		for range want {
			got = append(got, next(t, s).payload)
		}
		if !slices.Equal(got, want) {
			t.Errorf("got %v, want %v", got, want)
		}
		last(t, c, c.subscribe(t, session{id: "forgotten"}, "q/#"), "q/x")
	})
}

func TestWill(t *testing.T) {
	eachClient(t, func(t *testing.T, c clients) {
		heir := c.subscribe(t, session{id: "heir"}, "will")
		time.Sleep(settle)
		c.subscribe(t, session{id: "polite", will: "polite is dead"}, "x").leave()
		c.subscribe(t, session{id: "dying", will: "dying is dead"}, "x").die()
		if m := next(t, heir); m.payload != "dying is dead" {
			t.Errorf("got %q", m.payload)
		}
		last(t, c, heir, "will")
		if m := next(t, c.subscribe(t, session{id: "late"}, "will")); m != (message{"dying is dead", true}) {
			t.Errorf("got %+v, want the retained Will", m)
		}
	})
}

// A connection that says nothing is given up after one and a half of its
// keep-alive, though it is open.
func TestKeepAlive(t *testing.T) {
	eachClient(t, func(t *testing.T, c clients) {
		heir := c.subscribe(t, session{id: "heir"}, "will")
		time.Sleep(settle)
		c.subscribe(t, session{id: "hanging", will: "hanging is dead"}, "x").hang()
		if m := next(t, heir); m.payload != "hanging is dead" {
			t.Errorf("got %q", m.payload)
		}
		last(t, c, heir, "will")
	})
}

// What was not acknowledged comes again, and what was does not.
func TestRedelivery(t *testing.T) {
	eachClient(t, func(t *testing.T, c clients) {
		kept := session{id: "kept", persist: true}
		s := c.subscribe(t, kept, "q")
		c.publish(t, "q", "acknowledged", false)
		next(t, s)
		// The acknowledgement follows what was printed.
		time.Sleep(500 * time.Millisecond)
		s.hang()
		c.publish(t, "q", "unheard", false)
		s.die()
		s = c.subscribe(t, kept, "q")
		if m := next(t, s); m.payload != "unheard" {
			t.Errorf("got %q", m.payload)
		}
		last(t, c, s, "q")
	})
}

func TestSharedSubscription(t *testing.T) {
	eachClient(t, func(t *testing.T, c clients) {
		one := c.subscribe(t, session{id: "one"}, "$share/g/s/+")
		two := c.subscribe(t, session{id: "two"}, "$share/g/s/+")
		alone := c.subscribe(t, session{id: "alone"}, "s/+")
		const n = 30
		for i := range n {
			c.publish(t, fmt.Sprintf("s/%d", i), fmt.Sprint(i), false)
		}
		whole := map[string]bool{}
		for range n {
			whole[next(t, alone).payload] = true
		}
		if len(whole) != n {
			t.Errorf("the subscriber of its own got %d different of %d", len(whole), n)
		}
		seen := map[string]int{}
		counts := map[string]int{}
		for range n {
			select {
			case m := <-one.messages():
				seen[m.payload]++
				counts["one"]++
			case m := <-two.messages():
				seen[m.payload]++
				counts["two"]++
			case <-time.After(30 * time.Second):
				t.Fatalf("%d of %d came", len(seen), n)
			}
		}
		if len(seen) != n || counts["one"] == 0 || counts["two"] == 0 {
			t.Errorf("%d different of %d, shares %v", len(seen), n, counts)
		}
	})
}
