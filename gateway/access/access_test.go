package access

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/siaga-id/siaga/gateway/registry"
	"github.com/siaga-id/siaga/internal/password"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var noon = time.Date(2026, 3, 1, 5, 0, 0, 0, time.UTC)

const (
	systemToken = "siaga_system_SYSTEMSYSTEMSYSTEMSYSTEMSY"
	reportToken = "laporan"
	good        = "kata sandi yang panjang"
)

// clock is a clock that the test moves.
type clock struct{ time.Time }

func build(t *testing.T, open Open) (*Access, *clock) {
	t.Helper()
	c := &clock{noon}
	now := func() time.Time { return c.Time }
	reg, err := registry.Open(filepath.Join(t.TempDir(), "registry.db"), registry.Options{Kind: registry.Demo, Now: now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { reg.Close() })
	a, err := New(t.Context(), Options{Registry: reg, Open: open, SystemToken: systemToken, ReportToken: reportToken, Cost: password.Least, Now: now})
	if err != nil {
		t.Fatal(err)
	}
	return a, c
}

var here = Identity{Actor: registry.Actor{Name: "anonymous", Address: "127.0.0.1"}, Kind: Anonymous}

func request(remote, host string, header ...string) *http.Request {
	r := httptest.NewRequest("GET", "/api/v1/nodes", nil)
	r.RemoteAddr, r.Host = remote, host
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	return r
}

func TestMay(t *testing.T) {
	for _, tc := range []struct {
		id   Identity
		need Role
		want bool
	}{
		{Identity{}, Nobody, true},
		{Identity{}, Viewer, false},
		{Identity{Role: Viewer}, Viewer, true},
		{Identity{Role: Viewer}, Operator, false},
		{Identity{Role: Technician}, Operator, true},
		{Identity{Role: Technician}, Ingester, false},
		{Identity{Ingests: true}, Ingester, true},
		{Identity{Ingests: true}, Viewer, false},
		{Identity{Role: Admin}, Ingester, true},
		{Identity{Role: Admin}, Role(-2), false},
	} {
		if got := tc.id.May(tc.need); got != tc.want {
			t.Errorf("%+v may %v: %v", tc.id, tc.need, got)
		}
	}
	for r := Ingester; r <= Admin; r++ {
		if got, err := ParseScope(r.String()); (err == nil) != (r != Nobody) || err == nil && got != r {
			t.Errorf("%v reads back as %v, %v", r, got, err)
		}
	}
	if _, err := ParseRole("ingest"); err == nil {
		t.Error("an account may have the role ingest")
	}
}

func TestWhoShowsNothing(t *testing.T) {
	type may struct{ read, ingest bool }
	opened := make(map[Open]*Access)
	for _, open := range []Open{OpenAuto, OpenYes, OpenNo} {
		opened[open], _ = build(t, open)
	}
	for _, tc := range []struct {
		name          string
		r             *http.Request
		auto, yes, no may
	}{
		{"here", request("127.0.0.1:9", "127.0.0.1:8088"), may{true, true}, may{true, true}, may{}},
		{"here, by name", request("[::1]:9", "localhost:8088"), may{true, true}, may{true, true}, may{}},
		{"here, in IPv6", request("[::1]:9", "[::1]"), may{true, true}, may{true, true}, may{}},
		{"elsewhere", request("10.0.0.9:9", "10.0.0.5:8088"), may{}, may{true, false}, may{}},
		{"elsewhere, says it is here", request("10.0.0.9:9", "localhost"), may{}, may{true, false}, may{}},
		{"a proxy", request("127.0.0.1:9", "127.0.0.1:8088", "X-Forwarded-For", "10.0.0.9"), may{}, may{true, false}, may{}},
		{"a proxy that hides", request("127.0.0.1:9", "siaga.example"), may{}, may{true, false}, may{}},
		{"no address", request("@", "localhost"), may{}, may{true, false}, may{}},
		{"a session that is none", request("127.0.0.1:9", "localhost", "Cookie", "siaga_session=guess"), may{true, true}, may{true, true}, may{}},
		{"a token that is none", request("127.0.0.1:9", "localhost", "Authorization", "Bearer siaga_aa_bb"), may{}, may{}, may{}},
		{"an empty token", request("127.0.0.1:9", "localhost", "Authorization", ""), may{}, may{}, may{}},
		{"another scheme", request("127.0.0.1:9", "localhost", "Authorization", "Basic "+systemToken), may{}, may{}, may{}},
		{"a name and a password", request("127.0.0.1:9", "localhost", "Authorization", "Basic YTpi"), may{}, may{}, may{}},
	} {
		for open, want := range map[Open]may{OpenAuto: tc.auto, OpenYes: tc.yes, OpenNo: tc.no} {
			id, err := opened[open].Identify(tc.r)
			if got := (may{id.May(Viewer), id.May(Ingester)}); err != nil || got != want || id.May(Operator) || id.Kind != Anonymous {
				t.Errorf("%s, open %s: %+v, %v, want %+v", tc.name, open, id, err, want)
			}
		}
	}
	if _, err := New(t.Context(), Options{Open: "maybe"}); err == nil {
		t.Error("open: maybe")
	}
}

// What nobody has said is dear; what is as quick as a made-up password, none.
func TestPasswordsAreDear(t *testing.T) {
	cheap, _ := build(t, OpenNo)
	a, err := New(t.Context(), Options{Registry: cheap.opt.Registry})
	if err != nil {
		t.Fatal(err)
	}
	if err := a.AddAccount(t.Context(), here, "budi", Viewer, good); err != nil {
		t.Fatal(err)
	}
	if _, phc, err := a.opt.Registry.Account(t.Context(), "budi"); err != nil || !strings.Contains(phc, "$m=19456,t=2,p=1$") {
		t.Errorf("%q, %v", phc, err)
	}
	if _, err := New(t.Context(), Options{Registry: cheap.opt.Registry, Cost: password.Least - 1}); err == nil {
		t.Error("takes less than the least")
	}
}

func TestTokens(t *testing.T) {
	a, c := build(t, OpenAuto)
	show := func(token string) Identity {
		t.Helper()
		id, err := a.Identify(request("10.0.0.9:9", "10.0.0.5", "Authorization", "bearer "+token))
		if err != nil {
			t.Fatal(err)
		}
		return id
	}
	if id := show(systemToken); id.Name != "system" || id.Kind != System || id.Role != Admin || id.Address != "10.0.0.9" {
		t.Errorf("system: %+v", id)
	}
	if id := show(reportToken); id.Name != "token:report" || !id.May(Ingester) || id.May(Viewer) {
		t.Errorf("report: %+v", id)
	}
	text, made, err := a.AddToken(t.Context(), here, "grafana", Viewer, noon.Add(time.Hour))
	if err != nil || !strings.HasPrefix(text, "siaga_"+made.ID+"_") {
		t.Fatalf("%q %+v %v", text, made, err)
	}
	if id := show(text); id.Name != "token:"+made.ID || id.Role != Viewer || id.Kind != Program || !id.Expires.Equal(noon.Add(time.Hour)) {
		t.Errorf("viewer: %+v", id)
	}
	ingest, _, err := a.AddToken(t.Context(), here, "ingest-2", Ingester, time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	if id := show(ingest); !id.May(Ingester) || id.May(Viewer) {
		t.Errorf("ingest: %+v", id)
	}
	// The right id with another secret, of the right length and not.
	for _, wrong := range []string{text[:len(text)-1] + "0", text[:len(text)-1], text + "A", "siaga_" + made.ID + "_", strings.ToLower(text), ""} {
		if id := show(wrong); id.Kind != Anonymous || id.Role != Nobody || id.Ingests {
			t.Errorf("%q: %+v", wrong, id)
		}
	}
	c.Time = noon.Add(time.Hour)
	if id := show(text); id.Role != Nobody {
		t.Errorf("expired: %+v", id)
	}
	all, err := a.opt.Registry.AccessTokens(t.Context())
	if err != nil || all[0].Used.IsZero() && all[1].Used.IsZero() {
		t.Errorf("no use noted: %+v, %v", all, err)
	}
}

// What is refused is written down, without what was typed.
func TestRefusedSignInsAreAudited(t *testing.T) {
	a, _ := build(t, OpenNo)
	if err := a.AddAccount(t.Context(), here, "budi", Viewer, good); err != nil {
		t.Fatal(err)
	}
	disabled := true
	for _, try := range [][2]string{{"budi", "a wrong password"}, {"rahasia-saya", "x"}} {
		if _, err := a.SignIn(t.Context(), here, try[0], try[1]); !errors.Is(err, ErrWrong) {
			t.Errorf("%q: %v", try, err)
		}
	}
	if _, err := a.SetAccount(t.Context(), here, "budi", Change{Disabled: &disabled}); err != nil {
		t.Fatal(err)
	}
	if _, err := a.SignIn(t.Context(), here, "budi", good); !errors.Is(err, ErrWrong) {
		t.Errorf("disabled: %v", err)
	}
	yes := true
	log, err := a.opt.Registry.Audit(t.Context(), registry.AuditFilter{Refused: &yes})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range log {
		got = append(got, e.Name+" "+e.Address+" "+e.Action+" "+e.Object+": "+e.Refused)
	}
	want := "anonymous 127.0.0.1 sign-in account:budi: disabled account|anonymous 127.0.0.1 sign-in : no such account|anonymous 127.0.0.1 sign-in account:budi: wrong password"
	if strings.Join(got, "|") != want {
		t.Errorf("%s", strings.Join(got, "|"))
	}
}

func TestNamesAndPasswords(t *testing.T) {
	for name, ok := range map[string]bool{
		"budi": true, "Budi.S@blitar_1-2": true, "": false, "system": false, "Anonymous": false, "token:1": false, "node:aa": false,
		"a b": false, "../x": false, "-a": false, "bu\ndi": false, "büdi": false, strings.Repeat("a", 65): false,
	} {
		if err := checkName(name); (err == nil) != ok {
			t.Errorf("%q: %v", name, err)
		}
	}
	for word, ok := range map[string]bool{
		"sepuluh ab": true, "sembilan.": false, "ééééééééé": false, "éééééééééé": true, "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff": false,
		strings.Repeat("a", 256): true, strings.Repeat("a", 257): false, "BUDI.SANTOSO": false,
	} {
		if err := checkPassword("budi.santoso", word); (err == nil) != ok {
			t.Errorf("%q: %v", word, err)
		}
	}
}

func TestCookie(t *testing.T) {
	for secure, want := range map[bool]string{
		false: "siaga_session=abc; Path=/; Max-Age=604800; HttpOnly; SameSite=Strict",
		true:  "siaga_session=abc; Path=/; Max-Age=604800; HttpOnly; Secure; SameSite=Strict",
	} {
		if got := Cookie("abc", secure).String(); got != want {
			t.Errorf("%s", got)
		}
	}
	if got := Cookie("", false).String(); !strings.Contains(got, "Max-Age=0") {
		t.Errorf("taken away by %s", got)
	}
}

func FuzzTokenID(f *testing.F) {
	f.Add(systemToken)
	f.Add("siaga__AAAAAAAAAAAAAAAAAAAAAAAAAA")
	f.Add("siaga_" + strings.Repeat("a", 40) + "_AAAAAAAAAAAAAAAAAAAAAAAAAA")
	f.Fuzz(func(t *testing.T, token string) {
		if id := tokenID(token); id != "" && (len(id) > 16 || !strings.HasPrefix(token, "siaga_"+id+"_")) {
			t.Errorf("%q names %q", token, id)
		}
	})
}
