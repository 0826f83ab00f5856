package wire

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
)

// bad says what is wrong where the reader stands.
func (j *jsonReader) bad(what string) *DecodeError {
	if j.pos >= len(j.b) {
		what = errTruncated.Error()
	}
	return &DecodeError{BadSyntax, fmt.Sprintf("at byte %d: %s", j.pos, what)}
}

func (j *jsonReader) space() {
	for j.pos < len(j.b) {
		switch j.b[j.pos] {
		case ' ', '\t', '\r', '\n':
			j.pos++
		default:
			return
		}
	}
}

// peek returns the first byte of the next token, 0 at the end.
func (j *jsonReader) peek() byte {
	j.space()
	if j.pos == len(j.b) {
		return 0
	}
	return j.b[j.pos]
}

// at reports whether the next token begins with c.
func (j *jsonReader) at(c byte) bool { return j.peek() == c }

// expect passes over a token of one byte.
func (j *jsonReader) expect(c byte) *DecodeError {
	if !j.at(c) {
		return j.bad("want " + strconv.QuoteRune(rune(c)))
	}
	j.pos++
	return nil
}

// separator passes over the comma before an item, which the first has not.
func (j *jsonReader) separator(i int) *DecodeError {
	if i == 0 {
		return nil
	}
	return j.expect(',')
}

// text reads a string. It points into the pack unless something is escaped.
func (j *jsonReader) text() ([]byte, *DecodeError) {
	from, escaped := j.pos, false
	for j.pos++; j.pos < len(j.b); j.pos++ {
		switch c := j.b[j.pos]; {
		case c == '"':
			j.pos++
			if !escaped {
				return j.b[from+1 : j.pos-1], nil
			}
			var s string
			if err := json.Unmarshal(j.b[from:j.pos], &s); err != nil {
				return nil, j.bad(err.Error())
			}
			return []byte(s), nil
		case c == '\\':
			escaped = true
			j.pos++
		case c < ' ':
			return nil, j.bad("a control character in a text")
		}
	}
	j.pos = len(j.b)
	return nil, j.bad("")
}

// words are the values that are written out.
var words = [...][]byte{[]byte("true"), []byte("false"), []byte("null")}

func (j *jsonReader) word() *DecodeError {
	for _, w := range words {
		if bytes.HasPrefix(j.b[j.pos:], w) {
			j.pos += len(w)
			return nil
		}
	}
	return j.bad("want a value")
}

// number reads a number as far as it is one. One too large for a float64 becomes
// infinite, and is refused as such.
func (j *jsonReader) number(v *value) *DecodeError {
	from, whole := j.pos, true
	if j.here('-') {
		j.pos++
		whole = false
	}
	// A number that begins with 0 has no second digit before its point.
	if j.here('0') {
		j.pos++
	} else if bad := j.digits(); bad != nil {
		return bad
	}
	if j.here('.') {
		j.pos++
		whole = false
		if bad := j.digits(); bad != nil {
			return bad
		}
	}
	if j.here('e') || j.here('E') {
		j.pos++
		whole = false
		if j.here('+') || j.here('-') {
			j.pos++
		}
		if bad := j.digits(); bad != nil {
			return bad
		}
	}
	text := j.b[from:j.pos]
	v.kind = kindNumber
	if whole {
		if u, err := strconv.ParseUint(string(text), 10, 64); err == nil {
			v.kind, v.u, v.f = kindWhole, u, float64(u)
			return nil
		}
	}
	v.f, _ = strconv.ParseFloat(string(text), 64) // a range error comes with the infinity
	return nil
}

// digits passes over at least one.
func (j *jsonReader) digits() *DecodeError {
	from := j.pos
	for j.pos < len(j.b) && j.b[j.pos] >= '0' && j.b[j.pos] <= '9' {
		j.pos++
	}
	if j.pos == from {
		return j.bad("want a digit")
	}
	return nil
}

// here reports whether the reader stands right before c.
func (j *jsonReader) here(c byte) bool { return j.pos < len(j.b) && j.b[j.pos] == c }
