package gateway

import (
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/siaga-id/siaga/internal/enrolment"
	"github.com/siaga-id/siaga/internal/trust"
	"github.com/siaga-id/siaga/internal/wire"
)

// influxd is an InfluxDB of somebody else's, which knows one token at a time.
type influxd struct {
	*httptest.Server
	token   atomic.Value // string
	refused atomic.Int64

	mu    sync.Mutex
	lines map[string]bool // that were stored
}

func newInfluxd(t *testing.T, token string) *influxd {
	t.Helper()
	f := &influxd{lines: make(map[string]bool)}
	f.token.Store(token)
	f.Server = httptest.NewServer(f)
	t.Cleanup(f.Close)
	return f
}

func (f *influxd) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("X-Influxdb-Version", "2.7")
	w.Header().Set("Content-Type", "application/json")
	if r.URL.Path == "/ping" {
		w.WriteHeader(http.StatusNoContent)
		return
	}
	if r.Header.Get("Authorization") != "Token "+f.token.Load().(string) {
		f.refused.Add(1)
		w.WriteHeader(http.StatusUnauthorized)
		_, _ = io.WriteString(w, `{"code":"unauthorized","message":"unauthorized access"}`)
		return
	}
	if r.URL.Path == "/query" {
		_, _ = io.WriteString(w, `{"results":[{"statement_id":0}]}`)
		return
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	for line := range strings.Lines(string(body)) {
		f.lines[line] = true
	}
	w.WriteHeader(http.StatusNoContent)
}

// stored is how many readings of air it has.
func (f *influxd) stored() (n int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for line := range f.lines {
		if strings.HasPrefix(line, "air,") {
			n++
		}
	}
	return n
}

