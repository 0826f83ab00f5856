package wire

import (
	"fmt"
	"math"

	"github.com/siaga-id/siaga/internal/reading"
)

const (
	// versionBase is RFC 8428's version, to which lower ones are no different;
	// versionSecondary is that with feature 4, the secondary units (RFC 9100
	// sections 3 and 4). Its text speaks of the label u; a base unit stands for
	// nothing else than u in each record.
	versionBase      = 10
	versionSecondary = versionBase + 1<<4

	// firstAbsoluteS divides times relative to now from Unix times (RFC 8428
	// section 4.5.3).
	firstAbsoluteS = 1 << 28
	// lastMS is the last time whose nanoseconds still fit 64 bits, in 2262.
	lastMS = math.MaxInt64 / 1_000_000
)

// base is what a pack's records so far say about those that follow.
type base struct {
	version uint64
	name    []byte
	unit    []byte
	time    float64
	value   float64
	has     fieldSet
}

// apply takes over a record's base fields.
func (b *base) apply(r *record, first bool) *DecodeError {
	if first {
		b.version = versionBase
		if r.has.has(fieldBVer) {
			b.version = r.bver
		}
		if b.version == 0 || b.version > versionBase && b.version != versionSecondary {
			return &DecodeError{BadVersion, fmt.Sprintf("bver %d is not understood, only 1 to %d and %d are", b.version, versionBase, versionSecondary)}
		}
	}
	if r.has.has(fieldBVer) && r.bver != b.version {
		return &DecodeError{BadVersion, fmt.Sprintf("bver is %d, but the pack began with %d", r.bver, b.version)}
	}
	b.has |= r.has & baseFields
	if r.has.has(fieldBN) {
		b.name = r.bn
	}
	if r.has.has(fieldBT) {
		b.time = r.bt
	}
	if r.has.has(fieldBU) {
		b.unit = r.bu
	}
	if r.has.has(fieldBV) {
		b.value = r.bv
	}
	return nil
}

// unitOf returns the record's unit, and whether it has one.
func (b *base) unitOf(r *record) ([]byte, bool) {
	if r.has.has(fieldU) {
		return r.u, true
	}
	return b.unit, b.has.has(fieldBU)
}

// valueOf returns the record's value. Without a base value nothing is added:
// even adding zero would change a negative zero.
func (b *base) valueOf(r *record) float64 {
	if b.has.has(fieldBV) {
		return b.value + r.v
	}
	return r.v
}

// milliseconds returns base and time together in whole milliseconds, and whether
// that is within what can be stored. A record without a time has t 0.
func milliseconds(base, t float64) (int64, bool) {
	ms := math.Round((base + t) * 1000)
	if !(math.Abs(ms) <= lastMS) {
		return 0, false
	}
	return int64(ms), true
}

// timeProblem says why a pack with that clock cannot hold that time, or "".
func timeProblem(c Clock, ms int64) string {
	absolute := ms >= firstAbsoluteS*1000
	switch {
	case ms > lastMS || ms < -firstAbsoluteS*1000:
		return "its time is out of range"
	case c == Unknown && absolute:
		return "its time is a date, but the pack's clock is not known"
	case c == Unknown && ms > 0:
		return "its time is in the future"
	case c != Unknown && !absolute:
		return "its time has no date"
	}
	return ""
}

// valueProblem says why a value with that flag cannot be stored, or "".
func valueProblem(v float64, qc uint64) string {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return "its value is not a finite number"
	}
	if qc > math.MaxUint8 || !reading.Quality(qc).Valid() {
		return fmt.Sprintf("qc %d is not a quality flag", qc)
	}
	return ""
}
