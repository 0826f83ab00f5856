package wire

import (
	"math"
	"strconv"
)

// jsonWriter writes records as JSON with nothing between tokens.
type jsonWriter struct{}

var _ writer = jsonWriter{}

// jsonOrder puts what holds for later records before what does not, as people
// expect to read it.
var jsonOrder = [...]field{
	fieldBN, fieldBT, fieldBU, fieldBVer,
	fieldSeq, fieldEpoch, fieldBoot, fieldClk, fieldClkErr, fieldSite, fieldSeal, fieldSim, fieldBQC,
	fieldN, fieldV, fieldT, fieldQC,
}

func (jsonWriter) begin(dst []byte, _ int) []byte { return append(dst, '[') }

// end replaces the last record's comma.
func (jsonWriter) end(dst []byte) []byte {
	dst[len(dst)-1] = ']'
	return dst
}

func (jsonWriter) record(dst []byte, r *record, _ float64) []byte {
	dst = append(dst, '{')
	for _, f := range jsonOrder {
		if !r.has.has(f) {
			continue
		}
		dst = append(append(append(dst, '"'), labels[f]...), '"', ':')
		switch f {
		case fieldV:
			dst = appendJSONNumber(dst, r.v)
		case fieldT:
			dst = appendJSONNumber(dst, r.t)
		case fieldSeal:
			dst = appendJSONNumber(dst, r.seal)
		case fieldBT:
			dst = appendJSONNumber(dst, r.bt)
		case fieldClkErr:
			dst = appendJSONNumber(dst, r.clkErr)
		case fieldSim:
			dst = append(dst, "true"...) // written only where true
		default:
			if text, ok := r.text(f); ok {
				// Every text of ours is of characters that JSON leaves alone.
				dst = append(append(append(dst, '"'), text...), '"')
			} else {
				dst = strconv.AppendUint(dst, r.whole(f), 10)
			}
		}
		dst = append(dst, ',')
	}
	dst[len(dst)-1] = '}'
	return append(dst, ',')
}

// appendJSONNumber writes the shortest text that reads as the same float64,
// with an exponent only where the digits would be many.
func appendJSONNumber(dst []byte, f float64) []byte {
	format := byte('f')
	if a := math.Abs(f); a != 0 && (a < 1e-6 || a >= 1e21) {
		format = 'e'
	}
	return strconv.AppendFloat(dst, f, format, -1, 64)
}