func put(t *testing.T, file, text string) {
	t.Helper()
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestInfluxTokenRotates takes the token away from a center while packs flow, and
// gives it the next one by its file: nothing is lost, quarantined or restarted.
func TestInfluxTokenRotates(t *testing.T) {
	f := newInfluxd(t, "token-pertama")
	file := filepath.Join(t.TempDir(), "influx-token")
	put(t, file, "token-pertama\n")
	cfg := config(t.TempDir())
	cfg.Influx.URL, cfg.Influx.TokenFile = f.URL, file
	log := &logged{}
	d := deps()
	d.Logger = slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	c := runWith(t, cfg, d)
	n := node(t, c.BrokerURL(), "n1")
	begin, seq := time.Now().Add(-time.Hour).Truncate(time.Second), 0
	flow := func(packs int) {
		for range packs {
			seq++
			publish(t, n, "n1", wire.Live, pack(t, "n1", uint64(seq), begin.Add(time.Duration(seq)*time.Second), 1))
		}
	}
	flow(50)
	until(t, "stored with the first token", func() bool { return f.stored() == seq })
	f.token.Store("token-kedua")
	flow(50)
	until(t, "refused", func() bool { return f.refused.Load() > 0 })
	until(t, "told what is wrong", func() bool { return strings.Contains(c.Status().Store, "influx.token_file") })
	put(t, file, "token-ked") // half of it
	flow(50)
	put(t, file, "token-kedua\n")
	flow(50)
	until(t, "stored with the second token", func() bool { return f.stored() == seq })
	until(t, "nothing waits", func() bool { return c.Status().WaitingPacks == 0 && c.Status().Store == "" })
	get[any](c, "/api/v1/readings?node=n1&quantity=pm2_5") // 200: queries have it too
	if st := get[struct{ Quarantined int }](c, "/api/v1/status"); st.Quarantined != 0 {
		t.Errorf("%d packs in the quarantine", st.Quarantined)
	}
	for _, secret := range []string{"token-pertama", "token-ked"} {
		if strings.Contains(log.String(), secret) {
			t.Errorf("%s is in the log", secret)
		}
	}
}

// TestGrafanaTokenRotates has a Grafana on another machine ask without a pause while
// its token is replaced: the two overlap, and the old one ends.
func TestGrafanaTokenRotates(t *testing.T) {
	cfg := config(t.TempDir())
	cfg.Secure.Addrs = []string{"127.0.0.1:0"}
	cfg.HTTP.Open = "no"
	c := run(t, cfg)
	known, _ := enrolled(t, c, "n1")
	transport := &http.Transport{TLSClientConfig: trust.Config(trust.Options{Authorities: known.Authorities}, enrolment.ServerName)}
	t.Cleanup(transport.CloseIdleConnections)
	client := &http.Client{Transport: transport}
	ask := func(token, q string) (int, string) {
		form := url.Values{"db": {"siaga"}, "q": {q}, "epoch": {"ms"}}
		req, err := http.NewRequest("POST", "https://"+c.SecureAddrs()[0]+"/api/v1/influx/query", strings.NewReader(form.Encode()))
		if err != nil {
			t.Error(err)
			return 0, ""
		}
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		if token != "" {
			req.Header.Set("Authorization", "Bearer "+token)
		}
		resp, err := client.Do(req)
		if err != nil {
			t.Error(err)
			return 0, ""
		}
		defer resp.Body.Close()
		body, _ := io.ReadAll(resp.Body) // half of it says nothing, which is looked for
		return resp.StatusCode, string(body)
	}
	type made struct{ ID, Token string }
	create := func() (m made) {
		order(t, c, "/api/v1/tokens", `{"name":"grafana","scope":"viewer"}`, &m)
		return m
	}
	const asked = `SHOW RETENTION POLICIES`
	first := create()
	var shown atomic.Value
	shown.Store(first.Token)
	stop, served := make(chan struct{}), new(atomic.Int64)
	var grafana sync.WaitGroup
	grafana.Go(func() {
		for {
			select {
			case <-stop:
				return
			default:
			}
			if code, body := ask(shown.Load().(string), asked); code != http.StatusOK || !strings.Contains(body, "autogen") {
				t.Errorf("Grafana got %d: %s", code, body)
			}
			served.Add(1)
		}
	})
	more := func() {
		t.Helper()
		before := served.Load()
		until(t, "Grafana is served", func() bool { return served.Load() >= before+5 })
	}
	more()
	second := create()
	if code, body := ask(second.Token, asked); code != http.StatusOK {
		t.Errorf("the second beside the first: %d %s", code, body)
	}
	more()
	shown.Store(second.Token)
	more() // with the first under way, too
	req, err := http.NewRequest(http.MethodDelete, "http://"+c.HTTPAddr()+"/api/v1/tokens/"+first.ID, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+ownToken(t, c.DataDir()))
	told(t, c.http, req, nil)
	more()
	close(stop)
	grafana.Wait()
	for _, token := range []string{first.Token, "", "siaga_x_y"} {
		if code, _ := ask(token, asked); code != http.StatusUnauthorized {
			t.Errorf("with %.10q: %d", token, code)
		}
	}
	for _, token := range []string{second.Token, ownToken(t, c.DataDir())} {
		if code, body := ask(token, "DROP MEASUREMENT air"); code != http.StatusForbidden {
			t.Errorf("it changes data: %d %s", code, body)
		}
	}
}

// A center that speaks plainly to other machines says so, and what it lives by that
// others made, says when it ends.
func TestExposures(t *testing.T) {
	for name, tc := range map[string]struct {
		change func(*Config)
		want   string
	}{
		"nothing":            {func(*Config) {}, ""},
		"http":               {func(c *Config) { c.HTTP.Addr, c.HTTP.PlainBeyondLoopback = "0.0.0.0:8088", true }, "http.plain_beyond_loopback"},
		"mqtt":               {func(c *Config) { c.MQTT.Addr, c.MQTT.PlainBeyondLoopback = "0.0.0.0:1883", true }, "mqtt.plain_beyond_loopback"},
		"allowed, not done":  {func(c *Config) { c.HTTP.PlainBeyondLoopback, c.MQTT.PlainBeyondLoopback = true, true }, ""},
		"broker":             {func(c *Config) { c.MQTT.URL = "tcp://broker.kab.example:1883" }, "mqtt.url"},
		"second broker":      {func(c *Config) { c.MQTT.URL, c.MQTT.URLs = "tls://a:8883", []string{"mqtt://b:1883"} }, "mqtt.url"},
		"broker here":        {func(c *Config) { c.MQTT.URL, c.MQTT.Addr = "tcp://[::1]:1883", "0.0.0.0:1883" }, ""},
		"InfluxDB":           {func(c *Config) { c.Influx.URL = "http://10.20.0.9:8086" }, "influx.url"},
		"InfluxDB over TLS":  {func(c *Config) { c.Influx.URL = "https://10.20.0.9:8086" }, ""},
		"InfluxDB on itself": {func(c *Config) { c.Influx.URL = "http://localhost:8086" }, ""},
	} {
		cfg := DefaultConfig()
		tc.change(&cfg)
		var keys []string
		for _, e := range cfg.exposures() {
			keys = append(keys, e.Setting)
			if e.Risk == "" || e.Addr == "" {
				t.Errorf("%s: %+v", name, e)
			}
		}
		if got := strings.Join(keys, " "); got != tc.want {
			t.Errorf("%s: %q, want %q", name, got, tc.want)
		}
	}
	cfg := config(t.TempDir())
	cfg.HTTP.Addr, cfg.HTTP.PlainBeyondLoopback = "0.0.0.0:0", true
	log := &logged{}
	d := deps()
	d.Logger = slog.New(slog.NewTextHandler(log, nil))
	c := runWith(t, cfg, d)
	var st struct{ Exposed []struct{ Setting string } }
	asAdmin(t, c, "/api/v1/status", &st)
	if len(st.Exposed) != 1 || st.Exposed[0].Setting != "http.plain_beyond_loopback" || !strings.Contains(log.String(), "http.plain_beyond_loopback") {
		t.Errorf("%+v\n%s", st, log)
	}
}
