package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/siaga-id/siaga/gateway"
)

// provisions runs `siaga grafana provision` into out with further words.
func provisions(t *testing.T, out string, more ...string) (string, error) {
	t.Helper()
	return run(t, append([]string{"grafana", "provision", "--out", out}, more...)...)
}

func text(t *testing.T, file ...string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(file...))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// dataOf puts the office's token where a center on this machine keeps it.
func dataOf(t *testing.T, o *office) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, gateway.AdminTokenFile), []byte(text(t, o.flags[3])), 0o600); err != nil {
		t.Fatal(err)
	}
	return dir
}

// tokens are those that the center knows.
func (o *office) tokens() []tokenAnswer {
	o.t.Helper()
	var all tokensAnswer
	if err := json.Unmarshal([]byte(o.does(words("token list --json"))), &all); err != nil {
		o.t.Fatal(err)
	}
	return all.Tokens
}

func TestProvisionMakesItsToken(t *testing.T) {
	o := openOffice(t)
	data, out := dataOf(t, o), filepath.Join(t.TempDir(), "provisioning")
	center := []string{"--data", data, "--center", o.flags[1], "--gateway", "https://siaga.example:8883/"}
	said, err := provisions(t, out, center...)
	if err != nil {
		t.Fatal(err)
	}
	all := o.tokens()
	if len(all) != 1 || all[0].Scope != "viewer" || all[0].Expires != nil || !strings.Contains(said, "Token "+all[0].ID+" dibuat") {
		t.Fatalf("tokens %+v; said\n%s", all, said)
	}
	for _, want := range []string{"baru     alerting/siaga.yaml", "allow_loading_unsigned_plugins = siaga-commandcenter-datasource", "provisioning = " + out, "siaga grafana wall --grafana"} {
		if !strings.Contains(said, want) {
			t.Errorf("it does not say %q:\n%s", want, said)
		}
	}
	sources := text(t, out, "datasources", "siaga.yaml")
	for _, want := range []string{
		"url: https://siaga.example:8883/api/v1/influx\n", "httpHeaderValue1: Bearer $__file{" + out + "/siaga/secrets/gateway-token}",
		"tlsAuthWithCACert: true", "BEGIN CERTIFICATE", "url: https://siaga.example:8883\n", "token: $__file{" + out + "/siaga/secrets/gateway-token}",
	} {
		if !strings.Contains(sources, want) {
			t.Errorf("data sources lack %q:\n%s", want, sources)
		}
	}
	token := text(t, out, "siaga", "secrets", "gateway-token")
	if !strings.HasPrefix(token, "siaga_") || strings.Contains(said+sources, strings.TrimSpace(token)) {
		t.Errorf("the token is %q, or was told", token)
	}
	// Also where only InfluxDB is asked through the gateway, it stays the same.
	for range 2 {
		if _, err := provisions(t, out, append(center, "--plugin=false")...); err != nil || len(o.tokens()) != 1 || text(t, out, "siaga", "secrets", "gateway-token") != token {
			t.Errorf("without the plugin: %v, tokens %+v", err, o.tokens())
		}
	}
	if _, err := provisions(t, out, center...); err != nil {
		t.Fatal(err)
	}
	// Again: the same token, and nothing is written.
	if said, err = provisions(t, out, center...); err != nil || !strings.Contains(said, "Tidak ada yang berubah.") || len(o.tokens()) != 1 || text(t, out, "siaga", "secrets", "gateway-token") != token {
		t.Errorf("%v, tokens %+v\n%s", err, o.tokens(), said)
	}
}

