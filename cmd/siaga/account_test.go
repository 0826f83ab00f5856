package main

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// asking is one request that a center got.
type asking struct {
	What, Token string
	Body        any
}

// listen answers everything with status and body, and notes what was asked.
func listen(t *testing.T, status int, body string) (url string, asked *[]asking) {
	t.Helper()
	asked = new([]asking)
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		one := asking{What: r.Method + " " + r.URL.EscapedPath(), Token: r.Header.Get("Authorization")}
		if r.URL.RawQuery != "" {
			one.What += "?" + r.URL.RawQuery
		}
		var b bytes.Buffer
		_, _ = b.ReadFrom(r.Body)
		_ = json.Unmarshal(b.Bytes(), &one.Body)
		*asked = append(*asked, one)
		w.WriteHeader(status)
		_, _ = w.Write([]byte(body))
	}))
	t.Cleanup(srv.Close)
	return srv.URL, asked
}

// keep writes a file and returns its name.
func keep(t *testing.T, dir, name, text string) string {
	t.Helper()
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, name)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func TestPeopleAndTokensAreAskedFor(t *testing.T) {
	url, asked := listen(t, 200, `{"name":"budi","role":"viewer","accounts":[],"tokens":[],"entries":[],"token":"siaga_x_y"}`)
	word := keep(t, t.TempDir(), "word", "kata sandi panjang\n")
	token := keep(t, t.TempDir(), "token", "siaga_a_b\n")
	for _, args := range [][]string{
		{"account", "add", "budi", "--role", "operator", "--password-file", word},
		{"account", "list"},
		{"account", "set", "budi", "--role", "viewer", "--disable"},
		{"account", "set", "budi/..", "--password-file", word, "--enable"},
		{"account", "remove", "budi"},
		{"token", "create", "grafana", "--scope", "viewer", "--valid", "never"},
		{"token", "list"},
		{"token", "revoke", "aabbccdd"},
		{"audit", "--who", "budi", "--refused"},
		{"audit", "--csv", "--action", "account."},
	} {
		if out, err := run(t, append(args, "--center", url, "--token-file", token)...); err != nil || strings.Contains(out, "sandi panjang") {
			t.Errorf("%v: %v\n%s", args, err, out)
		}
	}
	const bearer = "Bearer siaga_a_b"
	want := []asking{
		{"POST /api/v1/accounts?lang=id", bearer, map[string]any{"name": "budi", "role": "operator", "password": "kata sandi panjang"}},
		{"GET /api/v1/accounts", bearer, nil},
		{"PATCH /api/v1/accounts/budi?lang=id", bearer, map[string]any{"role": "viewer", "disabled": true}},
		{"PATCH /api/v1/accounts/budi%2F..?lang=id", bearer, map[string]any{"password": "kata sandi panjang", "disabled": false}},
		{"DELETE /api/v1/accounts/budi?lang=id", bearer, nil},
		{"POST /api/v1/tokens?lang=id", bearer, map[string]any{"name": "grafana", "scope": "viewer"}},
		{"GET /api/v1/tokens", bearer, nil},
		{"DELETE /api/v1/tokens/aabbccdd?lang=id", bearer, nil},
		{"GET /api/v1/audit?limit=50&outcome=refused&who=budi", bearer, nil},
		{"GET /api/v1/audit/export?action=account.&format=csv", bearer, nil},
	}
	if d := cmp.Diff(want, *asked); d != "" {
		t.Error(d)
	}
}

// The password is never an argument.
func TestPasswordsComeFromNowhereElse(t *testing.T) {
	url, asked := listen(t, 200, `{}`)
	for _, args := range [][]string{
		{"account", "add", "budi", "kata sandi"},
		{"account", "add", "budi", "--password", "kata sandi"},
		{"account", "add", "budi"}, // a test has no terminal
		{"account", "add", "budi", "--password-file", "/nonexistent"},
		{"account", "add", "budi", "--password-file", keep(t, t.TempDir(), "empty", "\n")},
	} {
		if _, err := run(t, append(args, "--center", url)...); err == nil {
			t.Errorf("%v was accepted", args)
		}
	}
	if len(*asked) > 0 {
		t.Errorf("asked %v", *asked)
	}
}

