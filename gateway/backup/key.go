package backup

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"filippo.io/age"
)

const (
	// MinPassphrase is the least length of a passphrase, in characters: whoever has
	// the archive may try as fast as he can.
	MinPassphrase = 12
	// workFactor makes scrypt take 64 MiB and some tenths of a second: the center may
	// be a small machine. age's own 18 takes 256 MiB.
	workFactor = 16
)

// ErrKey tells that an archive is not opened by the passphrase or key given.
var ErrKey = errors.New("wrong passphrase or key")

// Lock is by what an archive is to be opened: a passphrase or the owners of public
// keys ("age1…"), not both.
type Lock struct {
	Passphrase string
	Recipients []string
}

// recipients returns why the lock is none.
func (l Lock) recipients() ([]age.Recipient, error) {
	switch {
	case l.Passphrase != "" && len(l.Recipients) > 0:
		return nil, errors.New("give a passphrase or public keys, not both")
	case l.Passphrase == "" && len(l.Recipients) == 0:
		return nil, errors.New("give a passphrase or a public key: a backup is never written in the clear")
	case l.Passphrase != "":
		if utf8.RuneCountInString(l.Passphrase) < MinPassphrase {
			return nil, fmt.Errorf("the passphrase is shorter than %d characters", MinPassphrase)
		}
		r, err := age.NewScryptRecipient(l.Passphrase)
		if err != nil {
			return nil, err
		}
		r.SetWorkFactor(workFactor)
		return []age.Recipient{r}, nil
	}
	all := make([]age.Recipient, len(l.Recipients))
	for i, s := range l.Recipients {
		r, err := age.ParseX25519Recipient(strings.TrimSpace(s))
		if err != nil {
			return nil, fmt.Errorf("public key %d is none: want age1…", i+1) // whatever it is: it may be a secret
		}
		all[i] = r
	}
	return all, nil
}

// Validate returns why l cannot lock anything, without showing any of it.
func (l Lock) Validate() error {
	_, err := l.recipients()
	return err
}

// Key opens archives. Make it by Passphrase or ParseKey.
type Key struct{ identities []age.Identity }

// Passphrase opens archives that were locked by it.
func Passphrase(word string) (Key, error) {
	i, err := age.NewScryptIdentity(word)
	if err != nil {
		return Key{}, fmt.Errorf("passphrase: %w", err)
	}
	i.SetMaxWorkFactor(20) // a file that asks for more memory than 1 GiB is none of ours
	return Key{[]age.Identity{i}}, nil
}

// ParseKey reads a file of secret keys, as NewKey or age-keygen makes it.
func ParseKey(file []byte) (Key, error) {
	all, err := age.ParseIdentities(bytes.NewReader(file))
	if err != nil {
		return Key{}, errors.New("read key: want a file with lines AGE-SECRET-KEY-1…") // not a word of its content
	}
	return Key{all}, nil
}

// NewKey makes a secret key: the text of its file, and the public key by which to
// lock archives for it.
func NewKey() (file, public string, err error) {
	i, err := age.GenerateX25519Identity()
	if err != nil {
		return "", "", fmt.Errorf("make key: %w", err)
	}
	public = i.Recipient().String()
	return fmt.Sprintf("# public key: %s\n%s\n", public, i), public, nil
}
