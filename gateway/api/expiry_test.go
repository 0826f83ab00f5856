package api

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/siaga-id/siaga/gateway/access"
	"github.com/siaga-id/siaga/gateway/registry"
)

func TestTokenEndsSoon(t *testing.T) {
	const day = 24 * time.Hour
	for name, tc := range map[string]struct {
		life, age time.Duration // life 0: for ever
		revoked   bool
		want      bool
	}{
		"for a year, new":         {365 * day, day, false, false},
		"31 days before":          {365 * day, 334 * day, false, false},
		"less than 30 days":       {365 * day, 336 * day, false, true},
		"over":                    {365 * day, 366 * day, false, true},
		"long over":               {365 * day, 400 * day, false, false},
		"revoked":                 {365 * day, 336 * day, true, false},
		"for ever":                {0, 3000 * day, false, false},
		"for 45 days, new":        {45 * day, day, false, false},
		"for 45 days, 29 left":    {45 * day, 16 * day, false, true},
		"for half a day, new":     {12 * time.Hour, time.Minute, false, false},
		"for half a day, 3 hours": {12 * time.Hour, 9 * time.Hour, false, true},
		"for half a day, over":    {12 * time.Hour, 24 * time.Hour, false, false},
	} {
		token := registry.AccessToken{Created: noon.Add(-tc.age)}
		if tc.life > 0 {
			token.Expires = token.Created.Add(tc.life)
		}
		if tc.revoked {
			token.Revoked = noon.Add(-time.Hour)
		}
		if got := tokenEndsSoon(token, noon); got != tc.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

type statusSaid struct {
	Expiries []struct {
		What, Name string
		When       time.Time
		Soon       bool
	}
	Exposed []Exposure
}

// A status tells of what ends and what lies open, and of tokens only to admins.
func TestStatusWarns(t *testing.T) {
	c := build(t, fixed, func(o *Options) {
		o.Expiries = func() []Expiry {
			return []Expiry{{ExpiryFile, "mqtt.cert_file", noon.Add(soon - time.Hour)}, {ExpiryPeer, "mqtt.url", noon.Add(soon)}}
		}
		o.Exposed = []Exposure{{"mqtt.plain_beyond_loopback", "0.0.0.0:1883", "read along"}}
	})
	made := answered[struct{ ID string }](t, c.do("POST", "/api/v1/tokens",
		`{"name":"grafana","scope":"viewer","expires":"`+noon.Add(12*time.Hour).Format(time.RFC3339)+`"}`), 201)
	before := answered[statusSaid](t, c.do("GET", "/api/v1/status", ""), 200)
	if len(before.Expiries) != 2 || !before.Expiries[0].Soon || before.Expiries[1].Soon || len(before.Exposed) != 1 || before.Exposed[0].Addr != "0.0.0.0:1883" {
		t.Errorf("%+v", before)
	}
	c.opt.Now = func() time.Time { return noon.Add(11 * time.Hour) }
	got := answered[statusSaid](t, c.do("GET", "/api/v1/status", ""), 200)
	if len(got.Expiries) != 3 {
		t.Fatalf("%+v", got)
	}
	if e := got.Expiries[2]; e.What != "token" || e.Name != made.ID+" grafana" || !e.When.Equal(noon.Add(12*time.Hour)) || !e.Soon {
		t.Errorf("%+v", e)
	}
	if w := c.do("GET", "/api/v1/status", "", "Authorization", ""); w.Code != 200 || strings.Contains(w.Body.String(), "grafana") || !strings.Contains(w.Body.String(), "mqtt.url") {
		t.Errorf("to a viewer: %s", w.Body)
	}
}

// From another machine only who shows who he is queries the engine, whoever else may
// read.
func TestInfluxFromElsewhere(t *testing.T) {
	asked := 0
	engine := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { asked++ })
	c := build(t, fixed, func(o *Options) {
		o.InfluxQL = engine
		var err error
		o.Access, err = access.New(t.Context(), access.Options{Registry: o.Registry, Open: access.OpenYes, SystemToken: systemToken, Now: fixed, Logger: o.Logger})
		if err != nil {
			t.Fatal(err)
		}
	})
	token := answered[struct{ Token string }](t, c.do("POST", "/api/v1/tokens", `{"name":"grafana","scope":"viewer"}`), 201).Token
	ingester := answered[struct{ Token string }](t, c.do("POST", "/api/v1/tokens", `{"name":"olah","scope":"ingest"}`), 201).Token
	for name, tc := range map[string]struct {
		method string
		header []string
		want   int
	}{
		"here":               {"GET", []string{"Authorization", ""}, 200},
		"elsewhere":          {"GET", []string{"Remote", elsewhere, "Authorization", ""}, 401},
		"with a token":       {"POST", []string{"Remote", elsewhere, "Authorization", "Bearer " + token}, 200},
		"with another":       {"POST", []string{"Remote", elsewhere, "Authorization", "Bearer " + token + "x"}, 401},
		"ingester's token":   {"GET", []string{"Remote", elsewhere, "Authorization", "Bearer " + ingester}, 403},
		"a page of others'":  {"POST", []string{"Authorization", "", "Sec-Fetch-Site", "cross-site"}, 403},
		"neither GET nor so": {"PUT", []string{"Authorization", "Bearer " + token}, 405},
	} {
		before := asked
		if w := c.do(tc.method, InfluxPath+"/query?q=SHOW+MEASUREMENTS", "", tc.header...); w.Code != tc.want || (asked > before) != (tc.want == 200) {
			t.Errorf("%s: %d %s, asked %v", name, w.Code, w.Body, asked > before)
		}
	}
	c = build(t, fixed, nil)
	if w := c.do("GET", InfluxPath+"/query?q=SHOW+MEASUREMENTS", ""); w.Code != 404 || !strings.Contains(w.Body.String(), "influx.url") {
		t.Errorf("beside an external InfluxDB: %d %s", w.Code, w.Body)
	}
}