func TestTheTokenIsFound(t *testing.T) {
	t.Chdir(t.TempDir())
	t.Setenv("SIAGA_TOKEN_FILE", "")
	url, asked := listen(t, 401, `{"detail":"this needs the role operator"}`)
	say := func(args ...string) string {
		t.Helper()
		*asked = nil
		_, err := run(t, append([]string{"quarantine", "drop", "--all", "--center", url}, args...)...)
		if err == nil {
			t.Fatalf("%v: no error", args)
		}
		return err.Error()
	}
	if got := say(); !strings.Contains(got, "--data") || !strings.Contains(got, "siaga-data") || (*asked)[0].Token != "" {
		t.Errorf("without a token: %s", got)
	}
	if got := say("--data", "elsewhere"); !strings.Contains(got, "admin.token") || len(*asked) > 0 {
		t.Errorf("a data directory without a token: %s", got)
	}
	keep(t, "siaga-demo", "admin.token", "siaga_demo_b\n")
	if got := say(); (*asked)[0].Token != "Bearer siaga_demo_b" || !strings.Contains(got, "does not know this token") {
		t.Errorf("%v: %s", *asked, got)
	}
	keep(t, "elsewhere", "admin.token", "siaga_else_b")
	if say("--data", "elsewhere"); (*asked)[0].Token != "Bearer siaga_else_b" {
		t.Errorf("%v", *asked)
	}
	t.Setenv("SIAGA_TOKEN_FILE", keep(t, t.TempDir(), "token", "siaga_file_b"))
	if say(); (*asked)[0].Token != "Bearer siaga_file_b" {
		t.Errorf("%v", *asked)
	}
	t.Setenv("SIAGA_TOKEN_FILE", "")
	keep(t, "broken", "admin.token", "two words")
	if got := say("--data", "broken"); !strings.Contains(got, "no access token") {
		t.Errorf("%s", got)
	}
	// What this machine's center wrote goes to no other machine.
	f := centerFlags{url: "http://siaga.example:8088"}
	if c, err := f.client(); err != nil || c.token != "" || !strings.Contains(c.noToken, "--token-file") {
		t.Errorf("%+v, %v", c, err)
	}
}

// A token goes over the network encrypted, or because somebody said that it may not.
func TestTokensAreNotSentInClear(t *testing.T) {
	token := keep(t, t.TempDir(), "token", "siaga_a_b")
	data := filepath.Dir(keep(t, t.TempDir(), "admin.token", "siaga_system_b"))
	for _, tc := range []struct {
		url  string
		sent bool
	}{
		{"http://127.0.0.1:8088", true},
		{"http://localhost:8088", true},
		{"http://[::1]:8088", true},
		{"https://10.20.0.2:8883", true},
		{"HTTPS://siaga.example", true},
		{"http://10.20.0.2:8088", false},
		{"HTTP://10.20.0.2:8088", false},
		{"http://siaga.example", false},
		{"http://127.0.0.1.evil.example", false},
		{"http://localhost@evil.example", false},
	} {
		for _, f := range []centerFlags{{url: tc.url, tokenFile: token}, {url: tc.url, data: data}} {
			if _, err := f.client(); (err == nil) != tc.sent {
				t.Errorf("%+v: %v", f, err)
			} else if err != nil && (!strings.Contains(err.Error(), "tanpa enkripsi") || !strings.Contains(err.Error(), "https://")) {
				t.Errorf("%+v says no remedy: %v", f, err)
			}
			f.plain = true
			if c, err := f.client(); err != nil || c.token == "" {
				t.Errorf("%+v: %v", f, err)
			}
		}
		if _, err := (&centerFlags{url: tc.url}).client(); err != nil { // there is nothing to send
			t.Errorf("%s without a token: %v", tc.url, err)
		}
	}
	english := centerFlags{url: "http://10.20.0.2:8088", tokenFile: token, said: "en"}
	if _, err := english.client(); err == nil || !strings.Contains(err.Error(), "unencrypted") {
		t.Errorf("in English: %v", err)
	}
}

// A center that sends elsewhere does not get the token sent there.
func TestTokensFollowNoRedirect(t *testing.T) {
	other, asked := listen(t, 200, `{}`)
	srv := httptest.NewServer(http.RedirectHandler(other, http.StatusTemporaryRedirect))
	defer srv.Close()
	token := keep(t, t.TempDir(), "token", "siaga_a_b")
	if _, err := run(t, "account", "list", "--center", srv.URL, "--token-file", token); err == nil || len(*asked) > 0 {
		t.Errorf("%v, asked %v", err, *asked)
	}
}

func TestLongTimes(t *testing.T) {
	for said, want := range map[string]string{"90d": "2160h0m0s", "12h": "12h0m0s", "0d": "", "-1d": "", "d": "", "99999d": "", "1 week": "", "": "", "-5h": ""} {
		d, err := parseLong(said)
		if (err == nil) != (want != "") || err == nil && d.String() != want {
			t.Errorf("%q: %v, %v", said, d, err)
		}
	}
}
