package local

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/siaga-id/siaga/edge"
	"github.com/siaga-id/siaga/edge/scan"
)

// request is one that the page itself could make.
func request(method, path, body string) *http.Request {
	r := httptest.NewRequest(method, "http://192.168.4.1:8087"+path, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	return r
}

func do(h http.Handler, r *http.Request) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

const (
	goodPIN   = `{"pin":"246813"}`
	goodDatum = `{"sensor":"air-1","quantity":"distance","kind":"datum","datum_m":3.2,"author":"Sari","reason":"pemasangan"}`
)

// unlocked returns the cookie of an open session.
func unlocked(t *testing.T, h http.Handler) *http.Cookie {
	t.Helper()
	w := do(h, request("POST", "/api/v1/session", goodPIN))
	if w.Code != http.StatusOK || len(w.Result().Cookies()) != 1 {
		t.Fatalf("PIN: %d %s", w.Code, w.Body)
	}
	return w.Result().Cookies()[0]
}

func TestNodeIsServedWithAdvice(t *testing.T) {
	w := do(newServer(t, nil).pageHandler(), request("GET", "/api/v1/node", ""))
	var n struct {
		Node    string
		Refused edge.RefusedSnapshot
		Sensors []struct {
			ID     string
			Advice map[string]struct{ What, Remedy string }
			Values []struct {
				Quantity string
				Decimals int
				Raw      float64
			}
		}
	}
	if err := json.Unmarshal(w.Body.Bytes(), &n); err != nil {
		t.Fatal(err)
	}
	if n.Node != "sutojayan-01" || len(n.Sensors) != 7 || n.Sensors[0].Values[0].Raw != 58 || n.Sensors[1].Values[0].Decimals != 3 {
		t.Errorf("node is %+v", n)
	}
	if want := (edge.RefusedSnapshot{Packs: 2, Reason: "holds real readings", AgoS: 5400}); n.Refused != want {
		t.Errorf("refused is %+v", n.Refused)
	}
	for _, s := range n.Sensors {
		sick := s.ID == "bme-1" || s.ID == "co2-1"
		for _, lang := range []string{"id", "en"} {
			if a := s.Advice[lang]; sick != (a.What != "") || sick != (a.Remedy != "") {
				t.Errorf("%s in %s: advice is %+v", s.ID, lang, a)
			}
		}
	}
	if c := w.Header().Get("Cache-Control"); c != "no-store" {
		t.Errorf("Cache-Control is %q: an old answer could pass for a new one", c)
	}
}

func TestChangesNeedThePIN(t *testing.T) {
	h := newServer(t, nil).pageHandler()
	changes := []string{"/api/v1/calibrations", "/api/v1/calibrations/undo", "/api/v1/replace", "/api/v1/scan"}
	for _, path := range changes {
		if w := do(h, request("POST", path, goodDatum)); w.Code != http.StatusUnauthorized {
			t.Errorf("POST %s without PIN: %d %s", path, w.Code, w.Body)
		}
		forged := request("POST", path, goodDatum)
		forged.AddCookie(&http.Cookie{Name: cookieName, Value: "AAAA"})
		if w := do(h, forged); w.Code != http.StatusUnauthorized {
			t.Errorf("POST %s with a made-up cookie: %d", path, w.Code)
		}
	}
	cookie := unlocked(t, h)
	if !cookie.HttpOnly || cookie.SameSite != http.SameSiteStrictMode || len(cookie.Value) < 43 {
		t.Errorf("cookie is %+v", cookie)
	}
	r := request("POST", "/api/v1/calibrations", goodDatum)
	r.AddCookie(cookie)
	if w := do(h, r); w.Code != http.StatusOK || !strings.Contains(w.Body.String(), `"version":1`) {
		t.Errorf("with the PIN: %d %s", w.Code, w.Body)
	}
	lock := request("DELETE", "/api/v1/session", "")
	lock.AddCookie(cookie)
	do(h, lock)
	r = request("POST", "/api/v1/calibrations", goodDatum)
	r.AddCookie(cookie)
	if w := do(h, r); w.Code != http.StatusUnauthorized {
		t.Errorf("after locking: %d", w.Code)
	}
}

func TestWithoutPINFileThePageOnlyShows(t *testing.T) {
	s := newServer(t, func(o *Options) { o.PIN = nil })
	page, socket := s.pageHandler(), s.socketHandler()
	for path, body := range map[string]string{"/api/v1/session": goodPIN, "/api/v1/calibrations": goodDatum, "/api/v1/scan": "{}"} {
		if w := do(page, request("POST", path, body)); w.Code != http.StatusForbidden {
			t.Errorf("POST %s: %d", path, w.Code)
		}
	}
	if w := do(page, request("GET", "/api/v1/session", "")); !strings.Contains(w.Body.String(), `"view"`) {
		t.Errorf("session says %s", w.Body)
	}
	if w := do(socket, request("POST", "/api/v1/calibrations", goodDatum)); w.Code != http.StatusOK {
		t.Errorf("over the socket: %d %s", w.Code, w.Body)
	}
}

func TestBadRequests(t *testing.T) {
	socket := newServer(t, nil).socketHandler()
	for name, c := range map[string]struct {
		path, body, kind string
		status           int
	}{
		"not JSON type":   {"/api/v1/calibrations", goodDatum, "text/plain", http.StatusUnsupportedMediaType},
		"no JSON":         {"/api/v1/calibrations", "datum", "application/json", http.StatusBadRequest},
		"unknown key":     {"/api/v1/replace", `{"sensor":"air-1","author":"a","reason":"b","x":1}`, "application/json", http.StatusBadRequest},
		"two values":      {"/api/v1/replace", `{} {}`, "application/json", http.StatusBadRequest},
		"too long":        {"/api/v1/replace", `{"sensor":"` + strings.Repeat("a", maxBody) + `"}`, "application/json", http.StatusBadRequest},
		"unknown sensor":  {"/api/v1/replace", `{"sensor":"air-9","author":"a","reason":"b"}`, "application/json", http.StatusUnprocessableEntity},
		"no author":       {"/api/v1/replace", `{"sensor":"air-1","reason":"b"}`, "application/json", http.StatusUnprocessableEntity},
		"not its":         {"/api/v1/calibrations", strings.Replace(goodDatum, "distance", "pm10", 1), "application/json", http.StatusUnprocessableEntity},
		"no quantity":     {"/api/v1/calibrations/undo", `{"sensor":"air-1","quantity":"x","author":"a","reason":"b"}`, "application/json", http.StatusUnprocessableEntity},
		"nothing to undo": {"/api/v1/calibrations/undo", `{"sensor":"air-1","quantity":"level","author":"a","reason":"b"}`, "application/json", http.StatusUnprocessableEntity},
		"no scan":         {"/api/v1/scan", `{}`, "application/json", http.StatusNotImplemented},
	} {
		r := request("POST", c.path, c.body)
		r.Header.Set("Content-Type", c.kind)
		w := do(socket, r)
		var said Refusal
		if err := json.Unmarshal(w.Body.Bytes(), &said); err != nil || w.Code != c.status || said.Code == "" || said.Message == "" {
			t.Errorf("%s: %d %s", name, w.Code, w.Body)
		}
	}
}

func TestScan(t *testing.T) {
	started, finish := make(chan struct{}), make(chan struct{})
	fail := errors.New("no bus")
	s := newServer(t, func(o *Options) {
		o.Scan = func(context.Context) ([]scan.Finding, error) {
			close(started)
			<-finish
			return found, nil
		}
	})
	h := s.socketHandler()
	first := make(chan *httptest.ResponseRecorder)
	go func() { first <- do(h, request("POST", "/api/v1/scan", "{}")) }()
	<-started
	if w := do(h, request("POST", "/api/v1/scan", "{}")); w.Code != http.StatusConflict {
		t.Errorf("second scan beside the first: %d", w.Code)
	}
	close(finish)
	if w := <-first; w.Code != http.StatusOK || !strings.Contains(w.Body.String(), `"at":"1 0x76"`) {
		t.Errorf("scan: %d %s", w.Code, w.Body)
	}
	s.opt.Scan = func(context.Context) ([]scan.Finding, error) { return nil, fail }
	if w := do(h, request("POST", "/api/v1/scan", "{}")); w.Code != http.StatusServiceUnavailable || !strings.Contains(w.Body.String(), "no bus") {
		t.Errorf("failed scan: %d %s", w.Code, w.Body)
	}
}

func FuzzRequests(f *testing.F) {
	f.Add("/api/v1/calibrations", goodDatum)
	f.Add("/api/v1/calibrations/undo", `{"sensor":"air-1","quantity":"level","author":"a","reason":"b"}`)
	f.Add("/api/v1/replace", `{"sensor":"air-1","author":"a","reason":"b"}`)
	f.Add("/api/v1/session", goodPIN)
	h := newServer(f, nil).socketHandler()
	f.Fuzz(func(t *testing.T, path, body string) {
		r := request("POST", "/", body)
		r.URL.Path = path
		w := do(h, r)
		if w.Code >= 500 {
			if b, _ := io.ReadAll(w.Result().Body); !strings.Contains(string(b), "cannot scan") {
				t.Errorf("POST %q %q: %d %s", path, body, w.Code, b)
			}
		}
	})
}
