package wire

import (
	"encoding/binary"
	"errors"
	"math"
	"strconv"
	"unicode/utf8"
)

// maxDepth is how deep arrays, maps and tags may nest in values that we ignore.
const maxDepth = 16

// CBOR's major types (RFC 8949 section 3.1).
const (
	majorUint = iota
	majorNegative
	majorBytes
	majorText
	majorArray
	majorMap
	majorTag
	majorSimple
)

const tagDecimalFraction = 4 // RFC 8949 section 3.4.4

var (
	errTruncated  = errors.New("ends in the middle of an item")
	errReserved   = errors.New("holds a byte that CBOR reserves")
	errIndefinite = errors.New("holds an item of indefinite length, which SenML packs may not")
	errUTF8       = errors.New("holds a text that is not UTF-8")
	errDepth      = errors.New("nests too deep")
)

// cbor reads items one after the other.
type cbor struct {
	b   []byte
	pos int
}

// head reads an item's first byte and its argument. For majorSimple the
// argument of floats is their bits, and info tells them apart.
func (c *cbor) head() (major, info byte, arg uint64, err error) {
	if c.pos >= len(c.b) {
		return 0, 0, 0, errTruncated
	}
	first := c.b[c.pos]
	c.pos++
	major, info = first>>5, first&31
	if info < 24 {
		return major, info, uint64(info), nil
	}
	rest := c.b[c.pos:]
	switch {
	case info == 24 && len(rest) >= 1:
		arg = uint64(rest[0])
		c.pos++
		if major == majorSimple && arg < 32 {
			return 0, 0, 0, errReserved
		}
	case info == 25 && len(rest) >= 2:
		arg = uint64(binary.BigEndian.Uint16(rest))
		c.pos += 2
	case info == 26 && len(rest) >= 4:
		arg = uint64(binary.BigEndian.Uint32(rest))
		c.pos += 4
	case info == 27 && len(rest) >= 8:
		arg = binary.BigEndian.Uint64(rest)
		c.pos += 8
	case info < 28:
		return 0, 0, 0, errTruncated
	case info == 31 && major >= majorBytes && major <= majorMap:
		return 0, 0, 0, errIndefinite
	default:
		return 0, 0, 0, errReserved
	}
	return major, info, arg, nil
}

// string returns the bytes of a text or byte string whose head has been read.
func (c *cbor) string(major byte, length uint64) ([]byte, error) {
	if length > uint64(len(c.b)-c.pos) {
		return nil, errTruncated
	}
	s := c.b[c.pos : c.pos+int(length)]
	if major == majorText && !utf8.Valid(s) {
		return nil, errUTF8
	}
	c.pos += int(length)
	return s, nil
}

// value reads one item of any kind.
func (c *cbor) value(v *value) error {
	start := c.pos
	major, info, arg, err := c.head()
	if err != nil {
		return err
	}
	switch major {
	case majorUint:
		v.kind, v.u, v.f = kindWhole, arg, float64(arg)
	case majorNegative:
		v.kind, v.f = kindNumber, negative(arg)
	case majorText:
		v.kind = kindText
		v.text, err = c.string(major, arg)
	case majorTag:
		if arg == tagDecimalFraction && c.decimalFraction(v) {
			return nil
		}
		v.kind = kindOther
		c.pos = start
		err = c.skip(0)
	case majorSimple:
		c.simple(info, arg, v)
	default:
		v.kind = kindOther
		c.pos = start
		err = c.skip(0)
	}
	return err
}

func (c *cbor) simple(info byte, arg uint64, v *value) {
	switch info {
	case 20, 21:
		v.kind, v.b = kindBool, info == 21
	case 25:
		v.kind, v.f = kindNumber, float16(uint16(arg))
	case 26:
		v.kind, v.f = kindNumber, float64(math.Float32frombits(uint32(arg)))
	case 27:
		v.kind, v.f = kindNumber, math.Float64frombits(arg)
	default:
		v.kind = kindOther
	}
}

// decimalFraction reads what follows tag 4, an array of exponent and mantissa,
// as the float64 nearest to it. If it is anything else it returns false, having
// read some of it; big mantissas are something else.
func (c *cbor) decimalFraction(v *value) bool {
	major, _, length, err := c.head()
	if err != nil || major != majorArray || length != 2 {
		return false
	}
	expMajor, _, exp, err := c.head()
	if err != nil || expMajor > majorNegative {
		return false
	}
	major, _, mantissa, err := c.head()
	if err != nil || major > majorNegative {
		return false
	}
	v.kind, v.f = kindNumber, decimal(major == majorNegative, mantissa, expMajor == majorNegative, exp)
	return true
}

// skip passes over one item of any kind, which stands within depth others.
func (c *cbor) skip(depth int) error {
	major, _, arg, err := c.head()
	if err != nil {
		return err
	}
	items := uint64(0)
	switch major {
	case majorBytes, majorText:
		_, err = c.string(major, arg)
		return err
	case majorArray:
		items = arg
	case majorMap:
		items = 2 * min(arg, math.MaxUint64/2)
	case majorTag:
		items = 1
	}
	if major >= majorArray && major <= majorTag && depth == maxDepth {
		return errDepth
	}
	// Each item is at least one byte, so that a claimed length ends with the input.
	for range items {
		if err := c.skip(depth + 1); err != nil {
			return err
		}
	}
	return nil
}

// negative returns -1-n.
func negative(n uint64) float64 {
	if n == math.MaxUint64 {
		return -0x1p64
	}
	return -float64(n + 1)
}

// pow10 are the powers of ten that a float64 holds exactly.
var pow10 = [...]float64{
	1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11,
	1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
}

// decimal returns the float64 nearest to mantissa × 10^exponent. Both come as
// CBOR's argument, which for negative ones is -1-n.
func decimal(negMantissa bool, mantissa uint64, negExp bool, exp uint64) float64 {
	if mantissa < 1<<53 && exp < uint64(len(pow10))-1 {
		f := float64(mantissa)
		if negMantissa {
			f = negative(mantissa)
		}
		// Both operands are exact, so the one operation rounds correctly.
		if negExp {
			return f / pow10[exp+1]
		}
		return f * pow10[exp]
	}
	text := make([]byte, 0, 48)
	text = appendInteger(text, negMantissa, mantissa)
	text = append(text, 'e')
	text = appendInteger(text, negExp, exp)
	f, _ := strconv.ParseFloat(string(text), 64) // a range error comes with the infinity that we want
	return f
}

// appendInteger writes CBOR's integer as decimal text.
func appendInteger(dst []byte, neg bool, arg uint64) []byte {
	switch {
	case !neg:
		return strconv.AppendUint(dst, arg, 10)
	case arg == math.MaxUint64:
		return append(dst, "-18446744073709551616"...)
	}
	return strconv.AppendUint(append(dst, '-'), arg+1, 10)
}

// float16 returns the value of a half-precision float.
func float16(bits uint16) float64 {
	exp, frac := int(bits>>10&31), float64(bits&1023)
	var f float64
	switch exp {
	case 0:
		f = frac * 0x1p-24
	case 31:
		f = math.Inf(1)
		if frac != 0 {
			f = math.NaN()
		}
	default:
		f = math.Ldexp(1024+frac, exp-25)
	}
	if bits&0x8000 != 0 {
		return -f
	}
	return f
}
