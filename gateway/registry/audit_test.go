package registry

import (
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
)

var budi = Actor{Name: "budi", Address: "10.0.0.7"}

func TestAuditIsFilteredAndPaged(t *testing.T) {
	r, c := fresh(t)
	noon := c.now()
	for i := range 5 {
		if err := r.AddAudit(t.Context(), budi, "account.add", fmt.Sprintf("account:a%d", i), map[string]string{"role": "viewer"}, ""); err != nil {
			t.Fatal(err)
		}
	}
	err := errors.Join(
		r.AddAudit(t.Context(), Actor{Name: "Siti"}, "account.add", "account:b", nil, "needs admin"),
		r.AddAudit(t.Context(), Actor{Name: "siti"}, "sign-in", "account:siti", nil, ""),
	)
	if err != nil {
		t.Fatal(err)
	}
	yes, no := true, false
	for _, tc := range []struct {
		name string
		f    AuditFilter
		want string // objects, the newest first
	}{
		{"all", AuditFilter{}, "account:siti account:b account:a4 account:a3 account:a2 account:a1 account:a0"},
		{"who, in any case", AuditFilter{Who: "siti"}, "account:siti account:b"},
		{"action", AuditFilter{Action: "sign"}, "account:siti"},
		{"action in the middle", AuditFilter{Action: "in"}, ""},
		{"object", AuditFilter{Object: "account:a3"}, "account:a3"},
		{"refused", AuditFilter{Refused: &yes}, "account:b"},
		{"done by one", AuditFilter{Refused: &no, Who: "siti"}, "account:siti"},
		{"from", AuditFilter{From: noon.Add(time.Second)}, ""},
		{"to", AuditFilter{To: noon}, ""},
		{"a page", AuditFilter{Limit: 2}, "account:siti account:b"},
		{"the next", AuditFilter{Limit: 2, Below: 6}, "account:a4 account:a3"},
		{"no injection", AuditFilter{Who: "' OR 1=1 --"}, ""},
		{"no pattern", AuditFilter{Object: "account:%"}, ""},
	} {
		all, err := r.Audit(t.Context(), tc.f)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, e := range all {
			got = append(got, e.Object)
		}
		if strings.Join(got, " ") != tc.want {
			t.Errorf("%s: %q, want %q", tc.name, got, tc.want)
		}
	}
	n := 0
	if err := r.AllAudit(t.Context(), AuditFilter{Limit: 1}, func(e AuditEntry) error {
		if n++; e.Object == "account:a0" && (e.Actor != budi || string(e.After) != `{"role":"viewer"}` || e.Before != nil || !e.Time.Equal(noon)) {
			t.Errorf("%+v", e)
		}
		return nil
	}); err != nil || n != 7 {
		t.Errorf("%d of all, %v", n, err)
	}
}

// What anybody can bring about does not push out what was done.
func TestAuditIsBounded(t *testing.T) {
	r, _ := fresh(t)
	err := r.update(t.Context(), "audit", func(tx *sql.Tx) error {
		for i := range 40 {
			refused := ""
			if i%4 != 0 {
				refused = "no"
			}
			if err := r.writeAudit(t.Context(), tx, AuditEntry{Action: "a", Object: fmt.Sprint(i), Refused: refused}); err != nil {
				return err
			}
		}
		return pruneAudit(t.Context(), tx, 8, 5)
	})
	if err != nil {
		t.Fatal(err)
	}
	all, err := r.Audit(t.Context(), AuditFilter{})
	if err != nil {
		t.Fatal(err)
	}
	var done, refused []string
	for _, e := range all {
		if e.Refused == "" {
			done = append(done, e.Object)
		} else {
			refused = append(refused, e.Object)
		}
	}
	if got := strings.Join(done, " "); got != "36 32 28 24 20 16 12 8" {
		t.Errorf("done: %s", got)
	}
	if got := strings.Join(refused, " "); got != "39 38 37 35 34" {
		t.Errorf("refused: %s", got)
	}
}

func TestAuditKeepsNoLongStates(t *testing.T) {
	r, _ := fresh(t)
	if err := r.AddAudit(t.Context(), budi, "a", "b", strings.Repeat("x", maxAuditJSON), ""); err != nil {
		t.Fatal(err)
	}
	all, err := r.Audit(t.Context(), AuditFilter{})
	if err != nil || len(all) != 1 || !json.Valid(all[0].After) || string(all[0].After) != `{"bytes":16386}` {
		t.Errorf("%+v, %v", all, err)
	}
}
