package wire

import "fmt"

// readCBOR calls visit for each record of a SenML pack in CBOR. Records and what
// they point to hold only during the call.
func readCBOR(payload []byte, r *record, visit func(i int, r *record) *DecodeError) *DecodeError {
	c := cbor{b: payload}
	major, _, n, err := c.head()
	if err != nil {
		return badCBOR(&c, err)
	}
	if major != majorArray {
		return &DecodeError{BadSyntax, "is neither a JSON nor a CBOR array"}
	}
	if n > MaxPackRecords {
		return tooManyRecords()
	}
	for i := range int(n) {
		if bad := c.record(r); bad != nil {
			return inRecord(i, bad)
		}
		if bad := visit(i, r); bad != nil {
			return inRecord(i, bad)
		}
	}
	if c.pos != len(payload) {
		return &DecodeError{BadSyntax, fmt.Sprintf("goes on after its end, at byte %d", c.pos)}
	}
	return nil
}

func (c *cbor) record(r *record) *DecodeError {
	*r = record{}
	major, _, n, err := c.head()
	if err != nil {
		return badCBOR(c, err)
	}
	if major != majorMap {
		return &DecodeError{BadSyntax, "is not a map"}
	}
	var v value
	for range n {
		f, known, bad := c.label()
		if bad != nil {
			return bad
		}
		if !known {
			if err := c.skip(0); err != nil {
				return badCBOR(c, err)
			}
			continue
		}
		if err := c.value(&v); err != nil {
			return badCBOR(c, err)
		}
		if bad := r.set(f, &v); bad != nil {
			return bad
		}
	}
	return nil
}

// label reads a map's key. Keys that are neither numbers nor texts are errors:
// no SenML has them.
func (c *cbor) label() (f field, known bool, bad *DecodeError) {
	major, _, arg, err := c.head()
	if err != nil {
		return 0, false, badCBOR(c, err)
	}
	switch major {
	case majorUint:
		f, known = fieldByNumber(int64(min(arg, 1<<62)))
	case majorNegative:
		f, known = fieldByNumber(-1 - int64(min(arg, 1<<62)))
	case majorText:
		name, err := c.string(major, arg)
		if err != nil {
			return 0, false, badCBOR(c, err)
		}
		if f, known = fieldByName(name); !known {
			bad = unknownLabel(name)
		}
	default:
		bad = &DecodeError{BadSyntax, "has a label that is neither a number nor a text"}
	}
	return f, known, bad
}

func badCBOR(c *cbor, err error) *DecodeError {
	return &DecodeError{BadSyntax, fmt.Sprintf("at byte %d: %v", c.pos, err)}
}

func tooManyRecords() *DecodeError {
	return &DecodeError{BadSize, fmt.Sprintf("has more than %d records", MaxPackRecords)}
}

func inRecord(i int, bad *DecodeError) *DecodeError {
	return &DecodeError{bad.Reason, fmt.Sprintf("record %d: %s", i, bad.Detail)}
}
