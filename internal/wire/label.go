package wire

// field is one label that a SenML record may carry, of the standard or our own.
// The order is that of the labels' CBOR encodings (RFC 8949 section 4.2.1), so
// that writing in this order is deterministic encoding.
type field uint8

const (
	fieldN field = iota
	fieldU
	fieldV
	fieldVS
	fieldVB
	fieldS
	fieldT
	fieldUT
	fieldVD
	fieldBVer
	fieldBN
	fieldBT
	fieldBU
	fieldBV
	fieldBS
	fieldQC
	fieldBQC
	fieldClk
	fieldSeq
	fieldSim
	fieldBoot
	fieldSeal
	fieldSite
	fieldEpoch
	fieldClkErr
	fieldEnd
)

// labels are the fields' names, which CBOR writes only from fieldQC on: those
// before it have numbers (RFC 8428 table 4).
var labels = [fieldEnd]string{
	"n", "u", "v", "vs", "vb", "s", "t", "ut", "vd",
	"bver", "bn", "bt", "bu", "bv", "bs",
	"qc", "bqc", "clk", "seq", "sim", "boot", "seal", "site", "epoch", "clk_err",
}

// fieldSet is a set of fields.
type fieldSet uint32

const (
	baseFields = fieldSet(1<<fieldBVer | 1<<fieldBN | 1<<fieldBT | 1<<fieldBU | 1<<fieldBV | 1<<fieldBS)
	// headerFields describe the whole pack and stand in its first record only.
	headerFields = fieldSet(1<<fieldBQC | 1<<fieldClk | 1<<fieldSeq | 1<<fieldSim | 1<<fieldBoot | 1<<fieldSeal |
		1<<fieldSite | 1<<fieldEpoch | 1<<fieldClkErr)
	// foreignValues are what SenML can carry and a reading cannot.
	foreignValues = fieldSet(1<<fieldVS | 1<<fieldVB | 1<<fieldVD)
)

func (s fieldSet) has(f field) bool     { return s&(1<<f) != 0 }
func (s fieldSet) any(of fieldSet) bool { return s&of != 0 }

// fieldByNumber returns the field of a CBOR label: 0 to 8 and -1 to -6.
func fieldByNumber(n int64) (field, bool) {
	switch {
	case n >= 0 && n <= 8:
		return field(n), true
	case n < 0 && n >= -6:
		return field(8 - n), true
	}
	return 0, false
}

var fieldOfLabel = func() map[string]field {
	m := make(map[string]field, fieldEnd)
	for f := field(0); f < fieldEnd; f++ {
		m[labels[f]] = f
	}
	return m
}()

// fieldByName returns the field of a JSON label. CBOR uses it too: the RFC wants
// numbers there, but a name means the same.
func fieldByName[S ~string | ~[]byte](name S) (field, bool) {
	f, ok := fieldOfLabel[string(name)]
	return f, ok
}
