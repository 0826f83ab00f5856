package gateway

import (
	"bytes"
	"crypto/tls"
	"encoding/binary"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/siaga-id/siaga/internal/enrolment"
	"github.com/siaga-id/siaga/internal/trust"
)

// siege is a real center with two nodes, whose log is kept.
type siege struct {
	*testing.T
	c    *running
	addr string // the secure address
	// a and b are what the nodes desa-a and desa-b know; token is how a was enrolled,
	// word the password of the device tambak.
	a, b  trust.Options
	token enrolment.Token
	word  string
	log   *logged
}

// logged is a log that may be read while it is written.
type logged struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *logged) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(b)
}

func (l *logged) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

func besieged(t *testing.T) *siege {
	t.Helper()
	cfg := config(t.TempDir())
	cfg.Secure.Addrs = []string{"127.0.0.1:0"}
	s := &siege{T: t, log: &logged{}}
	d := deps()
	d.Wall = fstest.MapFS{"index.html": {Data: []byte("<p>wall")}}
	d.Logger = slog.New(slog.NewTextHandler(s.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	s.c = runWith(t, cfg, d)
	s.addr = s.c.SecureAddrs()[0]
	s.a, s.token = enrolled(t, s.c, "desa-a")
	s.b, _ = enrolled(t, s.c, "desa-b")
	var made struct{ Password string }
	order(t, s.c, "/api/v1/devices", `{"name":"tambak","publish":["tambak/#"],"subscribe":["tambak/#"]}`, &made)
	s.word = made.Password
	return s
}

// metric is the value of a series in /metrics, 0 where there is none.
func (s *siege) metric(series string) float64 {
	s.Helper()
	resp, err := s.c.http.Get("http://" + s.c.HTTPAddr() + "/metrics")
	if err != nil {
		s.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		s.Fatal(err)
	}
	for line := range strings.Lines(string(b)) {
		if value, ok := strings.CutPrefix(line, series+" "); ok {
			v, err := strconv.ParseFloat(strings.TrimSpace(value), 64)
			if err != nil {
				s.Fatal(err)
			}
			return v
		}
	}
	return 0
}

// live is a session of desa-a.
func (s *siege) live() *tls.Conn {
	s.Helper()
	conn, code, err := connect(s.T, s.addr, "desa-a", s.a)
	if err != nil || code != 0 {
		s.Fatalf("code %d, %v", code, err)
	}
	if err := conn.SetReadDeadline(time.Now().Add(patience)); err != nil {
		s.Fatal(err)
	}
	return conn
}

// publishes reports whether desa-a may publish to a topic (MQTT 3.1.1 §3.3, QoS 1).
func (s *siege) publishes(topic string, payload int) bool {
	s.Helper()
	conn := s.live()
	defer conn.Close()
	_, _ = conn.Write(publishing(topic, payload)) // it may be closed while it is written
	answer := make([]byte, 4)
	_, err := io.ReadFull(conn, answer)
	if errors.Is(err, os.ErrDeadlineExceeded) {
		s.Fatalf("%s: no answer", topic)
	}
	return err == nil && answer[0] == 0x40
}

func publishing(topic string, payload int) []byte {
	b := binary.AppendUvarint([]byte{0x32}, uint64(2+len(topic)+2+payload))
	b = append(append(b, byte(len(topic)>>8), byte(len(topic))), topic...)
	return append(b, append([]byte{0, 1}, make([]byte, payload)...)...)
}

// subscribes reports whether desa-a may subscribe to a filter (§3.8).
func (s *siege) subscribes(filter string) bool {
	s.Helper()
	conn := s.live()
	defer conn.Close()
	b := append([]byte{0x82, byte(5 + len(filter)), 0, 1, 0, byte(len(filter))}, filter...)
	if _, err := conn.Write(append(b, 1)); err != nil {
		s.Fatal(err)
	}
	answer := make([]byte, 5)
	if _, err := io.ReadFull(conn, answer); err != nil {
		s.Fatal(err)
	}
	return answer[4] < 0x80
}

// connects reports whether somebody gets in by a client id.
func (s *siege) connects(id string, opt trust.Options) bool {
	s.Helper()
	conn, code, err := connect(s.T, s.addr, id, opt)
	if conn != nil {
		_ = conn.Close()
	}
	return err == nil && code == 0
}

// asks makes a request to an address and returns the answer's status and text. A
// header Host is the request's.
func (s *siege) asks(method, url, body string, header ...string) (int, string) {
	s.Helper()
	req, err := http.NewRequestWithContext(s.Context(), method, url, strings.NewReader(body))
	if err != nil {
		s.Fatal(err)
	}
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
		if header[i] == "Host" {
			req.Host = header[i+1]
		}
	}
	resp, err := s.c.http.Do(req)
	if err != nil {
		s.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		s.Fatal(err)
	}
	return resp.StatusCode, string(b)
}

// admin is the header of `siaga` on the center's own machine.
func (s *siege) admin() string {
	s.Helper()
	b, err := os.ReadFile(filepath.Join(s.c.DataDir(), AdminTokenFile))
	if err != nil {
		s.Fatal(err)
	}
	return "Bearer " + strings.TrimSpace(string(b))
}
