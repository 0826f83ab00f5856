package enrol

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"sync"

	"github.com/siaga-id/siaga/internal/enrolment"
	"github.com/siaga-id/siaga/internal/wholefile"
)

// Store keeps a node's identity on disk. It may be used concurrently, also by
// several programs at once.
type Store struct {
	disk wholefile.Disk

	mu    sync.Mutex
	read  []byte // what known was read from
	known *Identity
}

const (
	// folder is in the data directory; it and its files are the service's alone.
	folder       = "identity"
	identityFile = "enrolment.json"
	lockFile     = ".lock"
	// renewalKey is the key that the next certificate is asked for.
	renewalKey = "renewal.key"
	maxFile    = 1 << 20 // bytes; more than any identity within its bounds
)

// Open returns the identity's store in a data directory. It touches nothing yet.
func Open(dataDir string) *Store {
	return &Store{disk: wholefile.Dir(filepath.Join(dataDir, folder))}
}

// Load reads the identity anew. Errors: ErrNone, *DamageError, or the disk's.
func (s *Store) Load() (*Identity, error) {
	b, err := s.disk.Read(identityFile, maxFile)
	if err != nil {
		return nil, missing(err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.known != nil && bytes.Equal(b, s.read) {
		return s.known, nil
	}
	id, err := parse(b)
	if err == nil {
		s.read, s.known = b, id
	}
	return id, err
}

// tokenKey names the key that a certificate is asked for by a token, until it is
// there. Each token has its own: it works only with the key that it came with
// first.
func tokenKey(t enrolment.Token) string {
	d := t.Digest()
	return fmt.Sprintf("token-%x.key", d[:8])
}

// nextKey returns the key to ask a certificate for, which is on the disk by that
// name then: the one that was asked for before, else a new one.
func (s *Store) nextKey(name string) (key *ecdsa.PrivateKey, fresh bool, err error) {
	err = s.locked(func() error {
		if key = s.waitingKey(name); key != nil {
			return nil
		}
		fresh = true
		if key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader); err != nil {
			return err
		}
		der, err := x509.MarshalPKCS8PrivateKey(key)
		if err != nil {
			return err
		}
		return wholefile.Replace(s.disk, name, der)
	})
	if err != nil {
		return nil, false, fmt.Errorf("keep the node's key: %w", err)
	}
	return key, fresh, nil
}

// waitingKey is the key by that name; nil where there is none, or where it is of
// no use, since it cannot be read or has its certificate.
func (s *Store) waitingKey(name string) *ecdsa.PrivateKey {
	der, err := s.disk.Read(name, maxFile)
	if err != nil {
		return nil
	}
	key, err := parseKey(der)
	if err != nil {
		return nil
	}
	if id, err := s.Load(); err == nil && key.PublicKey.Equal(id.Certificate.Leaf.PublicKey) {
		return nil
	}
	return key
}

// errReplaced: another program has changed the identity meanwhile, or another part of
// this one.
var errReplaced = errors.New("the identity was replaced meanwhile")

// put replaces the identity where it still is instead; where that is nil, whatever is
// there. The key file that is done then goes; "" is none.
func (s *Store) put(t stored, instead *Identity, done string) (id *Identity, err error) {
	if id, err = t.identity(); err != nil {
		return nil, err
	}
	b, err := json.MarshalIndent(t, "", "\t")
	if err != nil {
		return nil, err
	}
	err = s.locked(func() error {
		if instead != nil {
			now, err := s.Load()
			if err != nil {
				return errors.Join(errReplaced, err)
			}
			if same, err := now.text.equal(instead.text); err != nil || !same {
				return errors.Join(errReplaced, err)
			}
		}
		if err := wholefile.Replace(s.disk, identityFile, b); err != nil {
			return err
		}
		if done == "" {
			return nil
		}
		if err := s.disk.Remove(done); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		return s.disk.SyncDir()
	})
	if err != nil {
		return nil, fmt.Errorf("keep the node's identity: %w", err)
	}
	return id, nil
}

func (s *Store) locked(do func() error) error {
	l, err := s.disk.Lock(lockFile)
	if err != nil {
		return err
	}
	return errors.Join(do(), l.Close())
}
