package playlist

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
)

// fake is a Grafana's part that playlists need. Answers have the shapes of Grafana
// 12.3.3: pkg/registry/apps/playlist/conversions_test.go, pkg/api/playlist.go with
// pkg/services/playlist/model.go, and apimachinery's metav1.APIGroup and Status.
type fake struct {
	old        bool // before version 12
	namespace  string
	dashboards []string
	// of the newer API by name; of the older by uid
	playlists map[string]map[string]any
	version   int
	wrote     []string
}

const token = "glsa_editor"

func (f *fake) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Header.Get("Authorization") != "Bearer "+token {
		answer(w, 401, map[string]any{"message": "Invalid API key", "messageId": "api-key.invalid", "statusCode": 401})
		return
	}
	if r.Method != http.MethodGet {
		f.wrote = append(f.wrote, r.Method+" "+r.URL.Path)
	}
	var body map[string]any
	if r.Method != http.MethodGet {
		if err := json.NewDecoder(r.Body).Decode(&body); err != nil || r.Header.Get("Content-Type") != "application/json" {
			answer(w, 400, map[string]any{"message": "bad request data"})
			return
		}
	}
	base := "/apis/playlist.grafana.app/v0alpha1/namespaces/" + f.namespace + "/playlists"
	switch path := r.URL.Path; {
	case strings.HasPrefix(path, "/api/dashboards/uid/"):
		if !slices.Contains(f.dashboards, strings.TrimPrefix(path, "/api/dashboards/uid/")) {
			answer(w, 404, map[string]any{"message": "Dashboard not found", "traceID": ""})
			return
		}
		answer(w, 200, map[string]any{"meta": map[string]any{}, "dashboard": map[string]any{}})
	case path == "/api/frontend/settings":
		answer(w, 200, map[string]any{"namespace": f.namespace, "buildInfo": map[string]any{"version": "12.3.3"}})
	case f.old && strings.HasPrefix(path, "/apis/"):
		answer(w, 404, map[string]any{"message": "Not found"})
	case path == "/apis/playlist.grafana.app":
		v := map[string]any{"groupVersion": "playlist.grafana.app/v0alpha1", "version": "v0alpha1"}
		answer(w, 200, map[string]any{"kind": "APIGroup", "apiVersion": "v1", "name": "playlist.grafana.app", "versions": []any{v}, "preferredVersion": v})
	case path == base && r.Method == http.MethodPost:
		f.create(w, body)
	case strings.HasPrefix(path, base+"/"):
		f.resource(w, r, strings.TrimPrefix(path, base+"/"), body)
	case f.old && strings.HasPrefix(path, "/api/playlists"):
		f.older(w, r, strings.Trim(strings.TrimPrefix(path, "/api/playlists"), "/"), body)
	default:
		answer(w, 404, map[string]any{"message": "Not found"})
	}
}

func (f *fake) create(w http.ResponseWriter, body map[string]any) {
	meta, _ := body["metadata"].(map[string]any)
	name, _ := meta["name"].(string)
	if body["apiVersion"] != "playlist.grafana.app/v0alpha1" || body["kind"] != "Playlist" || name == "" || meta["namespace"] != f.namespace {
		answer(w, 400, map[string]any{"kind": "Status", "status": "Failure", "message": "the object is not a playlist", "reason": "BadRequest", "code": 400})
		return
	}
	f.store(name, body)
	answer(w, 201, f.playlists[name])
}

func (f *fake) store(name string, body map[string]any) {
	f.version++
	meta := body["metadata"].(map[string]any)
	meta["resourceVersion"], meta["uid"], meta["creationTimestamp"] = fmt.Sprint(f.version), "f0zxjm7A", "2026-01-01T00:00:00Z"
	body["status"] = map[string]any{}
	f.playlists[name] = body
}

func (f *fake) resource(w http.ResponseWriter, r *http.Request, name string, body map[string]any) {
	found := f.playlists[name]
	switch {
	case found == nil:
		answer(w, 404, map[string]any{"kind": "Status", "apiVersion": "v1", "metadata": map[string]any{}, "status": "Failure", "message": `playlists.playlist.grafana.app "` + name + `" not found`, "reason": "NotFound", "code": 404})
	case r.Method == http.MethodGet:
		answer(w, 200, found)
	case r.Method == http.MethodPut:
		if body["metadata"].(map[string]any)["resourceVersion"] != found["metadata"].(map[string]any)["resourceVersion"] {
			answer(w, 409, map[string]any{"kind": "Status", "message": "the object has been modified", "reason": "Conflict", "code": 409})
			return
		}
		f.store(name, body)
		answer(w, 200, f.playlists[name])
	}
}

