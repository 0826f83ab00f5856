package main

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// canned is a center that gives one answer, and what it was asked.
func canned(t *testing.T, status int, answer string) (url string, asked *string) {
	t.Helper()
	asked = new(string)
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		*asked = r.Method + " " + r.URL.Path + " " + string(b)
		w.WriteHeader(status)
		_, _ = io.WriteString(w, answer)
	}))
	t.Cleanup(srv.Close)
	return srv.URL, asked
}

func siaga(t *testing.T, in string, args ...string) (out, told string, err error) {
	t.Helper()
	cmd := command()
	var stdout, stderr bytes.Buffer
	cmd.SetArgs(args)
	cmd.SetIn(strings.NewReader(in))
	cmd.SetOut(&stdout)
	cmd.SetErr(&stderr)
	err = cmd.ExecuteContext(t.Context())
	return stdout.String(), stderr.String(), err
}

func TestDeviceCommands(t *testing.T) {
	token := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(token, []byte("siaga_x_y\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	const made = `{"name":"kolam-1","role":"device","publish":["tambak/1/#"],"subscribe":[],"password":"RAHASIA"}`
	for _, tc := range []struct {
		args, in, answer string
		asked, out       string
	}{
		{"add kolam-1 --publish tambak/1/#", "", made, `POST /api/v1/devices {"name":"kolam-1","publish":["tambak/1/#"],"subscribe":[]}`, "RAHASIA\n"},
		{"add pengolah-2 --ingester --password-file -", "kata sandi panjang\n", `{"name":"pengolah-2","role":"ingester"}`, `POST /api/v1/devices {"name":"pengolah-2","password":"kata sandi panjang","role":"ingester"}`, ""},
		{"set kolam-1 --disable --subscribe=", "", made, `PATCH /api/v1/devices/kolam-1 {"disabled":true,"subscribe":[]}`, "RAHASIA\n"},
		{"set kolam-1 --new-password", "", made, `PATCH /api/v1/devices/kolam-1 {"new_password":true}`, "RAHASIA\n"},
		{"remove a/../b", "", "", `DELETE /api/v1/devices/a/../b `, "Alat a/../b dihapus.\n"},
		{"list", "", `{"devices":[` + made + `]}`, `GET /api/v1/devices `, "NAMA     JENIS  KEADAAN  MENERBITKAN  BERLANGGANAN\nkolam-1  alat   aktif    tambak/1/#   -\n"},
	} {
		url, asked := canned(t, 200, tc.answer)
		args := append(append([]string{"device"}, strings.Fields(tc.args)...), "--center", url, "--token-file", token)
		out, _, err := siaga(t, tc.in, args...)
		if err != nil || out != tc.out || *asked != tc.asked {
			t.Errorf("%s: %v\n%q, want %q\n%s, want %s", tc.args, err, out, tc.out, *asked, tc.asked)
		}
	}
	for _, args := range []string{"set kolam-1", "set kolam-1 --disable --enable", "add x --ingester --publish a", "add"} {
		if _, _, err := siaga(t, "", append([]string{"device"}, strings.Fields(args)...)...); err == nil {
			t.Errorf("%s: taken", args)
		}
	}
}

func TestCACommands(t *testing.T) {
	const answer = `{"authorities":[
		{"id":"aa","fingerprint":"f1","issues":true,"not_after":"2036-01-01T00:00:00Z","pem":"PEM1\n"},
		{"id":"bb","fingerprint":"f2","issues":false,"not_after":"2037-01-01T00:00:00Z","pem":"PEM2\n"}],"centers":["10.20.0.2:8883"]}`
	url, asked := canned(t, 200, answer)
	out, _, err := siaga(t, "", "ca", "show", "--center", url, "--lang", "en")
	if err != nil || !strings.Contains(out, "issues") || !strings.Contains(out, "being made known") || !strings.Contains(out, "  10.20.0.2:8883\n") {
		t.Errorf("%v\n%s", err, out)
	}
	if out, _, err := siaga(t, "", "ca", "show", "--pem", "--center", url); err != nil || out != "PEM1\nPEM2\n" {
		t.Errorf("%v\n%s", err, out)
	}
	if _, _, err := siaga(t, "", "ca", "rotate", "--center", url); err != nil || *asked != "POST /api/v1/ca/rotate " {
		t.Errorf("%v, %s", err, *asked)
	}
}

func TestExpiryInStatus(t *testing.T) {
	now := time.Date(2026, 12, 1, 8, 0, 0, 0, time.UTC)
	s := &wholeStatus{statusAnswer: statusAnswer{Time: now, Accepting: true, Expiries: []expiryAnswer{
		{"ca", "aa", now.AddDate(5, 0, 0), false},
		{"given", "/etc/siaga/cert.pem", now.AddDate(0, 0, 12), true},
		{"node", "sutojayan-01", now.AddDate(0, 0, -3), true},
	}}}
	s.judge()
	var out bytes.Buffer
	if err := s.print(&out, english); err != nil {
		t.Fatal(err)
	}
	text := out.String()
	if !s.Well || strings.Contains(text, "authority") || !strings.Contains(text, "in 12 days") || !strings.Contains(text, "✗ Certificate of node sutojayan-01") {
		t.Errorf("well %v:\n%s", s.Well, text)
	}
	s.Expiries[1].When = now
	s.judge()
	if s.Well || len(s.Problems) != 1 {
		t.Errorf("the center's own has ended: %v", s.Problems)
	}
}
