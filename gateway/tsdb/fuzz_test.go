package tsdb

import (
	"strings"
	"testing"
)

// FuzzParseQuery holds the parsing of what clients send to never panicking, and
// the read-only check to refusing every INTO.
func FuzzParseQuery(f *testing.F) {
	for _, q := range []string{
		"SELECT mean(pm2_5) FROM air WHERE node =~ /n./ AND time > now() - 1h GROUP BY time(1m), node fill(none)",
		"SELECT * INTO copy FROM (SELECT x FROM y)", "EXPLAIN ANALYZE SELECT * INTO a FROM b",
		"SHOW TAG VALUES WITH KEY IN (a, b)", "SELECT x FROM y WHERE z = $v", ";", "DROP SERIES FROM a",
	} {
		f.Add(q, `{"v":1.5,"w":"x","b":true,"n":null,"l":[1],"i":99999999999999999999}`)
	}
	f.Fuzz(func(t *testing.T, text, params string) {
		q, err := parseQuery(text, params)
		if err != nil {
			return
		}
		for _, s := range q.Statements {
			if into := strings.Contains(s.String(), " INTO "); into && readsOnly(s) && !strings.ContainsAny(text+params, `'"/`) {
				t.Errorf("%s passes as reading only", s)
			}
		}
	})
}

func FuzzAcceptedCSV(f *testing.F) {
	for _, h := range []string{"text/csv", "application/csv;q=0.1, */*", "text/*;q=x", ",;=", "*/*"} {
		f.Add(h)
	}
	f.Fuzz(func(t *testing.T, header string) {
		switch got := acceptedCSV([]string{header}); got {
		case "", "text/csv", "application/csv":
		default:
			t.Errorf("%q", got)
		}
	})
}

// TestDeepQuery asks with as many levels as a query may hold: the engine's
// parser recurses, and must come back; its planner must not get to see them.
func TestDeepQuery(t *testing.T) {
	const n = (maxQueryBytes - 100) / 2
	for _, text := range []string{
		"SELECT x FROM y WHERE " + strings.Repeat("(", n) + "1=1" + strings.Repeat(")", n),
		"SELECT x" + strings.Repeat("+1", n) + " FROM y",
		"SELECT " + strings.Repeat("f(", n) + "x" + strings.Repeat(")", n-100) + " FROM y",
		"SELECT x FROM " + strings.Repeat("(SELECT x FROM ", n/8) + "y" + strings.Repeat(")", n/8),
		"EXPLAIN SELECT x" + strings.Repeat("+1", n) + " FROM y",
		"SHOW TAG VALUES WITH KEY = a WHERE 1" + strings.Repeat("+1", n) + " = 1",
	} {
		if _, err := parseQuery(text, ""); err == nil {
			t.Errorf("%.40s… was let through", text)
		}
	}
	if _, err := parseQuery("SELECT x FROM y WHERE n='0'"+strings.Repeat(" OR n='1'", 400), ""); err != nil {
		t.Error(err)
	}
}
