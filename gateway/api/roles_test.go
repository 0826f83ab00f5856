package api

import (
	"bytes"
	"crypto/tls"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/siaga-id/siaga/gateway/access"
)

// somebody is who asks, by the headers that say so.
type somebody struct {
	name   string
	role   access.Role
	ingest bool
	known  bool // he showed who he is
	header []string
}

// everybody are one of each kind.
func everybody(t testing.TB, c *center) []somebody {
	t.Helper()
	const remote = "10.0.0.5:99"
	all := []somebody{
		{"nobody here", access.Viewer, true, false, []string{"Authorization", ""}},
		{"nobody elsewhere", access.Nobody, false, false, []string{"Remote", remote}},
		{"a wrong token", access.Nobody, false, false, []string{"Authorization", "Bearer siaga_aaaaaaaa_AAAAAAAAAAAAAAAAAAAAAAAAAA"}},
		{"the center's machine", access.Admin, true, true, nil},
		{"an ingester", access.Nobody, true, true, []string{"Remote", remote, "Authorization", "Bearer " + reportToken}},
	}
	by := access.Identity{}
	by.Name, by.Address = "system", "127.0.0.1"
	for _, scope := range []access.Role{access.Viewer, access.Operator, access.Technician, access.Admin, access.Ingester} {
		text, _, err := c.people.AddToken(t.Context(), by, "test", scope, time.Time{})
		if err != nil {
			t.Fatal(err)
		}
		one := somebody{"token " + scope.String(), scope, scope == access.Admin, true, []string{"Remote", remote, "Authorization", "Bearer " + text}}
		if scope == access.Ingester {
			one.role, one.ingest = access.Nobody, true
		}
		all = append(all, one)
		if scope == access.Ingester {
			continue
		}
		if err := c.people.AddAccount(t.Context(), by, scope.String(), scope, goodPassword); err != nil {
			t.Fatal(err)
		}
		all = append(all, somebody{"session " + scope.String(), scope, scope == access.Admin, true, []string{"Remote", remote, "Cookie", c.signIn(t, scope.String(), goodPassword)}})
	}
	return all
}

const goodPassword = "kata sandi yang panjang"

// signIn returns the cookie of a new session.
func (c *center) signIn(t testing.TB, account, word string, header ...string) string {
	t.Helper()
	w := c.do("POST", "/api/v1/session", `{"account":"`+account+`","password":"`+word+`"}`, append([]string{"Remote", "10.0.0.5:99"}, header...)...)
	if w.Code != 200 {
		t.Fatalf("sign in as %s: %d %s", account, w.Code, w.Body)
	}
	cookie, _, _ := strings.Cut(w.Header().Get("Set-Cookie"), ";")
	return cookie
}

func (one *somebody) may(role access.Role) bool {
	if role == access.Ingester {
		return one.ingest
	}
	return one.role >= role
}

// Every operation of the OpenAPI document says who may do it, and nobody else may.
func TestEveryRouteKeepsToItsRole(t *testing.T) {
	c := build(t, fixed, nil)
	c.village(t)
	people := everybody(t, c)
	for _, op := range described(t, c).operations {
		role, err := access.ParseScope(op.Role)
		if op.Role == access.Nobody.String() {
			role, err = access.Nobody, nil
		}
		if err != nil {
			t.Errorf("%s %s: nobody has said who may do it: %v", op.method, op.path, err)
			continue
		}
		if (len(op.Security) > 0) != (role != access.Nobody) {
			t.Errorf("%s: role %v, security %v", op.ID, role, op.Security)
		}
		path := strings.NewReplacer("{", "tidak-ada-", "}", "").Replace(op.path)
		body := ""
		if op.method != "GET" {
			body = "{}"
		}
		for _, one := range people {
			if op.ID == "sign-out" && strings.HasPrefix(one.name, "session") {
				continue // he would be gone
			}
			w := c.do(op.method, path, body, one.header...)
			refused := (w.Code == 401 || w.Code == 403) && strings.Contains(w.Body.String(), "this needs the role")
			if refused == one.may(role) {
				t.Errorf("%s, which needs %v, by %s: %d %s", op.ID, role, one.name, w.Code, w.Body)
			}
			if refused {
				want := http.StatusUnauthorized
				if one.known {
					want = http.StatusForbidden
				}
				if w.Code != want || (want == http.StatusUnauthorized) != (w.Header().Get("WWW-Authenticate") != "") {
					t.Errorf("%s by %s: %d, %v, want %d", op.ID, one.name, w.Code, w.Header(), want)
				}
			}
		}
	}
}

