package api

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/siaga-id/siaga/gateway/registry"
	"github.com/siaga-id/siaga/internal/reading"
	"github.com/siaga-id/siaga/internal/wire"
)

// tap is a client that takes frames one by one, when the test asks.
type tap struct {
	header http.Header
	frames chan string
	ended  context.Context
}

func (p *tap) Header() http.Header              { return p.header }
func (p *tap) WriteHeader(int)                  {}
func (p *tap) FlushError() error                { return nil }
func (p *tap) SetReadDeadline(time.Time) error  { return nil }
func (p *tap) SetWriteDeadline(time.Time) error { return nil }

func (p *tap) Write(b []byte) (int, error) {
	select {
	case p.frames <- string(b):
		return len(b), nil
	case <-p.ended.Done():
		return 0, p.ended.Err()
	}
}

// connect opens an event stream inside a synctest bubble; disconnect waits for
// its end.
func connect(c *center) (p *tap, disconnect func()) { return connectFrom(c, "127.0.0.1") }

func connectFrom(c *center, address string) (p *tap, disconnect func()) {
	ctx, cancel := context.WithCancel(context.Background())
	p = &tap{header: http.Header{}, frames: make(chan string), ended: ctx}
	req := httptest.NewRequestWithContext(ctx, "GET", "/api/v1/live", nil)
	req.Host, req.RemoteAddr = "localhost", net.JoinHostPort(address, "5000")
	req.Header.Set("Authorization", "Bearer "+systemToken)
	done := make(chan struct{})
	go func() { defer close(done); c.Handler().ServeHTTP(p, req) }()
	return p, func() { cancel(); <-done }
}

// begins waits for a stream's first frame.
func (p *tap) begins(t *testing.T) {
	t.Helper()
	if got := <-p.frames; got != "retry: 2000\n\n" {
		t.Fatalf("begins with %q", got)
	}
}

// events splits a frame into the events' names and bodies.
func events(frame string) (names []string, bodies map[string]string) {
	bodies = map[string]string{}
	for e := range strings.SplitSeq(strings.TrimSuffix(frame, "\n\n"), "\n\n") {
		name, body, _ := strings.Cut(e, "\n")
		name = strings.TrimPrefix(name, "event: ")
		names = append(names, name)
		bodies[name] = strings.TrimPrefix(body, "data: ")
	}
	return names, bodies
}

// until takes frames until one has the event.
func (p *tap) until(event string) string {
	for {
		if _, bodies := events(<-p.frames); bodies[event] != "" {
			return bodies[event]
		}
	}
}

func (c *center) observe(value float64) {
	c.hub.Observe(&wire.Pack{Node: "aa", Clock: wire.Synced, Readings: []reading.Reading{
		{Sensor: "pm-1", Quantity: reading.PM1, Value: value, TimeMS: time.Now().UnixMilli(), Quality: reading.NotEvaluated},
	}}, time.Now())
}

func values(t *testing.T, body string) []float64 {
	t.Helper()
	var raw struct{ Readings []struct{ Value float64 } }
	if err := json.Unmarshal([]byte(body), &raw); err != nil {
		t.Fatalf("%v in %s", err, body)
	}
	var all []float64
	for _, r := range raw.Readings {
		all = append(all, r.Value)
	}
	return all
}

func stateReport(id reading.NodeID, st *wire.NodeState) []registry.StateReport {
	return []registry.StateReport{{Node: id, State: st, Received: time.Now()}}
}

func inBubble(t *testing.T, f func(t *testing.T, c *center)) {
	synctest.Test(t, func(t *testing.T) {
		c := build(t, time.Now, nil)
		ctx, cancel := context.WithCancel(context.Background())
		done := make(chan error, 1)
		go func() { done <- c.hub.Run(ctx) }()
		defer func() {
			cancel()
			if err := <-done; err != nil {
				t.Error(err)
			}
		}()
		f(t, c)
	})
}

