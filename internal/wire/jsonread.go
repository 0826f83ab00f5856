package wire

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"unicode/utf8"
)

// readJSON calls visit for each record of a SenML pack in JSON. Records hold
// only during the call.
func readJSON(payload []byte, r *record, visit func(i int, r *record) *DecodeError) *DecodeError {
	if !utf8.Valid(payload) {
		return &DecodeError{BadSyntax, "is not UTF-8"}
	}
	dec := json.NewDecoder(bytes.NewReader(payload))
	dec.UseNumber()
	j := jsonReader{dec}
	if _, bad := j.next(); bad != nil { // the opening bracket, by which it was known to be JSON
		return bad
	}
	for i := 0; dec.More(); i++ {
		if i == MaxPackRecords {
			return tooManyRecords()
		}
		if bad := j.record(r); bad != nil {
			return inRecord(i, bad)
		}
		if bad := visit(i, r); bad != nil {
			return inRecord(i, bad)
		}
	}
	if _, bad := j.next(); bad != nil {
		return bad
	}
	if _, err := dec.Token(); err != io.EOF {
		return &DecodeError{BadSyntax, fmt.Sprintf("goes on after its end, at byte %d", dec.InputOffset())}
	}
	return nil
}

type jsonReader struct{ dec *json.Decoder }

func (j jsonReader) next() (json.Token, *DecodeError) {
	t, err := j.dec.Token()
	if err != nil {
		return nil, &DecodeError{BadSyntax, fmt.Sprintf("at byte %d: %v", j.dec.InputOffset(), err)}
	}
	return t, nil
}

func (j jsonReader) record(r *record) *DecodeError {
	*r = record{}
	t, bad := j.next()
	if bad != nil {
		return bad
	}
	if t != json.Delim('{') {
		return &DecodeError{BadSyntax, "is not a map"}
	}
	var v value
	for j.dec.More() {
		t, bad := j.next()
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
		if bad := j.value(&v); bad != nil {
			return bad
		}
		if !known {
			continue
		}
		if bad := r.set(f, &v); bad != nil {
			return bad
		}
	}
	_, bad = j.next()
	return bad
}

// value reads one value of any kind.
func (j jsonReader) value(v *value) *DecodeError {
	t, bad := j.next()
	if bad != nil {
		return bad
	}
	switch t := t.(type) {
	case string:
		v.kind, v.text = kindText, []byte(t)
	case bool:
		v.kind, v.b = kindBool, t
	case json.Number:
		v.number(string(t))
	case json.Delim:
		v.kind = kindOther
		return j.skip()
	default:
		v.kind = kindOther
	}
	return nil
}

// skip passes over the rest of an array or map whose opening has been read.
func (j jsonReader) skip() *DecodeError {
	for depth := 1; depth > 0; {
		t, bad := j.next()
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

// number takes a number as JSON spells it. One too large for a float64 becomes
// infinite, and is refused as such.
func (v *value) number(text string) {
	v.f, _ = strconv.ParseFloat(text, 64)
	u, err := strconv.ParseUint(text, 10, 64)
	v.kind, v.u = kindWhole, u
	if err != nil {
		v.kind = kindNumber
	}
}
