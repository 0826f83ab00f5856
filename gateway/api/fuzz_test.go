package api

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/url"
	"slices"
	"strings"
	"testing"
)

// hostile are strings that have broken others.
var hostile = []string{
	"", " ", "'", `"`, "\\", "\x00", "\r\nX: y", strings.Repeat("a", 5000),
	"' OR 1=1 --", "x'; DROP TABLE nodes; --", "aa') UNION SELECT password FROM accounts --", "%", "_%", // SQL
	"aa,site=x value=1 1", "aa value=1\nbb value=2", `aa\ bb`, // line protocol
	"'; DROP MEASUREMENT air; --", `aa' OR "node" =~ /.*/ OR 'x'='`, `pm2_5") FROM air; SELECT ("x`, "/.*/", "aa' -- ", // InfluxQL
	"../../../etc/passwd", "..%2f..%2fetc%2fpasswd", "/", ".", "..", "%00", "%zz", // paths
	"999999999999999999999999", "-1", "0", "1e309", "NaN", "9223372036854775807", "-9223372036854775808", "18446744073709551615", "0x10", // numbers
	broken, "\u202e", "\U0001F600", "{{7*7}}", "${jndi:ldap://x}", "<script>alert(1)</script>", "=cmd|'/c calc'!A1",
	"0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "2026-03-01T05:00:00+07:00", "292277026596-12-04T15:30:07Z",
	"sutojayan-01", "35.05.12.1001", "pm2_5", "jegu-01", "e1", "null", "true",
}

// broken stands for bytes that are no UTF-8, which JSON could not carry.
const broken = "\uFFFDBROKEN\uFFFD"

// whole are whole bodies.
var whole = []string{
	"", "{", "[]", "null", `"x"`, "1e999", strings.Repeat("[", 20_000), `{"a":` + strings.Repeat(`{"a":`, 5_000), "\xff\xfe", `{"ids":[1,1,1]}`,
	`{"__proto__":{"role":"admin"},"role":["admin"]}`, `{"ids":"1"}`, `{"name":null,"role":null,"password":null}`, "a,b\n1,2\n", "\xef\xbb\xbf{}",
}

// target fills an operation's parameters in by what value gives for each.
func (op *operation) target(value func(name string, s *schema) (string, bool)) string {
	path, query := op.path, url.Values{}
	for i := range op.Parameters {
		p := &op.Parameters[i]
		v, ok := value(p.Name, &p.Schema)
		v = strings.ReplaceAll(v, broken, "\xff\xfe")
		switch {
		case p.In == "path":
			if v == "" {
				v = "x"
			}
			path = strings.ReplaceAll(path, "{"+p.Name+"}", url.PathEscape(v))
		case p.In == "query" && ok:
			query.Set(p.Name, v)
		}
	}
	if len(query) > 0 {
		path += "?" + query.Encode()
	}
	return path
}

// usual is a value of a schema that might be taken.
func usual(name string, s *schema) any {
	if len(s.Enum) > 0 {
		return s.Enum[0]
	}
	switch s.kind() {
	case "integer", "number":
		return 1
	case "boolean":
		return true
	}
	switch {
	case s.Format == "date-time":
		return "2026-03-01T05:00:00Z"
	case name == "id" || name == "node":
		return "sutojayan-01"
	case name == "quantity":
		return "pm2_5"
	case name == "code" || name == "site":
		return "35.05.12.1001"
	case name == "epoch":
		return "e1"
	}
	return "pm-1"
}

// body writes a value of a schema; put gives one in the place of a leaf, nil to
// leave it at what is usual.
func (a *attack) value(name string, s schema, depth int, put func(name string, s *schema) any) any {
	s = a.resolve(s)
	if v := put(name, &s); v != nil {
		return v
	}
	switch s.kind() {
	case "object":
		m := map[string]any{}
		if depth > 6 {
			return m
		}
		for key, one := range s.Properties {
			m[key] = a.value(key, one, depth+1, put)
		}
		return m
	case "array":
		if s.Items == nil || depth > 6 {
			return []any{}
		}
		return []any{a.value(name, *s.Items, depth+1, put)}
	}
	return usual(name, &s)
}

func encode(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		return "{}"
	}
	return string(bytes.ReplaceAll(b, []byte(broken), []byte("\xff\xfe")))
}

// TestAPIUnderAttack puts every hostile string into every parameter and every
// place of every body, one at a time and all at once, by an admin: what his words
// cannot do, nobody's can.
func TestAPIUnderAttack(t *testing.T) {
	a := besiege(t)
	admin := a.people[3]
	before := a.kept(t)
	if a.account(t, "seseorang", "viewer"); a.kept(t) == before {
		t.Fatal("a change is not seen")
	}
	for i := range a.operations {
		op := &a.operations[i]
		body := a.body(op)
		fill := func(put func(string, *schema) any) string {
			if body == nil {
				return ""
			}
			return encode(a.value("", *body, 0, put))
		}
		nothing := func(string, *schema) any { return nil }
		for _, evil := range hostile {
			for _, p := range op.Parameters {
				a.ask(t, op, op.target(func(name string, s *schema) (string, bool) {
					if name == p.Name {
						return evil, true
					}
					return fmt.Sprint(usual(name, s)), true
				}), fill(nothing), admin)
			}
			everywhere := func(_ string, s *schema) any {
				if k := s.kind(); k == "object" || k == "array" {
					return nil
				}
				return evil
			}
			strings := func(_ string, s *schema) any {
				if s.kind() == "string" && len(s.Enum) == 0 {
					return evil
				}
				return nil
			}
			plain := op.target(func(name string, s *schema) (string, bool) { return fmt.Sprint(usual(name, s)), true })
			if body != nil {
				a.ask(t, op, plain, fill(everywhere), admin)
				a.ask(t, op, plain, fill(strings), admin)
			}
		}
		if body != nil {
			for _, b := range whole {
				a.ask(t, op, op.target(func(name string, s *schema) (string, bool) { return fmt.Sprint(usual(name, s)), true }), b, admin)
			}
		}
	}
}

// FuzzAPI asks any operation anything, as anybody.
func FuzzAPI(f *testing.F) {
	for i, evil := range hostile {
		f.Add(uint64(i), evil)
	}
	for i, b := range whole {
		f.Add(uint64(1000+i), b)
	}
	a := besiege(f)
	f.Fuzz(func(t *testing.T, seed uint64, evil string) {
		r := rand.New(rand.NewPCG(seed, 0))
		for range 4 {
			op := &a.operations[r.IntN(len(a.operations))]
			who := a.people[r.IntN(len(a.people))]
			target := op.target(func(name string, s *schema) (string, bool) {
				if r.IntN(3) == 0 {
					return evil, true
				}
				return fmt.Sprint(usual(name, s)), r.IntN(2) == 0
			})
			body := evil
			if s := a.body(op); s != nil && r.IntN(4) > 0 {
				body = encode(a.value("", *s, 0, func(string, *schema) any { return a.odd(r, evil) }))
			}
			a.ask(t, op, target, body, who)
		}
	})
}

// odd is now and then a value that nobody expects, mostly nil.
func (a *attack) odd(r *rand.Rand, evil string) any {
	odd := []any{evil, hostile[r.IntN(len(hostile))], 1e308, -1, 0, int64(1) << 62, uint64(1<<64 - 1), 0.5, true, []any{}, map[string]any{}, []any{nil}, json.RawMessage("null")}
	if i := r.IntN(3 * len(odd)); i < len(odd) {
		return slices.Clone(odd)[i]
	}
	return nil
}
