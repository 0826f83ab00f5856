package wire

import (
	"encoding/binary"
	"math"
	"math/bits"
)

// cborWriter writes records in deterministic CBOR (RFC 8949 section 4.2.1),
// numbers in the shortest of the forms that SenML allows.
type cborWriter struct{}

var _ writer = cborWriter{}

func (cborWriter) begin(dst []byte, records int) []byte {
	return appendHead(dst, majorArray, uint64(records))
}

func (cborWriter) end(dst []byte) []byte { return dst }

// record writes one record; bt is the base time in force, by which a time is
// exact to the millisecond.
func (cborWriter) record(dst []byte, r *record, bt float64) []byte {
	dst = appendHead(dst, majorMap, uint64(bits.OnesCount32(uint32(r.has))))
	for f := range fieldEnd {
		if !r.has.has(f) {
			continue
		}
		dst = appendLabel(dst, f)
		switch f {
		case fieldV:
			dst = appendNumber(dst, exactly(r.v))
		case fieldT:
			dst = appendNumber(dst, sameMillisecond(bt, r.t))
		case fieldSeal:
			dst = appendNumber(dst, sameMillisecond(bt, r.seal))
		case fieldBT:
			dst = appendNumber(dst, exactly(r.bt))
		case fieldClkErr:
			dst = appendNumber(dst, exactly(r.clkErr))
		case fieldSim:
			dst = append(dst, 0xf5) // written only where true
		default:
			if text, ok := r.text(f); ok {
				dst = append(appendHead(dst, majorText, uint64(len(text))), text...)
			} else {
				dst = appendHead(dst, majorUint, r.whole(f))
			}
		}
	}
	return dst
}

func appendLabel(dst []byte, f field) []byte {
	switch {
	case f <= fieldVD:
		return appendHead(dst, majorUint, uint64(f))
	case f <= fieldBS:
		return appendHead(dst, majorNegative, uint64(f-fieldBVer))
	}
	return append(appendHead(dst, majorText, uint64(len(labels[f]))), labels[f]...)
}

func appendHead(dst []byte, major byte, arg uint64) []byte {
	first := major << 5
	switch {
	case arg < 24:
		return append(dst, first|byte(arg))
	case arg <= math.MaxUint8:
		return append(dst, first|24, byte(arg))
	case arg <= math.MaxUint16:
		return binary.BigEndian.AppendUint16(append(dst, first|25), uint16(arg))
	case arg <= math.MaxUint32:
		return binary.BigEndian.AppendUint32(append(dst, first|26), uint32(arg))
	}
	return binary.BigEndian.AppendUint64(append(dst, first|27), arg)
}
