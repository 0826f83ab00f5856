package api

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/siaga-id/siaga/gateway/access"
)

const elsewhere = "10.0.0.5:99"

// answered decodes an answer.
func answered[T any](t *testing.T, w *httptest.ResponseRecorder, code int) T {
	t.Helper()
	var body T
	if w.Code != code {
		t.Fatalf("%d, want %d: %s", w.Code, code, w.Body)
	}
	if err := json.Unmarshal(w.Body.Bytes(), &body); err != nil {
		t.Fatalf("%v: %s", err, w.Body)
	}
	return body
}

type sessionAnswer struct {
	Name, Kind, Role string
	Setup            bool
}

func (c *center) session(t *testing.T, header ...string) sessionAnswer {
	t.Helper()
	return answered[sessionAnswer](t, c.do("GET", "/api/v1/session", "", header...), 200)
}

func (c *center) account(t *testing.T, name, role string) {
	t.Helper()
	if w := c.do("POST", "/api/v1/accounts", `{"name":"`+name+`","role":"`+role+`","password":"`+goodPassword+`"}`); w.Code != 201 {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
}

// The way of the first admin: by the link, once, then signed in.
func TestSetUpWorksOnce(t *testing.T) {
	c := build(t, fixed, nil)
	if s := c.session(t, "Remote", elsewhere); s != (sessionAnswer{"anonymous", "anonymous", "nobody", true}) {
		t.Errorf("before: %+v", s)
	}
	secret, err := c.people.OpenSetup(t.Context())
	if err != nil || secret == "" {
		t.Fatalf("%q, %v", secret, err)
	}
	setUp := func(secret, account, word string) *httptest.ResponseRecorder {
		return c.do("POST", "/api/v1/setup", `{"secret":"`+secret+`","account":"`+account+`","password":"`+word+`"}`, "Remote", elsewhere)
	}
	if w := setUp("guess", "eve", goodPassword); w.Code != 403 {
		t.Errorf("by a guess: %d %s", w.Code, w.Body)
	}
	if w := setUp(secret, "budi", "pendek"); w.Code != 422 {
		t.Errorf("with a short password: %d %s", w.Code, w.Body)
	}
	w := setUp(secret, "budi", goodPassword)
	if w.Code != 200 {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	cookie, _, _ := strings.Cut(w.Header().Get("Set-Cookie"), ";")
	if s := c.session(t, "Remote", elsewhere, "Cookie", cookie); s != (sessionAnswer{"budi", "account", "admin", false}) {
		t.Errorf("after: %+v", s)
	}
	if w := setUp(secret, "eve", goodPassword); w.Code != 403 {
		t.Errorf("again: %d %s", w.Code, w.Body)
	}
	if again, err := c.people.OpenSetup(t.Context()); again != "" || err != nil {
		t.Errorf("there is an admin, and yet %q, %v", again, err)
	}
}

// A session that somebody else chose or knew before is not the one that signing
// in gives.
func TestSigningInMakesANewSession(t *testing.T) {
	c := build(t, fixed, nil)
	c.account(t, "budi", "viewer")
	planted := c.signIn(t, "budi", goodPassword, "Cookie", "siaga_session=CHOSENBYSOMEBODYELSE")
	if strings.Contains(planted, "CHOSEN") {
		t.Fatalf("the session is %s", planted)
	}
	if s := c.session(t, "Remote", elsewhere, "Cookie", "siaga_session=CHOSENBYSOMEBODYELSE"); s.Role != "nobody" {
		t.Errorf("the chosen session is %+v", s)
	}
	own := c.signIn(t, "budi", goodPassword, "Cookie", planted)
	if s := c.session(t, "Remote", elsewhere, "Cookie", planted); own == planted || s.Role != "nobody" {
		t.Errorf("the session before is %+v", s)
	}
	if w := c.do("DELETE", "/api/v1/session", "", "Remote", elsewhere, "Cookie", own); w.Code != 204 || !strings.Contains(w.Header().Get("Set-Cookie"), "Max-Age=0") {
		t.Errorf("sign out: %d %v", w.Code, w.Header())
	}
	if s := c.session(t, "Remote", elsewhere, "Cookie", own); s.Role != "nobody" {
		t.Errorf("after signing out: %+v", s)
	}
}

func TestSessionsExpire(t *testing.T) {
	now := noon
	c := build(t, func() time.Time { return now }, nil)
	c.account(t, "budi", "viewer")
	cookie := c.signIn(t, "budi", goodPassword)
	role := func() string { t.Helper(); return c.session(t, "Remote", elsewhere, "Cookie", cookie).Role }
	for now.Before(noon.Add(7*24*time.Hour - 12*time.Hour)) {
		now = now.Add(11 * time.Hour)
		if role() != "viewer" {
			t.Fatalf("over after %v though it was used", now.Sub(noon))
		}
	}
	now = noon.Add(7 * 24 * time.Hour)
	if role() != "nobody" {
		t.Error("good after a week")
	}
	cookie = c.signIn(t, "budi", goodPassword)
	now = now.Add(12 * time.Hour)
	if role() != "nobody" {
		t.Error("good after 12 idle hours")
	}
}

func TestSignInIsThrottled(t *testing.T) {
	c := build(t, fixed, nil)
	c.account(t, "budi", "viewer")
	for {
		w := c.do("POST", "/api/v1/session", `{"account":"budi","password":"salah"}`, "Remote", elsewhere)
		if w.Code == 429 && w.Header().Get("Retry-After") == "30" {
			break
		}
		if w.Code != 403 {
			t.Fatalf("%d %v %s", w.Code, w.Header(), w.Body)
		}
	}
	const right = `{"account":"BUDI","password":"` + goodPassword + `"}`
	if w := c.do("POST", "/api/v1/session", right, "Remote", elsewhere); w.Code != 429 {
		t.Errorf("with the right password: %d", w.Code)
	}
	if w := c.do("POST", "/api/v1/session", right, "Remote", "10.0.0.6:1"); w.Code != 200 {
		t.Errorf("whose account it is, from elsewhere: %d %s", w.Code, w.Body)
	}
}

func TestAccounts(t *testing.T) {
	c := build(t, fixed, nil)
	c.account(t, "budi", "admin")
	c.account(t, "siti", "viewer")
	for _, tc := range []struct {
		name, method, path, body string
		want                     int
	}{
		{"the same name", "POST", "/api/v1/accounts", `{"name":"BUDI","role":"viewer","password":"` + goodPassword + `"}`, 409},
		{"a short password", "POST", "/api/v1/accounts", `{"name":"x","role":"viewer","password":"pendek"}`, 422},
		{"the name of a token", "POST", "/api/v1/accounts", `{"name":"token:x","role":"viewer","password":"` + goodPassword + `"}`, 422},
		{"no role", "POST", "/api/v1/accounts", `{"name":"x","role":"ingest","password":"` + goodPassword + `"}`, 422},
		{"last admin demoted", "PATCH", "/api/v1/accounts/budi", `{"role":"viewer"}`, 409},
		{"last admin disabled", "PATCH", "/api/v1/accounts/budi", `{"disabled":true}`, 409},
		{"last admin removed", "DELETE", "/api/v1/accounts/budi", "", 409},
		{"promoted", "PATCH", "/api/v1/accounts/siti", `{"role":"admin"}`, 200},
		{"no longer the last", "DELETE", "/api/v1/accounts/budi", "", 204},
		{"removed again", "DELETE", "/api/v1/accounts/budi", "", 404},
		{"changed though removed", "PATCH", "/api/v1/accounts/budi", `{"role":"viewer"}`, 404},
		{"a password of a token", "POST", "/api/v1/session/password", `{"old":"x","new":"` + goodPassword + `"}`, 403},
	} {
		if w := c.do(tc.method, tc.path, tc.body); w.Code != tc.want {
			t.Errorf("%s: %d, want %d: %s", tc.name, w.Code, tc.want, w.Body)
		}
	}
	if w := c.do("GET", "/api/v1/accounts", ""); strings.Contains(w.Body.String(), "argon2") || !strings.Contains(w.Body.String(), `"name":"siti","role":"admin","disabled":false`) {
		t.Errorf("%s", w.Body)
	}
}

func TestDisablingAndPasswordsEndSessions(t *testing.T) {
	c := build(t, fixed, nil)
	c.account(t, "budi", "operator")
	first, second := c.signIn(t, "budi", goodPassword), c.signIn(t, "budi", goodPassword)
	role := func(cookie string) string {
		t.Helper()
		return c.session(t, "Remote", elsewhere, "Cookie", cookie).Role
	}
	w := c.do("POST", "/api/v1/session/password", `{"old":"salah","new":"kata sandi lain"}`, "Remote", elsewhere, "Cookie", first)
	if w.Code != 403 || role(second) != "operator" {
		t.Errorf("by a wrong password: %d %s", w.Code, w.Body)
	}
	w = c.do("POST", "/api/v1/session/password", `{"old":"`+goodPassword+`","new":"kata sandi lain"}`, "Remote", elsewhere, "Cookie", first)
	next, _, _ := strings.Cut(w.Header().Get("Set-Cookie"), ";")
	if w.Code != 200 || role(first) != "nobody" || role(second) != "nobody" || role(next) != "operator" {
		t.Errorf("%d %s: %s %s %s", w.Code, w.Body, role(first), role(second), role(next))
	}
	if w := c.do("PATCH", "/api/v1/accounts/budi", `{"role":"viewer"}`); w.Code != 200 || role(next) != "viewer" {
		t.Errorf("demoted: %d, %s", w.Code, role(next))
	}
	if w := c.do("PATCH", "/api/v1/accounts/budi", `{"disabled":true}`); w.Code != 200 || role(next) != "nobody" {
		t.Errorf("disabled: %d, %s", w.Code, role(next))
	}
	if w := c.do("POST", "/api/v1/session", `{"account":"budi","password":"kata sandi lain"}`, "Remote", elsewhere); w.Code != 403 {
		t.Errorf("signed in though disabled: %d", w.Code)
	}
}

// Nothing of what is secret gets into a log, the audit log, or an error.
func TestSecretsAreInNoLog(t *testing.T) {
	c := build(t, fixed, nil)
	secret, err := c.people.OpenSetup(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	c.do("POST", "/api/v1/setup", `{"secret":"`+secret+`x","account":"budi","password":"`+goodPassword+`"}`, "Remote", elsewhere)
	c.do("POST", "/api/v1/setup", `{"secret":"`+secret+`","account":"budi","password":"`+goodPassword+`"}`, "Remote", elsewhere)
	cookie := c.signIn(t, "budi", goodPassword)
	c.do("POST", "/api/v1/session", `{"account":"budi","password":"sandi yang salah"}`, "Remote", elsewhere)
	c.do("POST", "/api/v1/session", `{"account":"`+"sandi-di-tempat-nama"+`","password":"x"}`, "Remote", elsewhere)
	made := answered[struct{ ID, Token string }](t, c.do("POST", "/api/v1/tokens", `{"name":"grafana","scope":"viewer"}`), 201)
	c.do("DELETE", "/api/v1/quarantine", `{"ids":[1]}`, "Authorization", "Bearer "+made.Token)
	c.do("GET", "/api/v1/nodes", "", "Authorization", "Bearer "+made.Token+"x")
	c.do("PATCH", "/api/v1/accounts/budi", `{"password":"sandi yang baru"}`)
	audit := c.do("GET", "/api/v1/audit/export?format=json", "").Body.String()
	if !strings.Contains(c.log.String(), "sign-in refused") || strings.Count(audit, "\n") < 8 {
		t.Fatalf("log:\n%s\naudit:\n%s", c.log, audit)
	}
	for _, s := range []string{secret, goodPassword, strings.TrimPrefix(cookie, "siaga_session="), "sandi yang", "sandi-di", made.Token, systemToken, reportToken, "argon2"} {
		if strings.Contains(c.log.String(), s) {
			t.Errorf("%q is in the log:\n%s", s, c.log)
		}
		if strings.Contains(audit, s) {
			t.Errorf("%q is in the audit log:\n%s", s, audit)
		}
	}
}

// What is read before anybody has shown who he is, is short.
func TestStrangersSendLittle(t *testing.T) {
	c := build(t, fixed, nil)
	long := strings.Repeat("x", maxOpenBody)
	for path, body := range map[string]string{
		"/api/v1/session":         `{"account":"budi","password":"` + long + `"}`,
		"/api/v1/setup":           `{"secret":"` + long + `","account":"budi","password":"x"}`,
		"/api/v1/enrolment":       `{"token":"` + long + `","csr":""}`,
		"/api/v1/enrolment/renew": `{"token":"` + long + `","csr":""}`,
	} {
		if w := c.do("POST", path, body, "Remote", elsewhere); w.Code != 413 {
			t.Errorf("%s: %d %.200s", path, w.Code, w.Body)
		}
	}
}

// Who signs out does not go on seeing.
func TestStreamEndsWithItsSession(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := build(t, time.Now, nil)
		c.account(t, "budi", "viewer")
		cookie := c.signIn(t, "budi", goodPassword)
		p := &tap{header: map[string][]string{}, frames: make(chan string, 1000), ended: t.Context()}
		req := httptest.NewRequest("GET", "/api/v1/live", nil)
		req.Host = "127.0.0.1"
		req.Header.Set("Cookie", cookie)
		done := make(chan struct{})
		go func() { defer close(done); c.Handler().ServeHTTP(p, req) }()
		time.Sleep(time.Minute)
		select {
		case <-done:
			t.Fatal("it ended by itself")
		default:
		}
		c.do("DELETE", "/api/v1/session", "", "Remote", elsewhere, "Cookie", cookie)
		<-done // or the bubble deadlocks
	})
}

func TestRoutesWithoutARoleAreNobodys(t *testing.T) {
	c := build(t, fixed, nil)
	mux := http.NewServeMux()
	api := humago.New(mux, openAPI("1"))
	api.UseMiddleware(c.authorize(api))
	huma.Register(api, huma.Operation{Method: "GET", Path: "/api/v1/forgotten", OperationID: "forgotten"}, c.listQuantities)
	r := httptest.NewRequest("GET", "/api/v1/forgotten", nil)
	w := httptest.NewRecorder()
	mux.ServeHTTP(w, r.WithContext(access.With(r.Context(), access.Identity{Kind: access.System, Role: access.Admin})))
	if w.Code != 403 {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}
