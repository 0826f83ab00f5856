package wire

import (
	"fmt"
	"unicode/utf8"
)

// readJSON calls visit for each record of a SenML pack in JSON. Records and what
// they point to hold only during the call.
func readJSON(payload []byte, r *record, visit func(i int, r *record) *DecodeError) *DecodeError {
	if !utf8.Valid(payload) {
		return &DecodeError{BadSyntax, "is not UTF-8"}
	}
	j := jsonReader{b: payload}
	if bad := j.expect('['); bad != nil {
		return bad
	}
	for i := 0; !j.at(']'); i++ {
		if i == MaxPackRecords {
			return tooManyRecords()
		}
		if bad := j.separator(i); bad != nil {
			return inRecord(i, bad)
		}
		if bad := j.record(r); bad != nil {
			return inRecord(i, bad)
		}
		if bad := visit(i, r); bad != nil {
			return inRecord(i, bad)
		}
	}
	j.pos++
	if j.space(); j.pos < len(payload) {
		return &DecodeError{BadSyntax, fmt.Sprintf("goes on after its end, at byte %d", j.pos)}
	}
	return nil
}

// jsonReader reads tokens one after the other.
type jsonReader struct {
	b   []byte
	pos int
}

func (j *jsonReader) record(r *record) *DecodeError {
	*r = record{}
	if !j.at('{') {
		return &DecodeError{BadSyntax, "is not a map"}
	}
	j.pos++
	var v value
	for i := 0; !j.at('}'); i++ {
		label, bad := j.label(i)
		if bad != nil {
			return bad
		}
		f, known := fieldByName(label)
		if !known {
			if bad := unknownLabel(label); bad != nil {
				return bad
			}
		}
		if bad := j.expect(':'); bad != nil {
			return bad
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
	j.pos++
	return nil
}

// label reads the key of a map's item i, and the comma before it.
func (j *jsonReader) label(i int) ([]byte, *DecodeError) {
	if bad := j.separator(i); bad != nil {
		return nil, bad
	}
	if !j.at('"') {
		return nil, j.bad("want a label")
	}
	return j.text()
}

// value reads one value of any kind.
func (j *jsonReader) value(v *value) (bad *DecodeError) {
	switch c := j.peek(); c {
	case '"':
		v.kind = kindText
		v.text, bad = j.text()
		return bad
	case 't', 'f':
		v.kind, v.b = kindBool, c == 't'
		return j.word()
	case '-', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9':
		return j.number(v)
	}
	v.kind = kindOther
	return j.skip(0)
}

// skip passes over one value of any kind, which stands within depth others.
func (j *jsonReader) skip(depth int) *DecodeError {
	switch c := j.peek(); c {
	case '[', '{':
		if depth == maxDepth {
			return &DecodeError{BadSyntax, errDepth.Error()}
		}
		j.pos++
		for i := 0; !j.at(c + 2); i++ { // ']' and '}' are two behind their openings
			if bad := j.item(c, i, depth+1); bad != nil {
				return bad
			}
		}
		j.pos++
		return nil
	case '"':
		_, bad := j.text()
		return bad
	case 't', 'f', 'n':
		return j.word()
	}
	return j.number(&value{})
}

// item passes over item i of an array or map, by its opening.
func (j *jsonReader) item(opening byte, i, depth int) *DecodeError {
	if opening == '[' {
		if bad := j.separator(i); bad != nil {
			return bad
		}
		return j.skip(depth)
	}
	if _, bad := j.label(i); bad != nil {
		return bad
	}
	if bad := j.expect(':'); bad != nil {
		return bad
	}
	return j.skip(depth)
}
