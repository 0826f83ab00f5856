package wire

import (
	"fmt"
	"math"
)

// record is one SenML record as it stands in a pack, before base fields are
// applied. Both formats are read into it and written from it, so that what one
// accepts the other does. Byte slices point into the payload.
type record struct {
	has fieldSet

	n, u, bn, bu     []byte
	v, t, bt, bv     float64
	bver, qc, seq    uint64
	bqc              uint64
	epoch, boot, clk []byte
	site             []byte
	clkErr, seal     float64
	sim              bool
	problem          string // why the record is not usable, "" if nothing yet
}

// value is what follows a label, in either format.
type value struct {
	kind kind
	f    float64 // numbers
	u    uint64  // numbers that are whole and not negative
	text []byte
	b    bool
}

// kind is what a value is, as far as SenML cares.
type kind uint8

const (
	kindOther  kind = iota // null, an array, a map, bytes, a tag: nothing that SenML reads
	kindNumber             // a number that is negative, broken, or written as such
	kindWhole              // a number written as a whole one, from 0
	kindText
	kindBool
)

// set stores what stands at a label. What is wrong with a single reading is
// noted in the record; what would mislead later records too, or the reader of
// the whole pack, is returned.
func (r *record) set(f field, v *value) *DecodeError {
	if r.has.has(f) {
		return r.wrong(f, "is given twice")
	}
	r.has |= 1 << f
	switch f {
	case fieldV, fieldT, fieldUT, fieldS, fieldBT, fieldBV, fieldBS, fieldSeal, fieldClkErr:
		if v.kind != kindNumber && v.kind != kindWhole {
			return r.wrong(f, "is not a number")
		}
		if math.IsNaN(v.f) || math.IsInf(v.f, 0) {
			return r.wrong(f, "is not a finite number")
		}
	case fieldBVer, fieldQC, fieldBQC, fieldSeq:
		if v.kind != kindWhole {
			return r.wrong(f, "is not a whole number from 0")
		}
	case fieldN, fieldU, fieldBN, fieldBU, fieldEpoch, fieldBoot, fieldClk, fieldSite:
		if v.kind != kindText {
			return r.wrong(f, "is not a text")
		}
	case fieldSim:
		if v.kind != kindBool {
			return r.wrong(f, "is neither true nor false")
		}
	}
	switch f {
	case fieldN:
		r.n = v.text
	case fieldU:
		r.u = v.text
	case fieldV:
		r.v = v.f
	case fieldT:
		r.t = v.f
	case fieldBVer:
		r.bver = v.u
	case fieldBN:
		r.bn = v.text
	case fieldBT:
		r.bt = v.f
	case fieldBU:
		r.bu = v.text
	case fieldBV:
		r.bv = v.f
	case fieldQC:
		r.qc = v.u
	case fieldBQC:
		r.bqc = v.u
	case fieldClk:
		r.clk = v.text
	case fieldSeq:
		r.seq = v.u
	case fieldSim:
		r.sim = v.b
	case fieldBoot:
		r.boot = v.text
	case fieldSeal:
		r.seal = v.f
	case fieldSite:
		r.site = v.text
	case fieldEpoch:
		r.epoch = v.text
	case fieldClkErr:
		r.clkErr = v.f
	}
	return nil
}

// wrong says that a label's value cannot be used.
func (r *record) wrong(f field, what string) *DecodeError {
	switch s := fieldSet(1 << f); {
	case s.any(baseFields):
		return &DecodeError{BadBase, labels[f] + " " + what}
	case s.any(headerFields):
		return &DecodeError{BadHeader, labels[f] + " " + what}
	}
	if r.problem == "" {
		r.problem = labels[f] + " " + what
	}
	return nil
}

// unknownLabel says what to do with a label that is not ours: RFC 8428 section
// 4.4 ignores it, unless it ends in "_".
func unknownLabel[S ~string | ~[]byte](label S) *DecodeError {
	if n := len(label); n > 0 && label[n-1] == '_' {
		return &DecodeError{BadVersion, fmt.Sprintf("label %q must be understood and is not", clip(string(label)))}
	}
	return nil
}

// text returns what stands at a label of ours or of the standard that holds a
// text, and whether it does.
func (r *record) text(f field) ([]byte, bool) {
	switch f {
	case fieldN:
		return r.n, true
	case fieldBN:
		return r.bn, true
	case fieldBU:
		return r.bu, true
	case fieldEpoch:
		return r.epoch, true
	case fieldBoot:
		return r.boot, true
	case fieldClk:
		return r.clk, true
	case fieldSite:
		return r.site, true
	}
	return nil, false
}

// whole returns what stands at a label that holds a whole number.
func (r *record) whole(f field) uint64 {
	switch f {
	case fieldBVer:
		return r.bver
	case fieldQC:
		return r.qc
	case fieldBQC:
		return r.bqc
	}
	return r.seq
}
