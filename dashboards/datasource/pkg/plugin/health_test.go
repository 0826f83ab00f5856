package plugin

import (
	"context"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/grafana/grafana-plugin-sdk-go/backend"
)

func health(t *testing.T, in backend.DataSourceInstanceSettings) (ok bool, words string) {
	t.Helper()
	s := newSource(in, quick)
	defer s.Dispose()
	got, err := s.CheckHealth(context.Background(), &backend.CheckHealthRequest{})
	if err != nil {
		t.Fatal(err)
	}
	return got.Status == backend.HealthStatusOk, got.Message
}

func TestHealthSaysWhatIsWrong(t *testing.T) {
	const probe = "/api/v1/readings/series"
	for name, tc := range map[string]struct {
		change func(*fake)
		ok     bool
		want   string
	}{
		"well":        {func(f *fake) {}, true, "SIMULASI (demo). Siaga 1.2.3: 1 of 2 nodes online, newest reading 2s old"},
		"wrong token": {func(f *fake) { f.refuse("/api/v1/status", 401, "this needs the role viewer") }, false, "siaga token create"},
		"open wall":   {func(f *fake) { f.refuse(probe, 401, "show an access token") }, false, "siaga token create"},
		"ingest token": {func(f *fake) {
			f.refuse("/api/v1/status", 403, "this needs the role viewer, and you have the role ingest")
		}, false, "you have the role ingest"},
		"host name":      {func(f *fake) { f.refuse("/readyz", 421, "this server does not answer") }, false, "http.hosts"},
		"another's":      {func(f *fake) { f.say("/readyz", "<html>nginx</html>") }, false, "not a Siaga"},
		"another's 404":  {func(f *fake) { f.refuse("/readyz", 404, "nope") }, false, "not a Siaga"},
		"half another's": {func(f *fake) { f.say("/api/v1/status", `{"status":"fine"}`) }, false, "not a Siaga"},
		"too old":        {func(f *fake) { f.refuse(probe, 404, "404 page not found") }, false, "too old for this plugin"},
		"broken":         {func(f *fake) { f.refuse("/api/v1/status", 500, "<html>oops") }, false, "answered /api/v1/status with 500"},
		"unready": {func(f *fake) {
			f.refuse("/readyz", 503, `{"ready":false,"components":[{"name":"registry","ready":true,"words":"ready"},{"name":"influx","ready":false,"words":"connection refused"}]}`)
		}, false, "not ready: influx: connection refused"},
		"takes nothing": {func(f *fake) {
			f.say("/api/v1/status", `{"time":"2026-03-01T05:00:00.000Z","version":"1.2.3","accepting":false,"not_accepting":"the disk is full"}`)
		}, false, "the disk is full"},
		"sent on": {func(f *fake) {
			f.answer("/readyz", func(w http.ResponseWriter, r *http.Request) {
				http.Redirect(w, r, "https://elsewhere.example/", http.StatusFound)
			})
		}, false, "sends on to another"},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFake(t)
			f.refuse(probe, 422, `{"detail":"parse node id"}`)
			tc.change(f)
			if ok, words := health(t, configured(f.URL)); ok != tc.ok || !strings.Contains(words, tc.want) {
				t.Errorf("%v: %s, want %q", ok, words, tc.want)
			}
		})
	}
}