func (f *fake) older(w http.ResponseWriter, r *http.Request, uid string, body map[string]any) {
	switch {
	case uid == "" && r.Method == http.MethodGet:
		all := []any{}
		for uid, p := range f.playlists {
			all = append(all, map[string]any{"id": 1, "uid": uid, "name": p["name"], "interval": p["interval"]})
		}
		answer(w, 200, all)
	case uid == "" && r.Method == http.MethodPost:
		if body["uid"] != nil {
			answer(w, 400, map[string]any{"message": "uid"})
			return
		}
		f.playlists["bfz4"] = body
		answer(w, 200, map[string]any{"id": 1, "uid": "bfz4", "name": body["name"], "interval": body["interval"]})
	case f.playlists[uid] == nil:
		answer(w, 404, map[string]any{"message": "Playlist not found"})
	case r.Method == http.MethodPut:
		f.playlists[uid] = body
		answer(w, 200, body)
	default:
		p := f.playlists[uid]
		answer(w, 200, map[string]any{"uid": uid, "name": p["name"], "interval": p["interval"], "items": p["items"]})
	}
}

func answer(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json; charset=UTF-8")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v) // a test's
}

var wall = Playlist{Name: "siaga", Title: "Siaga: dinding", Interval: "30s", Dashboards: []string{"siaga-ikhtisar", "siaga-udara"}}

func newFake(t *testing.T, old bool) (*fake, *Client) {
	t.Helper()
	f := &fake{old: old, namespace: "default", dashboards: slices.Clone(wall.Dashboards), playlists: map[string]map[string]any{}}
	s := httptest.NewServer(f)
	t.Cleanup(s.Close)
	return f, &Client{URL: s.URL + "/", Token: token, HTTP: s.Client()}
}

func TestPut(t *testing.T) {
	for _, older := range []bool{false, true} {
		t.Run(fmt.Sprintf("older %t", older), func(t *testing.T) {
			f, c := newFake(t, older)
			for i, want := range []string{"added", "same", "changed"} {
				p := wall
				if want == "changed" {
					p.Interval = "1m"
				}
				r, err := c.Put(t.Context(), p)
				if err != nil || r.What != want {
					t.Fatalf("%d: %+v, %v, want it %s", i, r, err, want)
				}
				if len(f.playlists) != 1 || f.playlists[r.UID] == nil {
					t.Errorf("%s is not among %v", r.UID, f.playlists)
				}
				b, err := json.Marshal(f.playlists[r.UID])
				if err != nil {
					t.Fatal(err)
				}
				if items := `"items":[{"type":"dashboard_by_uid","value":"siaga-ikhtisar"},{"type":"dashboard_by_uid","value":"siaga-udara"}]`; !strings.Contains(string(b), items) || !strings.Contains(string(b), p.Interval) {
					t.Errorf("stored %s", b)
				}
			}
			if len(f.wrote) != 2 {
				t.Errorf("wrote %q, want nothing where nothing changed", f.wrote)
			}
		})
	}
}

func TestPutInAnotherOrganisation(t *testing.T) {
	f, c := newFake(t, false)
	f.namespace = "org-7"
	r, err := c.Put(t.Context(), wall)
	if err != nil || r.Org != "7" {
		t.Fatalf("%+v, %v", r, err)
	}
	if got := c.PlayURL(r); !strings.HasSuffix(got, "/playlists/play/siaga?kiosk&_dash.hideTimePicker=true&_dash.hideVariables=true&_dash.hideLinks=true&orgId=7") || strings.Contains(got, "//playlists") {
		t.Errorf("%s", got)
	}
}

func TestPutWantsItsDashboards(t *testing.T) {
	f, c := newFake(t, false)
	f.dashboards = f.dashboards[:1]
	_, err := c.Put(t.Context(), wall)
	var missing *MissingError
	if !errors.As(err, &missing) || !slices.Equal(missing.UIDs, []string{"siaga-udara"}) || len(f.wrote) != 0 {
		t.Errorf("%v; wrote %v", err, f.wrote)
	}
}

func TestPutIsRefused(t *testing.T) {
	_, c := newFake(t, false)
	c.Token = "another"
	_, err := c.Put(t.Context(), wall)
	var refused *RefusedError
	if !errors.As(err, &refused) || refused.Status != 401 || !strings.Contains(err.Error(), "Invalid API key") || strings.Contains(err.Error(), c.Token) {
		t.Errorf("%v", err)
	}
}

// An address that answers, but is no Grafana, is said to be none.
func TestNoGrafana(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "<html>") }))
	defer s.Close()
	c := &Client{URL: s.URL, Token: token, HTTP: s.Client()}
	if _, err := c.Put(t.Context(), wall); err == nil || !strings.Contains(err.Error(), "really Grafana") {
		t.Errorf("%v", err)
	}
}
