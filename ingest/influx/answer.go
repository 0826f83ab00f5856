package influx

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"
	"time"
)

// The client keeps too little of an answer for our purpose: it takes every 2xx
// for success, knows only one of the shapes in which InfluxDB gives reasons, and
// reads bodies without bound. So a transport under it keeps the answer, and hands
// it to whoever put an empty one into the request's context.

const (
	maxBody    = 64 << 10
	maxMessage = 500
	maxWait    = 10 * time.Minute
)

// answer is what a server said.
type answer struct {
	status int
	header http.Header
	body   []byte
	// outdated is why what we showed may be an old secret.
	outdated error
}

type answerKey struct{}

func withAnswer(ctx context.Context, a *answer) context.Context {
	return context.WithValue(ctx, answerKey{}, a)
}

// witness shows the server who we are, and fills in the answer that the request's
// context asks for.
type witness struct {
	next http.RoundTripper
	// authorization is the configuration's.
	authorization func() (string, error)
	// ends is when the certificate ends that the server showed last; nil where it
	// showed none.
	ends atomic.Pointer[time.Time]
}

var _ http.RoundTripper = (*witness)(nil)

func (w *witness) RoundTrip(req *http.Request) (*http.Response, error) {
	shown, outdated := w.authorization()
	if shown != "" {
		req = req.Clone(req.Context()) // which is its maker's to change
		req.Header.Set("Authorization", "Token "+shown)
	}
	resp, err := w.next.RoundTrip(req)
	if err == nil && resp.TLS != nil && len(resp.TLS.PeerCertificates) > 0 {
		w.ends.Store(&resp.TLS.PeerCertificates[0].NotAfter)
	}
	a, ok := req.Context().Value(answerKey{}).(*answer)
	if err != nil || !ok {
		return resp, err
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxBody))
	if closeErr := resp.Body.Close(); err == nil {
		err = closeErr
	}
	if err != nil {
		return nil, err // half an answer is none
	}
	*a = answer{status: resp.StatusCode, header: resp.Header, body: body, outdated: outdated}
	resp.Body = io.NopCloser(bytes.NewReader(a.body))
	return resp, nil
}

// CloseIdleConnections lets http.Client reach the transport's connections.
func (w *witness) CloseIdleConnections() {
	if t, ok := w.next.(*http.Transport); ok {
		t.CloseIdleConnections()
	}
}

// fromInfluxDB reports whether an error answer is InfluxDB's own. A proxy, or a
// TLS port that was spoken to in plain HTTP, says 400 too, and that is nothing
// about the content.
func (a *answer) fromInfluxDB() bool {
	if mediaType, _, _ := mime.ParseMediaType(a.header.Get("Content-Type")); mediaType == "application/json" {
		return true
	}
	for name := range a.header {
		if strings.HasPrefix(name, "X-Influxdb-") {
			return true
		}
	}
	return false
}

// message returns the reason in the answer, in one line: "message" in InfluxDB
// 2, "error" in 1.8, "error" and "data" in 3.
func (a *answer) message() string {
	var said struct {
		Message string          `json:"message"`
		Error   string          `json:"error"`
		Data    json.RawMessage `json:"data"`
	}
	text := string(a.body)
	if json.Unmarshal(a.body, &said) == nil {
		var lines []struct {
			Reason string `json:"error_message"`
		}
		switch {
		case said.Message != "":
			text = said.Message
		case json.Unmarshal(said.Data, &lines) == nil && len(lines) > 0:
			text = said.Error + ": " + lines[0].Reason
		case said.Error != "":
			text = said.Error
		}
	}
	if text == "" {
		text = http.StatusText(a.status)
	}
	text = strings.ToValidUTF8(strings.Join(strings.Fields(text), " "), "�")
	if len(text) > maxMessage {
		text = strings.ToValidUTF8(text[:maxMessage], "") + "…"
	}
	return text
}

// retryAfter reads the header in seconds or as a date, bounded to ten minutes.
func (a *answer) retryAfter(now time.Time) time.Duration {
	v := a.header.Get("Retry-After")
	if v == "" {
		return 0
	}
	var d time.Duration
	if s, err := strconv.ParseUint(v, 10, 31); err == nil {
		d = time.Duration(s) * time.Second
	} else if t, err := http.ParseTime(v); err == nil {
		d = t.Sub(now)
	}
	return min(max(d, 0), maxWait)
}