// What cannot be written leaves no token behind.
func TestProvisionEndsItsTokenWhenItFails(t *testing.T) {
	o := openOffice(t)
	out := t.TempDir()
	if err := os.Mkdir(filepath.Join(out, "alerting"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(out, "alerting", "siaga.yaml"), []byte("mine"), 0o644); err != nil {
		t.Fatal(err)
	}
	_, err := provisions(t, out, "--data", dataOf(t, o), "--center", o.flags[1])
	if err == nil || !strings.Contains(err.Error(), "somebody else's") || text(t, out, "alerting", "siaga.yaml") != "mine" {
		t.Errorf("%v", err)
	}
	if all := o.tokens(); len(all) != 1 || all[0].Revoked == nil {
		t.Errorf("tokens %+v", all)
	}
}

func TestProvisionKinds(t *testing.T) {
	secret := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(secret, []byte("rahasia\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		args string
		want []string
	}{
		{"--plugin=false", []string{"url: http://127.0.0.1:8086\n"}},
		{"--influx-kind 1 --influx http://db:8086 --influx-user grafana --influx-token-file " + secret, []string{"user: grafana", "password: $__file{"}},
		{"--influx-kind 2 --influx http://db:8086 --influx-token-file " + secret, []string{"httpHeaderValue1: Token $__file{", "httpHeaderName1: Authorization"}},
		{"--influx-kind 3 --influx http://db:8181 --influx-token-file " + secret, []string{"httpHeaderValue1: Bearer $__file{"}},
		{"--at /etc/grafana/provisioning --token-file " + secret, []string{"token: $__file{/etc/grafana/provisioning/siaga/secrets/gateway-token}"}},
	} {
		out := filepath.Join(t.TempDir(), "p")
		if _, err := provisions(t, out, words(tc.args)...); err != nil {
			t.Errorf("%s: %v", tc.args, err)
			continue
		}
		sources := text(t, out, "datasources", "siaga.yaml")
		for _, want := range tc.want {
			if !strings.Contains(sources, want) {
				t.Errorf("%s: no %q in\n%s", tc.args, want, sources)
			}
		}
		if strings.Contains(sources, "rahasia") || strings.Contains(tc.args, "plugin=false") == strings.Contains(sources, "commandcenter") {
			t.Errorf("%s:\n%s", tc.args, sources)
		}
	}
}

// Receivers are those that flags or the environment name, and no others.
func TestProvisionReceivers(t *testing.T) {
	bot := filepath.Join(t.TempDir(), "bot")
	if err := os.WriteFile(bot, []byte("1:abc\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	alerts := func(args ...string) string {
		out := filepath.Join(t.TempDir(), "p")
		if _, err := provisions(t, out, args...); err != nil {
			t.Fatal(err)
		}
		return text(t, out, "alerting", "siaga.yaml")
	}
	count := func(s string) string {
		return fmt.Sprint(strings.Count(s, "type: webhook"), strings.Count(s, "type: telegram"), strings.Count(s, "type: email"))
	}
	if got := count(alerts()); got != "0 0 0" {
		t.Errorf("nobody was named, and there are %s", got)
	}
	if got := count(alerts("--webhook", "https://a.id/x", "--webhook", "https://b.id/x")); got != "2 0 0" {
		t.Errorf("webhooks: %s", got)
	}
	t.Setenv("SIAGA_TELEGRAM_CHAT", "-1001234")
	t.Setenv("SIAGA_TELEGRAM_TOKEN_FILE", bot)
	t.Setenv("SIAGA_ALERT_EMAIL", "a@b.id,c@d.id")
	got := alerts()
	if count(got) != "0 1 1" || !strings.Contains(got, `chatid: "-1001234"`) || !strings.Contains(got, "addresses: a@b.id;c@d.id") {
		t.Errorf("from the environment: %s\n%s", count(got), got[strings.Index(got, "contactPoints"):])
	}
}

func TestProvisionSets(t *testing.T) {
	out := filepath.Join(t.TempDir(), "p")
	said, err := provisions(t, out, "--lang", "en", "--simulated", "--json")
	if err != nil {
		t.Fatal(err)
	}
	var answer struct {
		Files []struct{ File, What string }
		Ini   string `json:"grafana_ini"`
	}
	if err := json.Unmarshal([]byte(said), &answer); err != nil || len(answer.Files) < 6 {
		t.Fatalf("%v: %s", err, said)
	}
	for _, f := range answer.Files {
		if strings.HasSuffix(f.File, ".json") && !strings.HasSuffix(f.File, "-en-simulasi.json") {
			t.Errorf("%s is of another set", f.File)
		}
	}
	if !strings.Contains(answer.Ini, "/siaga/dashboards/siaga-ikhtisar-en-simulasi.json") || !strings.Contains(text(t, out, "alerting", "siaga.yaml"), "SIMULASI: Node silent") {
		t.Errorf("%s", answer.Ini)
	}
}

func TestGrafanaMistakesAreNamed(t *testing.T) {
	token := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(token, []byte("t\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(t.TempDir(), "p")
	for _, tc := range []struct{ args, want string }{
		{"provision --out " + out + " --influx-kind 2", "--influx"},
		{"provision --out " + out + " --influx-kind 4 --influx http://a:1", `"4"`},
		{"provision --out " + out + " --lang de", "--lang"},
		{"provision --out " + out + " --telegram -1", "Telegram"},
		{"provision --out " + out + " --telegram-token-file /nonexistent", "--telegram-token-file"},
		{"provision --out " + out + " --policy", "somebody"},
		{"provision --out " + out + " --gateway http://siaga.id:8088 --token-file " + token, "tanpa enkripsi"},
		{"wall --grafana http://g.id:3000 --token-file " + token, "tanpa enkripsi"},
		{"wall --grafana http://127.0.0.1:1 --lang en --interval 1s --token-file " + token, "--interval"},
		{"wall --grafana http://127.0.0.1:1 --token-file /nonexistent", "--token-file"},
	} {
		if said, err := run(t, append([]string{"grafana"}, words(tc.args)...)...); err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: %v, want it to name %s\n%s", tc.args, err, tc.want, said)
		}
	}
	if _, err := os.Stat(out); err == nil {
		t.Error("something was written")
	}
}

// TestWall is against what of a Grafana 12.3 a first playlist asks; all the rest is
// in package playlist.
func TestWall(t *testing.T) {
	var made []byte
	status := http.StatusCreated
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.URL.Path == "/api/frontend/settings":
			fmt.Fprint(w, `{"namespace":"default"}`)
		case strings.HasPrefix(r.URL.Path, "/api/dashboards/uid/siaga-"):
			fmt.Fprint(w, `{}`)
		case r.URL.Path == "/apis/playlist.grafana.app":
			fmt.Fprint(w, `{"kind":"APIGroup","preferredVersion":{"version":"v0alpha1"}}`)
		case r.Method == http.MethodPost:
			made = make([]byte, r.ContentLength)
			_, _ = r.Body.Read(made)
			w.WriteHeader(status)
			fmt.Fprint(w, `{"kind":"Status","message":"no"}`)
		default:
			http.Error(w, `{"kind":"Status","reason":"NotFound","code":404}`, http.StatusNotFound)
		}
	}))
	defer srv.Close()
	token := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(token, []byte("glsa_x\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	wall := []string{"grafana", "wall", "--grafana", srv.URL, "--token-file", token, "--interval", "1m30s"}
	said, err := run(t, wall...)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(said, "dibuat") || !strings.Contains(said, srv.URL+"/playlists/play/siaga-dinding?kiosk&") || !strings.Contains(said, "/d/siaga-armada?kiosk&") {
		t.Errorf("%s", said)
	}
	if !strings.Contains(string(made), `"interval":"90s"`) || !strings.Contains(string(made), `{"type":"dashboard_by_uid","value":"siaga-lalulintas"}`) {
		t.Errorf("asked for %s", made)
	}
	status = http.StatusForbidden
	if _, err := run(t, wall...); err == nil || !strings.Contains(err.Error(), "peran Editor") {
		t.Errorf("%v", err)
	}
}
