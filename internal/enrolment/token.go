package enrolment

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"log/slog"
	"net"
	"strconv"
	"strings"
	"unicode"

	"github.com/fxamacker/cbor/v2"

	"github.com/siaga-id/siaga/internal/reading"
)

// Prefix begins every token and names its version.
const Prefix = "SIAGA1."

const (
	// maxToken bounds a token's text: one with MaxCenters long names is shorter.
	maxToken = 4096
	// MaxCenters is how many addresses a token or an answer may hold.
	MaxCenters = 8
	// maxHost is the longest name that DNS allows (RFC 1035 section 2.3.4).
	maxHost = 253
)

// ErrToken says that a text is no whole token. Its errors never hold any part of
// the token.
var ErrToken = errors.New("not a valid token")

// Token lets one node enrol once. Its text is a secret until it is used.
type Token struct {
	Node   reading.NodeID
	Secret [16]byte
	// CA is the SHA-256 of the SubjectPublicKeyInfo of the center's authority, by
	// which the node knows the center at its first contact.
	CA [32]byte
	// Centers are host:port, 1 to MaxCenters; each speaks HTTPS and MQTT over TLS.
	Centers []string
}

// onWire is a token in CBOR. Keys that a version does not know are passed over.
type onWire struct {
	Node    string   `cbor:"1,keyasint"`
	Secret  []byte   `cbor:"2,keyasint"`
	CA      []byte   `cbor:"3,keyasint"`
	Centers []string `cbor:"4,keyasint"`
}

var decoding = func() cbor.DecMode {
	m, err := cbor.DecOptions{
		DupMapKey: cbor.DupMapKeyEnforcedAPF, IndefLength: cbor.IndefLengthForbidden,
		MaxNestedLevels: 4, MaxArrayElements: 16, MaxMapPairs: 16, TagsMd: cbor.TagsForbidden,
	}.DecMode()
	if err != nil {
		panic(err) // the options above are wrong, not any input
	}
	return m
}()

// castagnoli is the polynomial that packs use, too.
var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// String returns the token as people carry it: Prefix and, in base64 for URLs
// without padding, CBOR and its CRC-32C, big-endian, so that what was cut off or
// mistyped is known as such. It holds the secret: it must not be logged.
func (t Token) String() string {
	b, err := cbor.Marshal(onWire{string(t.Node), t.Secret[:], t.CA[:], t.Centers})
	if err != nil {
		panic(err) // texts and bytes can always be written
	}
	b = binary.BigEndian.AppendUint32(b, crc32.Checksum(b, castagnoli))
	return Prefix + base64.RawURLEncoding.EncodeToString(b)
}

// ParseToken reads a token. White space anywhere is passed over, as terminals and
// messengers break long lines. Errors wrap ErrToken.
func ParseToken(s string) (Token, error) {
	t, why := parse(s)
	if why != "" {
		return Token{}, fmt.Errorf("%w: %s", ErrToken, why)
	}
	return t, nil
}

func parse(s string) (t Token, why string) {
	if len(s) > 2*maxToken {
		return t, "too long"
	}
	s = strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || r == '\ufeff' {
			return -1
		}
		return r
	}, s)
	text, ours := strings.CutPrefix(s, Prefix)
	switch {
	case s == "":
		return t, "empty"
	case !ours:
		return t, "it does not begin with " + Prefix
	case len(s) > maxToken:
		return t, "too long"
	}
	b, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil || len(b) < 4 {
		return t, "damaged: copy it again, whole"
	}
	b, sum := b[:len(b)-4], binary.BigEndian.Uint32(b[len(b)-4:])
	if crc32.Checksum(b, castagnoli) != sum {
		return t, "damaged: copy it again, whole"
	}
	var w onWire
	if err := decoding.Unmarshal(b, &w); err != nil {
		return t, "its content cannot be read"
	}
	if t.Node, err = reading.ParseNodeID(w.Node); err != nil {
		return t, "it names no node"
	}
	if len(w.Secret) != len(t.Secret) || len(w.CA) != len(t.CA) {
		return t, "secret or fingerprint is not of the right length"
	}
	copy(t.Secret[:], w.Secret)
	copy(t.CA[:], w.CA)
	if err := CheckCenters(w.Centers); err != nil {
		return t, err.Error()
	}
	t.Centers = w.Centers
	return t, ""
}

// Digest is the SHA-256 of the secret: what the center keeps.
func (t Token) Digest() [32]byte { return sha256.Sum256(t.Secret[:]) }

// LogValue keeps the secret out of logs.
func (t Token) LogValue() slog.Value { return slog.StringValue("token for " + string(t.Node)) }

// CheckCenters says what is wrong with a list of addresses: it wants 1 to
// MaxCenters, each as host:port.
func CheckCenters(centers []string) error {
	if len(centers) == 0 || len(centers) > MaxCenters {
		return fmt.Errorf("%d addresses of the center: want 1 to %d", len(centers), MaxCenters)
	}
	for i, c := range centers {
		if !validAddress(c) {
			return fmt.Errorf("address %d of the center: want host:port", i+1)
		}
	}
	return nil
}

func validAddress(s string) bool {
	host, port, err := net.SplitHostPort(s)
	if err != nil || host == "" || len(host) > maxHost {
		return false
	}
	for _, r := range host {
		letter := r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9'
		if !letter && !strings.ContainsRune(".-_:%", r) {
			return false
		}
	}
	n, err := strconv.ParseUint(port, 10, 16)
	return err == nil && n > 0
}
