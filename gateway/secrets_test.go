package gateway

import (
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/siaga-id/siaga/internal/enrolment"
	"github.com/siaga-id/siaga/internal/mqtt"
	"github.com/siaga-id/siaga/internal/wire"
)

// TestCenterLogsNoSecret does at a whole center, rightly and wrongly, all that
// somebody shows a secret for, and looks for each in the log at its most talkative,
// in the audit log, and in what the center tells of itself.
func TestCenterLogsNoSecret(t *testing.T) {
	const password, wrong, report = "kata sandi panjang", "sandi-yang-salah", "token-laporan-ingester"
	f := newInfluxd(t, "token-influx-satu")
	files := t.TempDir()
	put(t, filepath.Join(files, "influx"), "token-influx-satu\n")
	put(t, filepath.Join(files, "report"), report+"\n")
	cfg := config(t.TempDir())
	cfg.Secure.Addrs = []string{"127.0.0.1:0"}
	cfg.Influx.URL, cfg.Influx.TokenFile = f.URL, filepath.Join(files, "influx")
	cfg.HTTP.ReportTokenFile = filepath.Join(files, "report")
	s := &siege{T: t, log: &logged{}}
	d := deps()
	d.Logger = slog.New(slog.NewTextHandler(s.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	s.c = runWith(t, cfg, d)
	c, base := s.c, "http://"+s.c.HTTPAddr()
	js := []string{"Content-Type", "application/json"}
	secrets := []string{password, wrong, report, "token-influx", "argon2", "PRIVATE KEY", strings.TrimPrefix(s.admin(), "Bearer ")}
	body := func(v map[string]string) string {
		b, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	// ask makes a request that must be answered by that status.
	ask := func(want int, method, path, body string, header ...string) string {
		t.Helper()
		code, text := s.asks(method, base+path, body, append(js, header...)...)
		if code != want {
			t.Errorf("%s %s: %d, want %d: %s", method, path, code, want, text)
		}
		return text
	}

	// People.
	_, setup, _ := strings.Cut(c.SetupURL(), "#setup=")
	ask(http.StatusForbidden, "POST", "/api/v1/setup", body(map[string]string{"secret": setup + "x", "account": "budi", "password": password}))
	ask(http.StatusOK, "POST", "/api/v1/setup", body(map[string]string{"secret": setup, "account": "budi", "password": password}))
	ask(http.StatusForbidden, "POST", "/api/v1/session", body(map[string]string{"account": "budi", "password": wrong}))
	resp, err := c.http.Post(base+"/api/v1/session", "application/json", strings.NewReader(body(map[string]string{"account": "budi", "password": password})))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK || len(resp.Cookies()) != 1 {
		t.Fatalf("sign in: %s, %v", resp.Status, resp.Cookies())
	}
	session := resp.Cookies()[0].Value
	ask(http.StatusOK, "GET", "/api/v1/tokens", "", "Cookie", "siaga_session="+session)
	secrets = append(secrets, setup, session)

	// Programs.
	var token struct{ ID, Token string }
	order(t, c, "/api/v1/tokens", `{"name":"grafana","scope":"viewer"}`, &token)
	ask(http.StatusOK, "GET", "/api/v1/nodes", "", "Authorization", "Bearer "+token.Token)
	ask(http.StatusUnauthorized, "GET", "/api/v1/nodes", "", "Authorization", "Bearer "+token.Token+"x")
	ask(http.StatusForbidden, "GET", "/api/v1/tokens", "", "Authorization", "Bearer "+token.Token)
	ask(http.StatusNoContent, "POST", "/api/v1/ingest/stored", `{"ranges":[]}`, "Authorization", "Bearer "+report)
	secrets = append(secrets, token.Token)

	// Nodes, once by a token and once by a token that was used.
	known, enrol := enrolled(t, c, "desa-a")
	s.addr, s.a = c.SecureAddrs()[0], known
	if !s.connects("desa-a", known) {
		t.Error("a node of ours is not let in")
	}
	var problem *enrolment.Problem
	if _, err := enrolBy(t, enrol); !errors.As(err, &problem) {
		t.Errorf("with a used token: %v", err)
	}
	secrets = append(secrets, enrol.String())

	// Devices, by name and password.
	var device struct{ Password string }
	order(t, c, "/api/v1/devices", `{"name":"tambak","publish":["tambak/#"]}`, &device)
	for _, word := range []string{device.Password, wrong} {
		conn, err := mqtt.Open(mqtt.Options{URL: c.BrokerURL(), ClientID: "alat-" + word[:3], Username: "tambak", Password: word, Logger: d.Logger})
		if err != nil {
			t.Fatal(err)
		}
		until(t, "answered", func() bool { ok, why := conn.Connected(); return ok || !errors.Is(why, mqtt.ErrOffline) })
		if ok, why := conn.Connected(); ok != (word == device.Password) {
			t.Errorf("let in %v: %v", ok, why)
		}
		if err := conn.Close(); err != nil {
			t.Error(err)
		}
	}
	secrets = append(secrets, device.Password)

	// InfluxDB, whose token changes.
	n := node(t, c.BrokerURL(), "n1")
	begin := time.Now().Add(-time.Hour).Truncate(time.Second)
	f.token.Store("token-influx-dua")
	publish(t, n, "n1", wire.Live, pack(t, "n1", 1, begin, 1))
	until(t, "refused", func() bool { return c.Status().Store != "" })
	told := ask(http.StatusServiceUnavailable, "GET", "/readyz", "")
	put(t, filepath.Join(files, "influx"), "token-influx-dua\n")
	until(t, "stored", func() bool { return f.stored() == 1 })

	_, audit := s.asks("GET", base+"/api/v1/audit/export?format=json", "", "Authorization", s.admin())
	log := s.log.String()
	for _, want := range []string{"sign-in refused", "not known", "request refused", "token was used with another key", "influx.token_file"} {
		if !strings.Contains(log+audit, want) {
			t.Errorf("it is written down nowhere: %s", want)
		}
	}
	where := map[string]string{
		"log": log, "audit log": audit, "readyz": told,
		"metrics": ask(http.StatusOK, "GET", "/metrics", ""),
		"status":  ask(http.StatusOK, "GET", "/api/v1/status", "", "Authorization", s.admin()),
		"tokens":  ask(http.StatusOK, "GET", "/api/v1/tokens", "", "Authorization", s.admin()),
	}
	for _, secret := range secrets {
		for name, text := range where {
			if len(secret) < 6 || strings.Contains(text, secret) {
				t.Errorf("%s: %.12q… was written down", name, secret)
			}
		}
	}
}
