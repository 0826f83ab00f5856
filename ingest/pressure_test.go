package ingest

import (
	"bytes"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/siaga-id/siaga/ingest/influx"
)

// scripted is an InfluxDB over HTTP that answers its first writes as it is told.
type scripted struct {
	t      *testing.T
	script []func(w http.ResponseWriter, body []byte)

	mu     sync.Mutex
	bodies [][]byte
	points map[point]string
}

func (s *scripted) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return // the client has given up
	}
	s.mu.Lock()
	n := len(s.bodies)
	s.bodies = append(s.bodies, body)
	s.mu.Unlock()
	if n < len(s.script) {
		s.script[n](w, body)
		return
	}
	s.keep(body)
	w.WriteHeader(http.StatusNoContent)
}

func (s *scripted) keep(lines []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	got, _ := parseLines(s.t, lines)
	maps.Copy(s.points, got)
}

func (s *scripted) content() map[point]string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return maps.Clone(s.points)
}

func (s *scripted) sent() [][]byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.bodies)
}

// status answers as InfluxDB 1.8 does.
func status(code int, reason string) func(http.ResponseWriter, []byte) {
	return func(w http.ResponseWriter, _ []byte) {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("X-Influxdb-Version", "1.8.10")
		w.WriteHeader(code)
		fmt.Fprintf(w, `{"error":%q}`, reason)
	}
}

