package api

import (
	"encoding/csv"
	"strings"
	"testing"

	"github.com/siaga-id/siaga/gateway/registry"
)

func TestAuditIsListedAndExported(t *testing.T) {
	c := build(t, fixed, nil)
	c.village(t)
	c.account(t, "budi", "operator")
	cookie := c.signIn(t, "budi", goodPassword)
	c.do("DELETE", "/api/v1/quarantine", `{"ids":[1]}`, "Remote", elsewhere, "Cookie", cookie)
	c.do("DELETE", "/api/v1/accounts/budi", "", "Remote", elsewhere, "Cookie", cookie)
	if err := c.reg.AddAudit(t.Context(), registry.Actor{Name: "node:aa"}, "test", "=cmd|'/c calc'!A1", nil, ""); err != nil {
		t.Fatal(err)
	}
	type page struct {
		Entries []struct{ Who, Address, Action, Object, Refused string }
		Next    *int64
	}
	var got []string
	all := answered[page](t, c.do("GET", "/api/v1/audit", ""), 200)
	for _, e := range all.Entries {
		got = append(got, e.Who+" "+e.Action+" "+e.Object+" "+e.Refused)
	}
	want := []string{
		"node:aa test =cmd|'/c calc'!A1 ",
		"budi remove-account  this needs the role admin, and you have the role operator",
		"budi quarantine.drop quarantine ",
		"budi sign-in account:budi ",
		"system account.add account:budi ",
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") || all.Next != nil {
		t.Errorf("%s", strings.Join(got, "\n"))
	}
	first := answered[page](t, c.do("GET", "/api/v1/audit?limit=2&outcome=done", ""), 200)
	if len(first.Entries) != 2 || first.Next == nil {
		t.Fatalf("%+v", first)
	}
	lines, err := csv.NewReader(c.do("GET", "/api/v1/audit/export?action=test", "").Body).ReadAll()
	if err != nil || len(lines) != 2 || lines[1][5] != "'=cmd|'/c calc'!A1" {
		t.Errorf("csv: %q, %v", lines, err)
	}
	if w := c.do("GET", "/api/v1/audit/export?format=json", ""); strings.Count(w.Body.String(), "\n") != 5 || !strings.Contains(w.Header().Get("Content-Type"), "ndjson") {
		t.Errorf("json: %v %s", w.Header(), w.Body)
	}
}
