package api

import (
	"fmt"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/siaga-id/siaga/gateway/access"
	"github.com/siaga-id/siaga/gateway/authority"
	"github.com/siaga-id/siaga/gateway/authority/authoritytest"
)

// counting is a center whose own metrics are told, and a reader of one of them.
func counting(t *testing.T, change ...func(*Options)) (*center, func(reason string) string) {
	t.Helper()
	metrics := prometheus.NewRegistry()
	c := build(t, fixed, func(o *Options) {
		o.Gatherer, o.Metrics = metrics, metrics
		for _, one := range change {
			one(o)
		}
		o.Authority = authoritytest.New(t, authority.Options{Registry: o.Registry, Now: fixed, Logger: o.Logger})
	})
	return c, func(reason string) string {
		t.Helper()
		w := httptest.NewRecorder()
		promhttp.HandlerFor(metrics, promhttp.HandlerOpts{}).ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
		_, after, _ := strings.Cut(w.Body.String(), `siaga_http_refused_total{reason="`+reason+`"} `)
		n, _, _ := strings.Cut(after, "\n")
		return n
	}
}

// What is turned away is counted by reason, and written down.
func TestRefusalsAreCounted(t *testing.T) {
	c, count := counting(t)
	c.account(t, "budi", "viewer")
	cookie := c.signIn(t, "budi", goodPassword)
	const wrong = `{"account":"budi","password":"salah"}`
	for i, tc := range []struct {
		reason, method, path, body string
		header                     []string
		code                       int
		log                        string // "": it is written down in other words
	}{
		{"host", "GET", "/api/v1/nodes", "", []string{"Host", "evil.example"}, 421, "made to the host name evil.example"},
		{"host", "GET", "/", "", []string{"Host", "evil.example"}, 421, "action=\"GET /\""},
		{"origin", "POST", "/api/v1/session", wrong, []string{"Origin", "https://evil.example"}, 403, "https://evil.example"},
		{"form", "POST", "/api/v1/session", wrong, []string{"Content-Type", "text/plain"}, 415, "sent as any page can"},
		{"body", "POST", "/api/v1/session", `{"account":"` + strings.Repeat("x", maxOpenBody) + `"}`, nil, 413, "the body is too long"},
		{"role", "GET", "/api/v1/accounts", "", nil, 401, "this needs the role admin"},
		{"role", "GET", "/api/v1/accounts", "", []string{"Cookie", cookie}, 403, "who=budi"},
		{"role", "GET", "/metrics", "", nil, 401, "GET /metrics"},
		{"password", "POST", "/api/v1/session", wrong, nil, 403, "sign-in refused"},
		{"password", "POST", "/api/v1/setup", `{"secret":"x","account":"a","password":"b"}`, nil, 403, ""},
	} {
		before := len(c.log.String())
		was := count(tc.reason)
		w := c.do(tc.method, tc.path, tc.body, append([]string{"Remote", fmt.Sprintf("10.1.0.%d:1", i)}, tc.header...)...)
		if now := count(tc.reason); w.Code != tc.code || now == was {
			t.Errorf("%s %s: %d, want %d; %s: %s, was %s", tc.method, tc.path, w.Code, tc.code, tc.reason, now, was)
		}
		if said := c.log.String()[before:]; !strings.Contains(said, tc.log) || strings.Contains(said, "salah") {
			t.Errorf("%s %s: want %q in the log, got %s", tc.method, tc.path, tc.log, said)
		}
	}
	for c.do("POST", "/api/v1/session", wrong, "Remote", elsewhere).Code != 429 {
	}
	if count("throttled") != "1" {
		t.Errorf("%s throttled", count("throttled"))
	}
	if count("role") != "3" { // those that pass are not counted
		t.Errorf("%s without the role", count("role"))
	}
}

// Whoever is turned away a thousand times does not fill the log, with however long
// a name.
func TestRefusalsDoNotFillTheLog(t *testing.T) {
	c, count := counting(t)
	for range 1000 {
		c.do("GET", "/"+strings.Repeat("x", 3000), "", "Remote", elsewhere, "Host", strings.Repeat("y", 3000)+".example")
	}
	if n := len(c.log.String()); count("host") != "1000" || n == 0 || n > 30_000 {
		t.Errorf("%s counted, %d bytes logged", count("host"), n)
	}
}