// against runs a rig whose store is a real client of a scripted server.
func against(t *testing.T, script ...func(http.ResponseWriter, []byte)) (*rig, *scripted) {
	t.Helper()
	s := &scripted{t: t, script: script, points: map[point]string{}}
	srv := httptest.NewServer(s)
	t.Cleanup(srv.Close)
	client, err := influx.New(influx.Config{URL: srv.URL, Database: "siaga", Timeout: 200 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	r := newRig(t)
	r.deps.Store = client
	r.start(t)
	return r, s
}

// Whatever InfluxDB answers that says nothing of the content: the same bytes are
// sent again until they are stored, and nothing is refused for it.
func TestAnswersThatSayNothingOfTheContent(t *testing.T) {
	for name, answer := range map[string]func(http.ResponseWriter, []byte){
		"slow": func(w http.ResponseWriter, _ []byte) {
			time.Sleep(2 * time.Second) // ten times as long as the client waits
			w.WriteHeader(http.StatusNoContent)
		},
		"cut": func(http.ResponseWriter, []byte) { panic(http.ErrAbortHandler) },
		"half": func(w http.ResponseWriter, _ []byte) {
			w.Header().Set("Content-Length", "9")
			_, _ = w.Write([]byte("{"))
		},
		"401":         status(401, "authorization failed"),
		"403":         status(403, "not authorized to write"),
		"404":         status(404, `database not found: "siaga"`),
		"408":         status(408, "timeout"),
		"500":         status(500, "engine: cache-max-memory-size exceeded"),
		"502 proxy":   func(w http.ResponseWriter, _ []byte) { http.Error(w, "bad gateway", http.StatusBadGateway) },
		"503":         status(503, "shutting down"),
		"max series":  status(400, "partial write: max-series-per-database limit exceeded: (1000) dropped=1"),
		"max values":  status(400, `partial write: max-values-per-tag limit exceeded (100/100): measurement="air" tag="node" value="n1" dropped=1`),
		"400 proxy":   func(w http.ResponseWriter, _ []byte) { http.Error(w, "bad request", http.StatusBadRequest) },
		"redirect":    func(w http.ResponseWriter, r []byte) { w.Header().Set("Location", "/x"); w.WriteHeader(302) },
		"200 of none": func(w http.ResponseWriter, _ []byte) { _, _ = w.Write([]byte("<html>")) },
		"429": func(w http.ResponseWriter, body []byte) {
			w.Header().Set("Retry-After", "1")
			status(429, "too many requests")(w, body)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r, s := against(t, answer)
			p := pack(1)
			payload := encode(t, p)
			r.send(t, "n1", payload)
			until(t, "stored", func() bool { return contains(s.content(), wantPoints(p)) })
			until(t, "trouble over", func() bool { return r.Status().Store == "" && r.Status().WaitingPacks == 0 })
			until(t, "acknowledged", func() bool { stored, _ := r.acker.has("n1", payload); return stored })
			if sent := s.sent(); len(sent) < 2 || !bytes.Equal(sent[0], sent[1]) {
				t.Errorf("sent %q", sent)
			}
			if e := r.registry.entries(); len(e) > 0 {
				t.Errorf("in the quarantine: %+v", e)
			}
		})
	}
}

// A partial write names one of many lines: it alone is refused, and its
// neighbours are written again, which changes nothing.
func TestPartialWrite(t *testing.T) {
	for _, code := range []int{400, 422} {
		t.Run(fmt.Sprint(code), func(t *testing.T) {
			const bad = "pm2_5=3.1,"
			r, s := against(t)
			refuse := func(w http.ResponseWriter, body []byte) {
				var good []byte
				for line := range bytes.Lines(body) {
					if !bytes.Contains(line, []byte(bad)) {
						good = append(good, line...)
					}
				}
				s.keep(good)
				if len(good) == len(body) {
					w.WriteHeader(http.StatusNoContent)
					return
				}
				status(code, `partial write: field type conflict: input field "pm2_5" dropped=1`)(w, body)
			}
			s.mu.Lock()
			s.script = slices.Repeat([]func(http.ResponseWriter, []byte){refuse}, 100)
			s.mu.Unlock()
			for seq := range uint64(6) {
				r.send(t, "n1", encode(t, pack(seq+1)))
			}
			until(t, "one in the quarantine", func() bool { return len(r.registry.entries()) == 1 })
			until(t, "the others stored", func() bool {
				for seq := range uint64(6) {
					if seq+1 != 3 && !contains(s.content(), wantPoints(pack(seq+1))) {
						return false
					}
				}
				return r.Status().WaitingPacks == 0
			})
			if e := r.registry.entries()[0]; e.Kind != RefusedLines || e.Seq != 3 || !bytes.Contains(e.Payload, []byte(bad)) || bytes.Count(e.Payload, []byte("\n")) != 1 {
				t.Errorf("quarantined %+v: %s", e, e.Payload)
			}
			if why := r.Status().Store; why != "" {
				t.Errorf("InfluxDB is shown as troubled: %s", why)
			}
		})
	}
}

// A server with a small limit gets smaller writes, and everything.
func TestBodyTooLarge(t *testing.T) {
	r, s := against(t)
	limit := func(w http.ResponseWriter, body []byte) {
		if len(body) > 600 {
			status(413, "Request Entity Too Large")(w, body)
			return
		}
		s.keep(body)
		w.WriteHeader(http.StatusNoContent)
	}
	s.mu.Lock()
	s.script = slices.Repeat([]func(http.ResponseWriter, []byte){limit}, 1000)
	s.mu.Unlock()
	p := largePack()
	p.Readings = p.Readings[:100]
	r.send(t, "n1", encode(t, p))
	until(t, "stored", func() bool { return contains(s.content(), wantPoints(p)) && r.Status().WaitingPacks == 0 })
	if e := r.registry.entries(); len(e) > 0 {
		t.Errorf("in the quarantine: %+v", e)
	}
}

// InfluxDB says when it wants to be asked again.
func TestRetryAfterIsKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		var at []time.Time
		r.store.fail = func([]byte) error {
			at = append(at, time.Now())
			if len(at) == 1 {
				return &influx.RetryableError{Status: 429, RetryAfter: 7 * time.Minute}
			}
			return nil
		}
		r.start(t)
		r.send(t, "n1", encode(t, pack(1)))
		until(t, "trouble shown", func() bool { return r.Status().Store != "" })
		time.Sleep(8 * time.Minute)
		synctest.Wait()
		if len(at) != 2 || at[1].Sub(at[0]) < 7*time.Minute {
			t.Errorf("asked at %v", at)
		}
		if err := r.stop(); err != nil {
			t.Error(err)
		}
	})
}
