package webguard

import (
	"net/http"
	"net/http/httptest"
	"testing"
)

func TestOnlyOurOwnPagesPass(t *testing.T) {
	told := ""
	h := Guard(Options{
		ContentPolicy: "default-src 'none'", Hosts: []string{"siaga.example"}, WrongHost: "not here",
		Refused: func(_ *http.Request, reason string) { told += reason },
	},
		http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	for _, tc := range []struct {
		method, host, site string
		want               int
	}{
		{"GET", "127.0.0.1:8088", "", http.StatusOK},
		{"GET", "[::1]:8088", "", http.StatusOK},
		{"GET", "localhost", "", http.StatusOK},
		{"GET", "Siaga.Example:8088", "", http.StatusOK},
		{"GET", "evil.example", "", http.StatusMisdirectedRequest},
		{"GET", "127.0.0.1.evil.example", "", http.StatusMisdirectedRequest},
		{"GET", "", "", http.StatusMisdirectedRequest},
		{"POST", "127.0.0.1:8088", "same-origin", http.StatusOK},
		{"POST", "127.0.0.1:8088", "cross-site", http.StatusForbidden},
		{"POST", "127.0.0.1:8088", "same-site", http.StatusForbidden},
	} {
		r := httptest.NewRequest(tc.method, "/", nil)
		r.Host = tc.host
		if tc.site != "" {
			r.Header.Set("Sec-Fetch-Site", tc.site)
		}
		w := httptest.NewRecorder()
		told = ""
		h.ServeHTTP(w, r)
		if want := map[int]string{http.StatusMisdirectedRequest: "host", http.StatusForbidden: "origin"}[tc.want]; told != want {
			t.Errorf("%s to %q from %q: told of %q, want %q", tc.method, tc.host, tc.site, told, want)
		}
		if w.Code != tc.want {
			t.Errorf("%s to %q from %q: %d, want %d", tc.method, tc.host, tc.site, w.Code, tc.want)
		}
		if got := w.Header().Get("Content-Security-Policy"); got != "default-src 'none'" || w.Header().Get("X-Frame-Options") != "DENY" {
			t.Errorf("headers %v", w.Header())
		}
	}
}