func TestHealthOverTLS(t *testing.T) {
	f := newFake(t)
	f.refuse("/api/v1/readings/series", 422, "")
	secure := httptest.NewUnstartedServer(f.Config.Handler)
	secure.Config.ErrorLog = log.New(io.Discard, "", 0)
	secure.StartTLS()
	defer secure.Close()
	ca := string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: secure.Certificate().Raw}))
	with := func(url, ca string) backend.DataSourceInstanceSettings {
		in := configured(url)
		in.JSONData, _ = json.Marshal(map[string]string{"url": url, "caCert": ca})
		return in
	}
	plain := strings.Replace(secure.URL, "https:", "http:", 1)
	for name, tc := range map[string]struct {
		in   backend.DataSourceInstanceSettings
		ok   bool
		want string
	}{
		"its authority is known": {with(secure.URL, ca), true, "Siaga 1.2.3"},
		"its authority is not":   {with(secure.URL, ""), false, "paste what `siaga ca show` prints"},
		"another name":           {with(strings.Replace(secure.URL, "127.0.0.1", "localhost", 1), ca), false, "not for this host name"},
		"no TLS there":           {with(strings.Replace(f.URL, "http:", "https:", 1), ca), false, "there is no TLS"},
		"TLS there":              {with(plain, ""), false, "400"},
		"no PEM":                 {with(secure.URL, "rubbish"), false, "CA certificate"},
		"CA without TLS":         {with(plain, ca), false, "https://"},
		"nothing there":          {with("http://127.0.0.1:1", ""), false, "nothing answers"},
		"no such host":           {with("http://tidak-ada.invalid", ""), false, "not known"},
		"no URL":                 {with("", ""), false, "no URL"},
		"another scheme":         {with("ftp://127.0.0.1", ""), false, "none of a center"},
		"a password":             {with("http://a:rahasia@127.0.0.1", ""), false, "more than an address"},
	} {
		t.Run(name, func(t *testing.T) {
			ok, words := health(t, tc.in)
			if ok != tc.ok || !strings.Contains(words, tc.want) {
				t.Errorf("%v: %s, want %q", ok, words, tc.want)
			}
			if strings.Contains(words, "rahasia") || strings.Contains(words, "siaga_test") {
				t.Errorf("a secret in %q", words)
			}
		})
	}
	s := newSource(with("", ""), quick)
	if got := ask1(t, s, hour(`{"queryType":"nodes"}`)); got.Error == nil || !strings.Contains(got.Error.Error(), "no URL") {
		t.Error(got.Error)
	}
	s.Dispose()
}

// A token is for the center alone, also where it sends on.
func TestTokenGoesNowhereElse(t *testing.T) {
	other := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		t.Errorf("asked %s with %q", r.URL, r.Header.Get("Authorization"))
	}))
	defer other.Close()
	f := newFake(t)
	f.answer("/api/v1/nodes", func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer siaga_test" {
			t.Errorf("shown %q", r.Header.Get("Authorization"))
		}
		http.Redirect(w, r, other.URL, http.StatusTemporaryRedirect)
	})
	if got := ask1(t, f.source(t), hour(`{"queryType":"nodes"}`)); got.Error == nil || !strings.Contains(got.Error.Error(), "sends on") {
		t.Error(got.Error)
	}
}

// What is the center's fault is told as such, and bounded.
func TestFaultsAreTheCenters(t *testing.T) {
	for name, tc := range map[string]struct {
		answer http.HandlerFunc
		want   string
	}{
		"401":     {func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "no", http.StatusUnauthorized) }, "token"},
		"500":     {func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "no", 500) }, "500"},
		"garbage": {func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, `{"series":[{"node":`) }, "not a Siaga"},
		"uneven": {func(w http.ResponseWriter, _ *http.Request) {
			fmt.Fprint(w, `{"series":[{"times_ms":[1],"values":[],"qualities":[]}]}`)
		}, "different lengths"},
		"cut": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "100")
			fmt.Fprint(w, `{"series":[`)
		}, "unexpected EOF"},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFake(t)
			f.answer("/api/v1/readings/series", tc.answer)
			got := ask1(t, f.source(t), hour(`{"queryType":"readings","quantity":"pm2_5"}`))
			if got.Error == nil || !strings.Contains(got.Error.Error(), tc.want) || got.ErrorSource != backend.ErrorSourceDownstream {
				t.Errorf("%v of %v, want %q", got.Error, got.ErrorSource, tc.want)
			}
		})
	}
	if err := decode(io.LimitReader(zeros{}, 1001), "/x", 1000, new(any)); err == nil || !strings.Contains(err.Error(), "longer than") {
		t.Error(err)
	}
}

type zeros struct{}

func (zeros) Read(b []byte) (int, error) { return len(b), nil }
