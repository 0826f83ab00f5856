package access

import (
	"crypto/rand"
	"crypto/sha256"
	"strings"

	"github.com/siaga-id/siaga/gateway/registry"
)

// Tokens read siaga_<id>_<secret>, so that one that got where it should not be is
// recognised by a search.
const tokenPrefix = "siaga_"

// secretLen is how long a secret is: what crypto/rand.Text gives, 130 bits.
const secretLen = 26

// SystemTokenID is the ID of the token that a center writes for its own machine.
const SystemTokenID = "system"

// newSecret returns a secret that nobody guesses.
func newSecret() string { return rand.Text() }

// newTokenID returns an ID by which people tell tokens apart: 8 of 32 letters.
func newTokenID() string { return strings.ToLower(rand.Text()[:8]) }

// NewToken returns the text of a new token.
func NewToken(id string) string { return tokenPrefix + id + "_" + newSecret() }

// tokenID returns the ID that a token's text names, "" for what is no token.
func tokenID(token string) string {
	rest, ok := strings.CutPrefix(token, tokenPrefix)
	id, secret, cut := strings.Cut(rest, "_")
	if !ok || !cut || id == "" || len(id) > 16 || len(secret) != secretLen {
		return ""
	}
	return id
}

// digest is what is kept of a secret. It has the entropy of a random key, so that
// it needs no salt and no slow hash.
func digest(secret string) registry.Digest { return sha256.Sum256([]byte(secret)) }