func TestStream(t *testing.T) {
	inBubble(t, func(t *testing.T, c *center) {
		c.observe(1)
		time.Sleep(time.Second)
		p, disconnect := connect(c)
		defer disconnect()
		p.begins(t)
		names, bodies := events(<-p.frames)
		if strings.Join(names, " ") != "nodes latest status" || len(values(t, bodies["latest"])) != 1 {
			t.Fatalf("seeded with %q: %v", names, bodies)
		}
		c.observe(2)
		if got := values(t, p.until("readings")); len(got) != 1 || got[0] != 2 {
			t.Fatalf("told %v", got)
		}
		st := &wire.NodeState{Online: true, Clock: wire.Synced, Site: "35.05.12.1001"}
		if err := c.reg.States(t.Context(), stateReport("aa", st)); err != nil {
			t.Fatal(err)
		}
		c.hub.State("aa", st, time.Now())
		if got := p.until("node"); !strings.Contains(got, `"id":"aa"`) || !strings.Contains(got, `"online":true`) {
			t.Fatalf("told of node %s", got)
		}
		before := time.Now()
		p.until("status")
		p.until("status")
		if d := time.Since(before); d > 2*time.Second {
			t.Errorf("two statuses took %v", d)
		}
		for !strings.HasPrefix(<-p.frames, ":") { // within 10 s, or the bubble deadlocks
		}
	})
}

// A client that stops taking is seeded anew, and misses nothing that is still so.
func TestSlowStreamIsSeededAnew(t *testing.T) {
	inBubble(t, func(t *testing.T, c *center) {
		p, disconnect := connect(c)
		defer disconnect()
		p.until("latest")
		for i := range 50 {
			c.observe(float64(i))
			time.Sleep(time.Second)
		}
		if got := values(t, p.until("latest")); len(got) != 1 || got[0] != 49 {
			t.Fatalf("seeded anew with %v", got)
		}
		c.observe(50)
		if got := values(t, p.until("readings")); len(got) != 1 || got[0] != 50 {
			t.Fatalf("then told %v", got)
		}
	})
}

func TestReconnectIsSeeded(t *testing.T) {
	inBubble(t, func(t *testing.T, c *center) {
		p, disconnect := connect(c)
		p.until("latest")
		disconnect()
		c.observe(7)
		time.Sleep(time.Second)
		p, disconnect = connect(c)
		defer disconnect()
		if got := values(t, p.until("latest")); len(got) != 1 || got[0] != 7 {
			t.Fatalf("seeded with %v", got)
		}
	})
}

func TestStreamsEndAndAreBounded(t *testing.T) {
	inBubble(t, func(t *testing.T, c *center) {
		var leave func()
		for i := range maxStreams {
			p, disconnect := connectFrom(c, fmt.Sprintf("10.0.0.%d", i/maxStreamsEach))
			defer disconnect()
			p.begins(t)
			leave = disconnect
		}
		if w := c.do("GET", "/api/v1/live", ""); w.Code != http.StatusServiceUnavailable || w.Header().Get("Retry-After") != "10" {
			t.Fatalf("one too many: %d %v", w.Code, w.Header())
		}
		leave()
		p, disconnect := connect(c)
		defer disconnect()
		p.begins(t) // the place is free again
		c.end()     // the streams end by themselves; disconnect waits for them
	})
}

// One address does not take the others' places, in IPv6 a whole subscriber.
func TestStreamsHaveAShareByAddress(t *testing.T) {
	for name, address := range map[string]func(i int) string{
		"IPv4": func(int) string { return "10.0.0.9" },
		"IPv6": func(i int) string { return fmt.Sprintf("2001:db8::%x", i+1) },
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, c *center) {
				var leave func()
				for i := range maxStreamsEach {
					p, disconnect := connectFrom(c, address(i))
					defer disconnect()
					p.begins(t)
					leave = disconnect
				}
				if w := c.do("GET", "/api/v1/live", "", "Remote", net.JoinHostPort(address(99), "1"), "Authorization", "Bearer "+systemToken); w.Code != http.StatusTooManyRequests || w.Header().Get("Retry-After") != "10" {
					t.Fatalf("beyond its share: %d %v", w.Code, w.Header())
				}
				p, disconnect := connect(c)
				defer disconnect()
				p.begins(t) // another address has its place
				leave()
				p, disconnect = connectFrom(c, address(99))
				defer disconnect()
				p.begins(t) // and so has this one, once it has left one
			})
		})
	}
}

// Over a real connection: what a browser's EventSource would read.
func TestStreamOverHTTP(t *testing.T) {
	c := build(t, time.Now, nil)
	srv := httptest.NewServer(c.Handler())
	defer srv.Close()
	defer c.end()
	resp, err := srv.Client().Get(srv.URL + "/api/v1/live")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	lines := bufio.NewScanner(resp.Body)
	var got []string
	for lines.Scan() && len(got) < 3 {
		if name, ok := strings.CutPrefix(lines.Text(), "event: "); ok {
			got = append(got, name)
		}
	}
	if strings.Join(got, " ") != "nodes latest status" {
		t.Fatalf("events %q", got)
	}
}
