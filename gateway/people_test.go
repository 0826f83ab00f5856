package gateway

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
)

// post sends a change with a token, "" for none, and returns the answer's status.
func (r *running) post(path, token, body string) int {
	r.t.Helper()
	req, err := http.NewRequest(http.MethodPost, "http://"+r.HTTPAddr()+path, strings.NewReader(body))
	if err != nil {
		r.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	resp, err := r.http.Do(req)
	if err != nil {
		r.t.Fatal(err)
	}
	defer resp.Body.Close()
	return resp.StatusCode
}

func ownToken(t *testing.T, dir string) string {
	t.Helper()
	file := filepath.Join(dir, AdminTokenFile)
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(file)
	if err != nil {
		t.Fatal(err)
	}
	if mode := info.Mode().Perm(); mode != 0o600 && runtime.GOOS != "windows" {
		t.Errorf("mode %v", mode)
	}
	return strings.TrimSpace(string(b))
}

// The center's own machine changes things by the token in the data directory, the
// first admin comes by the link, and both are over with the next start.
func TestAdminTokenAndSetUpLink(t *testing.T) {
	dir := t.TempDir()
	open := func() *running { t.Helper(); return run(t, config(dir)) }
	const drop, body = "/api/v1/quarantine/replay", `{"ids":null}`
	r := open()
	token, link := ownToken(t, dir), r.SetupURL()
	if got := r.post(drop, "", body); got != http.StatusUnauthorized {
		t.Errorf("without a token: %d", got)
	}
	if got := r.post(drop, token, body); got != http.StatusOK {
		t.Errorf("with the token: %d", got)
	}
	if got := r.post("/api/v1/ingest/stored", "", `{"ranges":[]}`); got != http.StatusNoContent {
		t.Errorf("an ingester on this machine: %d", got)
	}
	get[nodes](r, "/api/v1/nodes") // reading needs nothing here
	before, _, ok := strings.Cut(link, "#setup=")
	if !ok || before != "http://"+r.HTTPAddr()+"/masuk" {
		t.Fatalf("link %q", link)
	}
	r.end()

	r = open()
	if next := ownToken(t, dir); next == token || r.post(drop, token, body) != http.StatusUnauthorized || r.post(drop, next, body) != http.StatusOK {
		t.Error("the token of the start before is good")
	}
	if got := r.setUp(link); got != http.StatusForbidden {
		t.Errorf("by the link of the start before: %d", got)
	}
	if got := r.setUp(r.SetupURL()); got != http.StatusOK {
		t.Errorf("by the link: %d", got)
	}
	r.end()

	r = open()
	if link := r.SetupURL(); link != "" {
		t.Errorf("there is an admin, and yet a link: %s", link)
	}
	r.end()
	if left, err := fs.Glob(os.DirFS(dir), AdminTokenFile+".*"); len(left) > 0 || err != nil {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

// setUp makes the first admin by a link.
func (r *running) setUp(link string) int {
	r.t.Helper()
	_, secret, _ := strings.Cut(link, "#setup=")
	b, err := json.Marshal(map[string]string{"secret": secret, "account": "budi", "password": "kata sandi panjang"})
	if err != nil {
		r.t.Fatal(err)
	}
	return r.post("/api/v1/setup", "", string(b))
}

// A link that nobody saw on a screen is in a file, which nobody else reads and
// which is gone when the link is no longer good, however that came about.
func TestSetUpLinkIsKeptInAFile(t *testing.T) {
	for name, over := range map[string]func(r *running, link string){
		"it was used": func(r *running, link string) {
			if got := r.setUp(link); got != http.StatusOK {
				t.Errorf("by the link: %d", got)
			}
		},
		"an admin was made otherwise": func(r *running, link string) {
			if got := r.post("/api/v1/accounts", ownToken(t, r.DataDir()), `{"name":"siti","role":"admin","password":"kata sandi panjang"}`); got != http.StatusCreated {
				t.Errorf("by the token: %d", got)
			}
			if got := r.setUp(link); got != http.StatusForbidden {
				t.Errorf("by the link: %d", got)
			}
		},
		"the center ends": func(r *running, _ string) { r.end() },
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			file := filepath.Join(dir, SetupLinkFile)
			if err := os.WriteFile(file, []byte("of the start before"), 0o600); err != nil {
				t.Fatal(err)
			}
			c, err := Open(t.Context(), config(dir), deps())
			if err != nil {
				t.Fatal(err)
			}
			if _, err := os.Stat(file); !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("the link of the start before is there: %v", err)
			}
			if got, err := c.KeepSetupURL(); got != file || err != nil {
				t.Errorf("%q, %v", got, err)
			}
			r := start(t, c)
			info, err := os.Stat(file)
			if err != nil || info.Mode().Perm() != 0o600 && runtime.GOOS != "windows" {
				t.Fatalf("%v, %v", info, err)
			}
			time.Sleep(2 * setupEvery) // it stays while it is good
			link, err := os.ReadFile(file)
			if err != nil || string(link) != r.SetupURL()+"\n" {
				t.Fatalf("%q, %v", link, err)
			}
			over(r, strings.TrimSpace(string(link)))
			until(t, "the file is gone", func() bool { _, err := os.Stat(file); return errors.Is(err, fs.ErrNotExist) })
		})
	}
}

// A center that cannot take its link away goes on all the same.
func TestSetUpLinkThatStays(t *testing.T) {
	dir := t.TempDir()
	c, err := Open(t.Context(), config(dir), deps())
	if err != nil {
		t.Fatal(err)
	}
	file, err := c.KeepSetupURL()
	if err := errors.Join(err, os.Remove(file), os.MkdirAll(filepath.Join(file, "in the way"), 0o700)); err != nil {
		t.Fatal(err)
	}
	start(t, c).end()
}

func TestClosedCenterTellsNobody(t *testing.T) {
	cfg := config(t.TempDir())
	cfg.HTTP.Open = "no"
	r := run(t, cfg)
	for path, want := range map[string]int{"/api/v1/nodes": 401, "/metrics": 401, "/api/v1/live": 401, "/healthz": 200, "/readyz": 200, "/": 200} {
		resp, err := r.http.Get("http://" + r.HTTPAddr() + path)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != want {
			t.Errorf("%s: %d, want %d", path, resp.StatusCode, want)
		}
	}
	// Nor does it believe anybody: a proxy on this machine may say nothing of the world
	// behind it.
	resp, err := r.http.Post("http://"+r.HTTPAddr()+"/api/v1/ingest/stored", "application/json", strings.NewReader(`{"ranges":[]}`))
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusUnauthorized {
		t.Errorf("a report without a token: %s", resp.Status)
	}
	cfg.HTTP.Open = "ja"
	if c, err := Open(context.Background(), cfg, deps()); err == nil || !strings.Contains(err.Error(), "http.open") {
		t.Errorf("open: ja: %v", errors.Join(err, c.Close()))
	}
}

func TestReachable(t *testing.T) {
	for addr, want := range map[string]string{
		"127.0.0.1:8088": "127.0.0.1:8088", "0.0.0.0:8088": "127.0.0.1:8088", "[::]:8088": "127.0.0.1:8088", "10.0.0.5:80": "10.0.0.5:80", "[::1]:8088": "[::1]:8088",
	} {
		if got := reachable(addr); got != want {
			t.Errorf("%s: %s", addr, got)
		}
	}
}