// Far more sign in at once than passwords can be looked at: who finds no place is
// told when to come again, and nobody waits for long.
func TestTooManySignInsAtOnce(t *testing.T) {
	c, count := counting(t, func(o *Options) {
		var err error // with passwords that take as long as people's
		if o.Access, err = access.New(t.Context(), access.Options{Registry: o.Registry, Now: fixed, Logger: o.Logger}); err != nil {
			t.Fatal(err)
		}
	})
	codes := make(map[int]int)
	var mu sync.Mutex
	var group sync.WaitGroup
	start := make(chan struct{})
	for i := range 200 {
		group.Go(func() {
			<-start
			w := c.do("POST", "/api/v1/session", fmt.Sprintf(`{"account":"account-%d","password":"salah"}`, i), "Remote", fmt.Sprintf("10.0.0.%d:1", i))
			mu.Lock()
			defer mu.Unlock()
			codes[w.Code]++
			if w.Code == 503 && w.Header().Get("Retry-After") != "2" {
				t.Errorf("%v", w.Header())
			}
		})
	}
	close(start)
	group.Wait()
	if codes[403] == 0 || codes[503] == 0 || codes[403]+codes[503] != 200 {
		t.Errorf("%v", codes)
	}
	if got := count("crowded"); got != fmt.Sprint(codes[503]) {
		t.Errorf("%s counted of %d", got, codes[503])
	}
}

// People are told in their language what was wrong.
func TestAccessSpeaksIndonesian(t *testing.T) {
	c, _ := counting(t)
	c.account(t, "budi", "admin")
	for _, tc := range []struct{ method, path, body, id, en string }{
		{"POST", "/api/v1/session", `{"account":"budi","password":"salah"}`, "akun atau kata sandi salah", "account or password is wrong"},
		{"POST", "/api/v1/setup", `{"secret":"x","account":"a","password":"b"}`, "tautan ini tidak berlaku lagi", "this link is not good any more"},
		{"POST", "/api/v1/session/password", `{"old":"x","new":"y"}`, "hanya yang masuk dengan akun", "only who has signed in"},
		{"POST", "/api/v1/accounts", `{"name":"siti","role":"viewer","password":"pendek"}`, "kata sandi terlalu pendek: paling sedikit 10 karakter", "too short: want 10 characters"},
		{"POST", "/api/v1/accounts", `{"name":"-","role":"viewer","password":"` + goodPassword + `"}`, "itu bukan nama akun", "that is no account name"},
		{"POST", "/api/v1/accounts", `{"name":"system","role":"viewer","password":"` + goodPassword + `"}`, "bukan nama orang", "nobody's name"},
		{"POST", "/api/v1/accounts", `{"name":"budi","role":"viewer","password":"` + goodPassword + `"}`, "sudah ada akun dengan nama itu", "there is an account of that name"},
		{"DELETE", "/api/v1/accounts/budi", "", "ini admin terakhir", "this is the last admin"},
		{"DELETE", "/api/v1/tokens/aaaaaaaa", "", "tidak ada akun atau token itu", "there is no such account or token"},
		{"POST", "/api/v1/tokens", `{"name":"x","scope":"viewer","expires":"2001-01-01T00:00:00Z"}`, "harus waktu mendatang", "want a time to come"},
		{"POST", "/api/v1/nodes/sutojayan-01/tokens", `{}`, "node itu tidak ada", "no such node"},
		{"DELETE", "/api/v1/enrolment/tokens/x", "", "token itu tidak ada", "no such token"},
	} {
		for query, want := range map[string]string{"?lang=id": tc.id, "?lang=en": tc.en, "": tc.en} {
			if w := c.do(tc.method, tc.path+query, tc.body); w.Code < 400 || w.Code >= 500 || !strings.Contains(w.Body.String(), want) {
				t.Errorf("%s %s%s: %d %s, want %q", tc.method, tc.path, query, w.Code, w.Body, want)
			}
		}
	}
}
