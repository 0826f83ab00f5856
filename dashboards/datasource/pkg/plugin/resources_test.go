package plugin

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/grafana/grafana-plugin-sdk-go/backend"
)

type kept struct {
	status int
	body   string
}

func resource(t *testing.T, s *Source, method, url string, user *backend.User) (got kept) {
	t.Helper()
	path, _, _ := strings.Cut(url, "?")
	err := s.CallResource(context.Background(), &backend.CallResourceRequest{Method: method, Path: path, URL: url, PluginContext: backend.PluginContext{User: user}},
		backend.CallResourceResponseSenderFunc(func(r *backend.CallResourceResponse) error {
			got.status, got.body = r.Status, got.body+strings.TrimSpace(string(r.Body))
			return nil
		}))
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func TestResources(t *testing.T) {
	f := newFake(t)
	s := f.source(t)
	viewer := &backend.User{Login: "tamu", Role: "Viewer"}
	for url, want := range map[string]string{
		"variables/districts":                                  `[{"text":"Sutojayan","value":"35.05.12"},{"text":"Sutojayan Kulon","value":"35.05.11"}]`,
		"variables/sites":                                      `[{"text":"Jegu","value":"35.05.11.2002"},{"text":"Sutojayan","value":"35.05.12.1001"}]`,
		"variables/sites?district=35.05.12":                    `[{"text":"Sutojayan","value":"35.05.12.1001"}]`,
		"variables/nodes?district=35.05.11&district=35.05.12":  `[{"text":"jegu-01","value":"jegu-01"},{"text":"sutojayan-01","value":"sutojayan-01"}]`,
		"variables/nodes?site=35.05.11.2002,35.05.12.1009":     `[{"text":"jegu-01","value":"jegu-01"}]`,
		"variables/sensors?node=sutojayan-01":                  `[{"text":"bme-1","value":"bme-1"},{"text":"pm-1","value":"pm-1"}]`,
		"variables/sensors?node=tidak-ada":                     `[]`,
		"variables/quantities":                                 `[{"text":"PM1","value":"pm1"},{"text":"PM2.5","value":"pm2_5"},{"text":"Suhu","value":"temperature"}]`,
		"variables/quantities?lang=en&node=sutojayan-01&site=": `[{"text":"PM1","value":"pm1"},{"text":"PM2.5","value":"pm2_5"},{"text":"Temperature","value":"temperature"}]`,
	} {
		if got := resource(t, s, "GET", url, viewer); got.status != 200 || got.body != want {
			t.Errorf("%s: %d %s, want %s", url, got.status, got.body, want)
		}
	}
	if asked := f.told(); len(asked) != 1 {
		t.Errorf("asked %q: once is enough for a dashboard's variables", asked)
	}
}

// Nothing that is not a list is reached, by nobody who is nobody.
func TestResourcesRefuse(t *testing.T) {
	f := newFake(t)
	s := f.source(t)
	viewer := &backend.User{Login: "tamu", Role: "Viewer"}
	for _, tc := range []struct {
		method, url string
		user        *backend.User
		want        int
	}{
		{"GET", "variables/nodes", nil, 403},
		{"GET", "variables/nodes", &backend.User{Login: "x", Role: "None"}, 403},
		{"POST", "variables/nodes", viewer, 405},
		{"DELETE", "variables/nodes", viewer, 405},
		{"GET", "variables", viewer, 404},
		{"GET", "", viewer, 404},
		{"GET", "api/v1/tokens", viewer, 404},
		{"GET", "variables/../api/v1/tokens", viewer, 307}, // the mux sends it to a path that is none
		{"GET", "variables/%2e%2e/api", viewer, 404},
		{"GET", "variables/nodes?district=35", viewer, 400},
		{"GET", "variables/nodes?site=x", viewer, 400},
		{"GET", "variables/sensors?node=" + strings.Repeat("aa,", 501), viewer, 400},
		{"GET", "variables/sensors?path=/api/v1/tokens", viewer, 400},
	} {
		if got := resource(t, s, tc.method, tc.url, tc.user); got.status != tc.want && (tc.want != 307 || got.status != http.StatusMovedPermanently) {
			t.Errorf("%s %s: %d %s, want %d", tc.method, tc.url, got.status, got.body, tc.want)
		}
	}
	if asked := f.told(); len(asked) != 0 {
		t.Errorf("the center was asked %q", asked)
	}
	f.refuse("/api/v1/nodes", 401, "no")
	if got := resource(t, s, "GET", "variables/nodes", viewer); got.status != http.StatusFailedDependency || !strings.Contains(got.body, "token") {
		t.Errorf("%d %s", got.status, got.body)
	}
	f.refuse("/api/v1/nodes", 500, "no")
	if got := resource(t, s, "GET", "variables/nodes", viewer); got.status != http.StatusBadGateway {
		t.Errorf("%d %s", got.status, got.body)
	}
}
