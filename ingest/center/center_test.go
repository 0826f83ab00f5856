package center_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/siaga-id/siaga/ingest"
	"github.com/siaga-id/siaga/ingest/center"
)

// request is one that the center got.
type request struct {
	Path, Token string
	Body        map[string][]map[string]any
}

// serve answers every report with status and hands it to got.
func serve(t *testing.T, status int, got *[]request) string {
	t.Helper()
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		q := request{Path: r.URL.Path, Token: r.Header.Get("Authorization")}
		if err := json.NewDecoder(r.Body).Decode(&q.Body); err != nil {
			t.Errorf("decode report: %v", err)
		}
		*got = append(*got, q)
		w.WriteHeader(status)
		_, _ = w.Write([]byte(`{"detail":"why"}`))
	}))
	t.Cleanup(srv.Close)
	return srv.URL
}

func TestReportsHaveTheCentersKeys(t *testing.T) {
	var got []request
	token := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(token, []byte("s3cret\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := center.New(center.Settings{URL: serve(t, http.StatusNoContent, &got) + "/", TokenFile: token})
	if err != nil {
		t.Fatal(err)
	}
	err = errors.Join(
		c.Stored(t.Context(), []ingest.StoredRange{{Node: "bacem-01", Epoch: "e1", From: 1, To: 3, Readings: 9, NewestMS: 7, Conflict: true}}),
		c.Quarantine(t.Context(), []ingest.Refused{{Kind: ingest.RefusedPack, Ingester: "ingest-1", Topic: "t", Length: 2, Reason: "syntax", Payload: []byte("hi")}}),
	)
	if err != nil {
		t.Fatal(err)
	}
	want := []request{
		{"/api/v1/ingest/stored", "Bearer s3cret", map[string][]map[string]any{"ranges": {{
			"node": "bacem-01", "epoch": "e1", "from": 1., "to": 3., "check": 0., "readings": 9.,
			"oldest_ms": 0., "newest_ms": 7., "conflict": true,
		}}}},
		{"/api/v1/ingest/quarantine", "Bearer s3cret", map[string][]map[string]any{"entries": {{
			"kind": "pack", "ingester": "ingest-1", "topic": "t", "check": 0., "length": 2., "received_ms": 0.,
			"reason": "syntax", "detail": "", "payload": "aGk=",
		}}}},
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

func TestALongReportGoesInParts(t *testing.T) {
	var got []request
	c, err := center.New(center.Settings{URL: serve(t, http.StatusNoContent, &got)})
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Quarantine(t.Context(), make([]ingest.Refused, 250)); err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, r := range got {
		n += len(r.Body["entries"])
	}
	if len(got) != 3 || n != 250 {
		t.Errorf("%d entries in %d requests, want 250 in 3", n, len(got))
	}
}

func TestAnswersAreToldApart(t *testing.T) {
	for status, tc := range map[int]struct{ repeat, full bool }{
		http.StatusNoContent:           {},
		http.StatusUnprocessableEntity: {}, // repeating does not help
		http.StatusForbidden:           {repeat: true},
		http.StatusServiceUnavailable:  {repeat: true},
		http.StatusInsufficientStorage: {repeat: true, full: true},
	} {
		var got []request
		c, err := center.New(center.Settings{URL: serve(t, status, &got)})
		if err != nil {
			t.Fatal(err)
		}
		err = c.Quarantine(t.Context(), make([]ingest.Refused, 1))
		if (err != nil) != tc.repeat || errors.Is(err, ingest.ErrQuarantineFull) != tc.full {
			t.Errorf("%d: error %v, want one %v, full %v", status, err, tc.repeat, tc.full)
		}
		if err != nil && !tc.full && !strings.Contains(err.Error(), "why") {
			t.Errorf("%d: error %q does not say what the center said", status, err)
		}
	}
}

func TestBadSettingsNameTheKey(t *testing.T) {
	for _, tc := range []struct {
		s    center.Settings
		want string
	}{
		{center.Settings{URL: "center:8088"}, "center.url"},
		{center.Settings{URL: ""}, "center.url"},
		{center.Settings{URL: "http://127.0.0.1:1", TokenFile: "/nonexistent/token"}, "center.token_file"},
	} {
		if _, err := center.New(tc.s); err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%+v: error %v, want it to name %s", tc.s, err, tc.want)
		}
	}
}

// A report token that is replaced is shown with the next report.
func TestTokenIsReadAnew(t *testing.T) {
	var got []request
	file := filepath.Join(t.TempDir(), "token")
	put := func(text string) {
		t.Helper()
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	put("satu\n")
	c, err := center.New(center.Settings{URL: serve(t, http.StatusNoContent, &got), TokenFile: file})
	if err != nil {
		t.Fatal(err)
	}
	report := func() error {
		return c.Stored(t.Context(), []ingest.StoredRange{{Node: "bacem-01", Epoch: "e1", From: 1, To: 1}})
	}
	err = report()
	put("dua\n")
	err = errors.Join(err, report())
	if err != nil || len(got) != 2 || got[0].Token != "Bearer satu" || got[1].Token != "Bearer dua" {
		t.Errorf("%+v, %v", got, err)
	}
}
