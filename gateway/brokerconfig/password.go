package brokerconfig

import (
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/sha512"
	"encoding/base64"
	"fmt"
	"strings"
)

// Login is a user's name and password.
type Login struct{ User, Password string }

// mosquittoRounds, mosquittoSalt and mosquittoHash are what Mosquitto 2.0 reads
// ("$7$", PBKDF2 with SHA-512). That few rounds do where passwords are random.
const (
	mosquittoRounds = 101
	mosquittoSalt   = 12
	mosquittoHash   = 64
)

// MosquittoPasswords is the text of PasswordFile for Mosquitto. The passwords are
// to be random: they are hashed, but not so that a guessed one would be safe.
func MosquittoPasswords(logins []Login) (string, error) {
	var b strings.Builder
	for _, l := range logins {
		salt := make([]byte, mosquittoSalt)
		_, _ = rand.Read(salt) // never fails
		hash, err := pbkdf2.Key(sha512.New, l.Password, salt, mosquittoRounds, mosquittoHash)
		if err != nil {
			return "", fmt.Errorf("hash password of %s: %w", l.User, err)
		}
		enc := base64.StdEncoding.EncodeToString
		fmt.Fprintf(&b, "%s:$7$%d$%s$%s\n", l.User, mosquittoRounds, enc(salt), enc(hash))
	}
	return b.String(), nil
}

// EMQXPasswords is the text of PasswordFile for EMQX, which reads it once, at its
// first start.
func EMQXPasswords(logins []Login) string {
	var b strings.Builder
	b.WriteString("user_id,password,is_superuser\n")
	for _, l := range logins {
		fmt.Fprintf(&b, "%s,%s,false\n", l.User, l.Password)
	}
	return b.String()
}