// What is in no OpenAPI document is held to its role too.
func TestOtherRoutesKeepToTheirRole(t *testing.T) {
	c := build(t, fixed, nil)
	people := everybody(t, c)
	c.end() // so that event streams end at once
	for path, role := range map[string]access.Role{
		"/": access.Nobody, "/healthz": access.Nobody, "/readyz": access.Nobody, "/assets/x.js": access.Nobody,
		"/metrics": access.Viewer, "/api/v1/live": access.Viewer, "/api/v1/influx/query": access.Viewer, "/api/v1/openapi.json": access.Viewer,
		"/api/v1/openapi.yaml": access.Viewer, "/api/v1/openapi-3.0.json": access.Viewer, "/api/v1/openapi-3.0.yaml": access.Viewer,
	} {
		for _, one := range people {
			req := httptest.NewRequest("GET", path, nil)
			req.Host, req.RemoteAddr = "127.0.0.1:8088", "127.0.0.1:5000"
			req.Header.Set("Authorization", "Bearer "+systemToken)
			for i := 0; i < len(one.header); i += 2 {
				switch one.header[i] {
				case "Remote":
					req.RemoteAddr = one.header[i+1]
					req.Header.Del("Authorization")
				case "Cookie":
					req.Header.Del("Authorization")
				}
				if req.Header.Set(one.header[i], one.header[i+1]); one.header[i+1] == "" {
					req.Header.Del(one.header[i])
				}
			}
			w := &streaming{ResponseRecorder: httptest.NewRecorder()}
			c.Handler().ServeHTTP(w, req)
			if refused := strings.Contains(w.Body.String(), "this needs the role"); refused == one.may(role) || refused != (w.Code == 401 || w.Code == 403) {
				t.Errorf("%s, which needs %v, by %s: %d %s", path, role, one.name, w.Code, w.Body)
			}
		}
	}
}

// streaming is a recorder on which an event stream can be had.
type streaming struct{ *httptest.ResponseRecorder }

func (*streaming) SetReadDeadline(time.Time) error  { return nil }
func (*streaming) SetWriteDeadline(time.Time) error { return nil }

// A page of another origin gets nothing done, even in a browser that says nothing
// of where a request comes from.
func TestForeignPagesChangeNothing(t *testing.T) {
	c := build(t, fixed, nil)
	c.village(t)
	people := everybody(t, c)
	var cookie string
	for _, one := range people {
		if one.name == "session admin" {
			cookie = one.header[3]
		}
	}
	const body = `{"ids":null}`
	drop := func(method string, header ...string) int {
		return c.do(method, "/api/v1/quarantine/replay", body, append([]string{"Remote", "10.0.0.5:99", "Cookie", cookie}, header...)...).Code
	}
	c.replay = nil // whoever gets through panics
	for name, header := range map[string][]string{
		"cross-site fetch":      {"Sec-Fetch-Site", "cross-site"},
		"same-site fetch":       {"Sec-Fetch-Site", "same-site"},
		"another origin":        {"Origin", "https://evil.example"},
		"another port":          {"Origin", "http://127.0.0.1:9999"},
		"a sandboxed page":      {"Origin", "null"},
		"a form":                {"Content-Type", "application/x-www-form-urlencoded"},
		"a form as text":        {"Content-Type", "text/plain"},
		"a form with parts":     {"Content-Type", "multipart/form-data; boundary=x"},
		"a body of no type":     {"Content-Type", ""},
		"a type that is none":   {"Content-Type", "{}"},
		"another host's name":   {"Host", "evil.example"},
		"no session and a form": {"Content-Type", "text/plain", "Cookie", ""},
	} {
		if code := drop("POST", header...); code != 403 && code != 415 && code != 421 && code != 401 {
			t.Errorf("%s: %d", name, code)
		}
	}
	// Signing a visitor in to somebody else's account is no way in either.
	for _, path := range []string{"/api/v1/session", "/api/v1/setup"} {
		w := c.do("POST", path, `{"account":"admin","password":"`+goodPassword+`"}`, "Remote", "10.0.0.5:99", "Content-Type", "text/plain")
		if w.Code != 415 || w.Header().Get("Set-Cookie") != "" {
			t.Errorf("%s by a form: %d %v", path, w.Code, w.Header())
		}
	}
}

func TestStrictTransportOnlyOverTLS(t *testing.T) {
	c := build(t, fixed, nil)
	for _, over := range []bool{false, true} {
		r := httptest.NewRequest("GET", "/healthz", nil)
		r.Host = "127.0.0.1"
		if over {
			r.TLS = &tls.ConnectionState{}
		}
		w := httptest.NewRecorder()
		c.Handler().ServeHTTP(w, r)
		if got := w.Header().Get("Strict-Transport-Security"); (got != "") != over {
			t.Errorf("over TLS %v: %q", over, got)
		}
	}
	// A handshake that was made elsewhere counts.
	a, b := net.Pipe()
	defer a.Close()
	defer b.Close()
	r := httptest.NewRequestWithContext(rememberTLS(t.Context(), handshaken{a}), "POST", "/api/v1/session", bytes.NewReader([]byte(`{"account":"a","password":"b"}`)))
	r.Host = "127.0.0.1"
	r.Header.Set("Content-Type", "application/json")
	w := httptest.NewRecorder()
	c.Handler().ServeHTTP(w, r)
	if w.Header().Get("Strict-Transport-Security") == "" {
		t.Errorf("%v", w.Header())
	}
}

type handshaken struct{ net.Conn }

func (handshaken) TLS() tls.ConnectionState { return tls.ConnectionState{} }
