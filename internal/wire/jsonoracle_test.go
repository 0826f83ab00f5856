package wire

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"testing"
	"unicode/utf8"

	gocmp "github.com/google/go-cmp/cmp"
)

// oracleJSON is readJSON over the tokens of encoding/json: slow, and right.
func oracleJSON(payload []byte, r *record, visit func(i int, r *record) *DecodeError) *DecodeError {
	if !utf8.Valid(payload) {
		return &DecodeError{BadSyntax, "is not UTF-8"}
	}
	dec := json.NewDecoder(bytes.NewReader(payload))
	dec.UseNumber()
	o := oracle{dec}
	if t, bad := o.next(); bad != nil || t != json.Delim('[') {
		return &DecodeError{BadSyntax, "is not an array"}
	}
	for i := 0; dec.More(); i++ {
		if i == MaxPackRecords {
			return tooManyRecords()
		}
		if bad := o.record(r); bad != nil {
			return inRecord(i, bad)
		}
		if bad := visit(i, r); bad != nil {
			return inRecord(i, bad)
		}
	}
	if _, bad := o.next(); bad != nil {
		return bad
	}
	if _, err := dec.Token(); err != io.EOF {
		return &DecodeError{BadSyntax, "goes on after its end"}
	}
	return nil
}

type oracle struct{ dec *json.Decoder }

func (o oracle) next() (json.Token, *DecodeError) {
	t, err := o.dec.Token()
	if err != nil {
		return nil, &DecodeError{BadSyntax, err.Error()}
	}
	return t, nil
}

func (o oracle) record(r *record) *DecodeError {
	*r = record{}
	t, bad := o.next()
	if bad != nil {
		return bad
	}
	if t != json.Delim('{') {
		return &DecodeError{BadSyntax, "is not a map"}
	}
	for o.dec.More() {
		t, bad := o.next()
		if bad != nil {
			return bad
		}
		label, _ := t.(string) // in a map's key Token gives nothing else
		f, known := fieldByName(label)
		if !known {
			if bad := unknownLabel(label); bad != nil {
				return bad
			}
		}
		var v value
		if bad := o.value(&v); bad != nil {
			return bad
		}
		if !known {
			continue
		}
		if bad := r.set(f, &v); bad != nil {
			return bad
		}
	}
	_, bad = o.next()
	return bad
}

func (o oracle) value(v *value) *DecodeError {
	t, bad := o.next()
	if bad != nil {
		return bad
	}
	switch t := t.(type) {
	case string:
		v.kind, v.text = kindText, []byte(t)
	case bool:
		v.kind, v.b = kindBool, t
	case json.Number:
		v.kind = kindNumber
		v.f, _ = strconv.ParseFloat(string(t), 64)
		if u, err := strconv.ParseUint(string(t), 10, 64); err == nil {
			v.kind, v.u = kindWhole, u
		}
	case json.Delim:
		return o.skip()
	}
	return nil
}

func (o oracle) skip() *DecodeError {
	for depth := 1; depth > 0; {
		t, bad := o.next()
		if bad != nil {
			return bad
		}
		switch t {
		case json.Delim('['), json.Delim('{'):
			if depth++; depth > maxDepth {
				return &DecodeError{BadSyntax, errDepth.Error()}
			}
		case json.Delim(']'), json.Delim('}'):
			depth--
		}
	}
	return nil
}

// FuzzReadJSON: it reads the records that encoding/json reads, and where that
// refuses a pack, it refuses it at the same record and for the same reason.
func FuzzReadJSON(f *testing.F) {
	full := `[{` + head + `},` + good + `]`
	for _, text := range []string{
		full, full[:len(full)-1], full + " \n", full + "]", full + "x", "[]", "[", "[1]", "[{}}", `[{"a":1,}]`, "[{},]", "[{} {}]",
		`[{"v":1 ,"t" : -0, "u":"\u00b5g\/m3" }]`, `[{"\u0076":1}]`, `[{"n":"\ud800"}]`, `[{"n":"\q"}]`, "[{\"n\":\"\x01\"}]", `[{"n":"\`,
		`[{"v":01}]`, `[{"v":-}]`, `[{"v":1.}]`, `[{"v":1e}]`, `[{"v":1E+2}]`, `[{"v":1.5.3}]`, `[{"v":1x}]`, `[{"bver":-1x}]`, `[{"v":+1}]`,
		`[{"seq":18446744073709551615}]`, `[{"seq":18446744073709551616}]`, `[{"v":1e999}]`, `[{"v":9007199254740993}]`,
		`[{"vb":true,"x":null,"y":[1,{"a":[]}],"x_":1}]`, `[{"vb":tru}]`, `[{"vb":truex}]`, `[{"x":nul}]`, `[{"x":[}]`, `[{"x":{1:2}}]`, `[{"x":[,]}]`,
		`[{"x":[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]}]`, `[{"x":[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]}]`, `[{"x":[1}]`, `[{v:1}]`, `[{"v" 1}]`, `[{"v":}]`,
	} {
		f.Add([]byte(text))
	}
	for _, p := range []*Pack{smallPack(), singlePack()} {
		payload, err := p.AppendJSON(nil)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(payload)
	}
	f.Fuzz(func(t *testing.T, payload []byte) {
		want, wantBad := recordsOf(payload, oracleJSON)
		got, gotBad := recordsOf(payload, readJSON)
		if want != got {
			t.Errorf("%q: %s", payload, gocmp.Diff(want, got))
		}
		if (wantBad == nil) != (gotBad == nil) || wantBad != nil && wantBad.Reason != gotBad.Reason {
			t.Errorf("%q: %v, want %v", payload, gotBad, wantBad)
		}
	})
}

// recordsOf writes out what a reader reads of a pack.
func recordsOf(payload []byte, read func([]byte, *record, func(int, *record) *DecodeError) *DecodeError) (text string, bad *DecodeError) {
	var b bytes.Buffer
	bad = read(payload, &record{}, func(_ int, r *record) *DecodeError {
		fmt.Fprintf(&b, "%+v\n", *r)
		return nil
	})
	return b.String(), bad
}
