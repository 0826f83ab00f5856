package local

import (
	"net/http"
	"strings"
	"testing"
)

func TestHosts(t *testing.T) {
	h := newServer(t, nil).pageHandler()
	for host, ok := range map[string]bool{
		"192.168.4.1:8087": true, "127.0.0.1": true, "[::1]:8087": true, "localhost:8087": true, "sutojayan-01.local:8087": true,
		"SUTOJAYAN-01.local": true, "evil.example": false, "192.168.4.1.evil.example": false, "": false, "localhost.evil.example:8087": false,
	} {
		r := request("GET", "/api/v1/node", "")
		r.Host = host
		if w := do(h, r); (w.Code == http.StatusOK) != ok {
			t.Errorf("Host %q: %d", host, w.Code)
		}
	}
}

// A page of another origin, opened by the technician's browser, must change
// nothing, whatever that browser tells of it.
func TestOtherOriginsChangeNothing(t *testing.T) {
	h := newServer(t, nil).pageHandler()
	cookie := unlocked(t, h)
	for name, set := range map[string]func(http.Header){
		"origin":         func(h http.Header) { h.Set("Origin", "http://evil.example") },
		"null origin":    func(h http.Header) { h.Set("Origin", "null") },
		"other port":     func(h http.Header) { h.Set("Origin", "http://192.168.4.1:80") },
		"fetch metadata": func(h http.Header) { h.Set("Sec-Fetch-Site", "cross-site") },
		"form":           func(h http.Header) { h.Set("Content-Type", "text/plain") },
	} {
		r := request("POST", "/api/v1/calibrations", goodDatum)
		r.AddCookie(cookie)
		set(r.Header)
		if w := do(h, r); w.Code < 400 {
			t.Errorf("%s: %d %s", name, w.Code, w.Body)
		}
	}
}

func TestContentPolicy(t *testing.T) {
	w := do(newServer(t, nil).pageHandler(), request("GET", "/", ""))
	policy := w.Header().Get("Content-Security-Policy")
	for _, want := range []string{"default-src 'none'", "script-src 'self'", "form-action 'none'", "frame-ancestors 'none'"} {
		if !strings.Contains(policy, want) {
			t.Errorf("policy %q lacks %q", policy, want)
		}
	}
	if strings.Contains(policy, "unsafe") {
		t.Errorf("policy %q", policy)
	}
}
