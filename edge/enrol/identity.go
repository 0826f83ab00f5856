package enrol

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"io/fs"
	"slices"
	"time"

	"github.com/siaga-id/siaga/internal/enrolment"
	"github.com/siaga-id/siaga/internal/reading"
	"github.com/siaga-id/siaga/internal/trust"
)

// ErrNone: this node is not enrolled.
var ErrNone = errors.New("this node is not enrolled")

// DamageError: the identity's file is there and cannot be used. The remedy is to
// enrol again with a new token.
type DamageError struct{ Err error }

func (e *DamageError) Error() string { return "the node's identity is damaged: " + e.Err.Error() }

// Unwrap returns what is wrong with the file.
func (e *DamageError) Unwrap() error { return e.Err }

// Identity is what a node was given by its center. It is never changed once it is
// made.
type Identity struct {
	Node reading.NodeID
	Site reading.SiteCode
	// Certificate is the node's, with its key and with Leaf set.
	Certificate tls.Certificate
	// Authorities are all that the center may be signed by, Centers its addresses
	// as host:port, in the order to try them. Brokers are where MQTT is spoken; none:
	// at Centers.
	Authorities []*x509.Certificate
	Centers     []string
	Brokers     []string
	// RenewAfter is when the center wants to be asked for the next certificate.
	RenewAfter time.Time
	// Told is the center's time when it gave this: a lower bound of the present.
	Told time.Time

	text     stored
	stranger bool // found once for each file: a Keeper asks all the time
}

// stored is the identity's file.
type stored struct {
	Node        reading.NodeID   `json:"node"`
	Site        reading.SiteCode `json:"site"`
	Key         []byte           `json:"key"`         // PKCS #8, DER
	Certificate []byte           `json:"certificate"` // DER
	Token       []byte           `json:"token"`       // the digest of the one that it began with
	// List is in force. Other is the one to go back to while List has not led to the
	// center yet; nil where it has, and where a configuration's trial decides.
	List  list  `json:"list"`
	Other *list `json:"other,omitempty"`
	// Answered is what the newest enrolment or renewal told, nil where that is List;
	// Configured what the configuration said when it was last taken. The newer word is
	// in force.
	Answered   *list             `json:"answered,omitempty"`
	Configured *enrolment.Center `json:"configured,omitempty"`
	// Undo is what comes back with the configuration before, while this one is on
	// trial.
	Undo       *undo     `json:"undo,omitempty"`
	RenewAfter time.Time `json:"renew_after"`
	Told       time.Time `json:"told"`
}

// equal reports whether both are the same file.
func (t stored) equal(o stored) (bool, error) {
	a, err := json.Marshal(t)
	if err != nil {
		return false, err
	}
	b, err := json.Marshal(o)
	return bytes.Equal(a, b), err
}

// list is how the center is reached and known.
type list struct {
	CAs     [][]byte `json:"cas"` // DER
	Centers []string `json:"centers"`
	Brokers []string `json:"brokers,omitempty"`
}

func (l list) equal(o list) bool {
	return slices.Equal(l.Centers, o.Centers) && slices.Equal(l.Brokers, o.Brokers) && slices.EqualFunc(l.CAs, o.CAs, bytes.Equal)
}

// parse reads an identity's file.
func parse(b []byte) (*Identity, error) {
	var t stored
	if err := json.Unmarshal(b, &t); err != nil {
		return nil, &DamageError{err}
	}
	id, err := t.identity()
	if err != nil {
		return nil, &DamageError{err}
	}
	return id, nil
}

// identity checks everything that is needed to reach the center.
func (t stored) identity() (*Identity, error) {
	key, err := parseKey(t.Key)
	if err != nil {
		return nil, err
	}
	leaf, err := x509.ParseCertificate(t.Certificate)
	if err != nil {
		return nil, fmt.Errorf("read certificate: %w", err)
	}
	if !key.PublicKey.Equal(leaf.PublicKey) {
		return nil, errors.New("the certificate is for another key")
	}
	if _, err := reading.ParseNodeID(string(t.Node)); err != nil {
		return nil, err
	}
	if _, err := reading.ParseSiteCode(string(t.Site)); err != nil {
		return nil, err
	}
	authorities, err := t.List.check()
	if err != nil {
		return nil, err
	}
	return &Identity{
		Node: t.Node, Site: t.Site,
		Certificate: tls.Certificate{Certificate: [][]byte{t.Certificate}, PrivateKey: key, Leaf: leaf},
		Authorities: authorities, Centers: t.List.Centers, Brokers: t.List.Brokers, RenewAfter: t.RenewAfter, Told: t.Told, text: t,
		stranger: !slices.ContainsFunc(authorities, func(ca *x509.Certificate) bool { return leaf.CheckSignatureFrom(ca) == nil }),
	}, nil
}

func (l list) check() ([]*x509.Certificate, error) {
	if err := enrolment.CheckCenters(l.Centers); err != nil {
		return nil, err
	}
	if len(l.Brokers) > 0 {
		if err := enrolment.CheckCenters(l.Brokers); err != nil {
			return nil, err
		}
	}
	if len(l.CAs) == 0 {
		return nil, errors.New("no authority to trust")
	}
	return trust.Authorities(l.CAs)
}

func parseKey(der []byte) (*ecdsa.PrivateKey, error) {
	any, err := x509.ParsePKCS8PrivateKey(der)
	if err != nil {
		return nil, fmt.Errorf("read key: %w", err)
	}
	key, ok := any.(*ecdsa.PrivateKey)
	if !ok {
		return nil, fmt.Errorf("read key: %T is not what this program makes", any)
	}
	return key, nil
}

// Trust is for TLS to the center, with this node's certificate. Its name there is
// enrolment.ServerName. now is the system's clock, earliest a lower bound of the
// present besides Told; nil are time.Now and none.
func (id *Identity) Trust(now, earliest func() time.Time) trust.Options {
	return id.known(id.Authorities, now, earliest)
}

func (id *Identity) known(authorities []*x509.Certificate, now, earliest func() time.Time) trust.Options {
	return trust.Options{
		Authorities: authorities, Certificate: &id.Certificate, Now: now,
		Earliest: func() time.Time {
			if earliest != nil {
				if at := earliest(); at.After(id.Told) {
					return at
				}
			}
			return id.Told
		},
	}
}

// Until is when the certificate ends.
func (id *Identity) Until() time.Time { return id.Certificate.Leaf.NotAfter }

// Due is when this node asks for its next certificate: spread over a tenth of the
// time from RenewAfter to Until, the same for as long as it has this certificate,
// so that nodes that were enrolled together do not ask together.
func (id *Identity) Due() time.Time {
	h := fnv.New64a()
	_, _ = h.Write(id.Certificate.Certificate[0]) // never an error
	room := max(0, id.Until().Sub(id.RenewAfter)/10)
	return id.RenewAfter.Add(time.Duration(float64(room) * float64(h.Sum64()%1000) / 1000))
}

// Tentative reports whether the list of addresses and authorities has not led to
// the center yet.
func (id *Identity) Tentative() bool { return id.text.Other != nil }

// Stranger reports whether the certificate is of an authority that is trusted no
// more: the center will not take it for long either. It asks nothing of the clock,
// and costs nothing.
func (id *Identity) Stranger() bool { return id.stranger }

// By reports whether this identity began with a token.
func (id *Identity) By(token enrolment.Token) bool {
	d := token.Digest()
	return bytes.Equal(id.text.Token, d[:])
}

// Same reports whether both have the same certificate.
func (id *Identity) Same(other *Identity) bool {
	return other != nil && bytes.Equal(id.text.Certificate, other.text.Certificate)
}

// missing says ErrNone for a file that is not there.
func missing(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return ErrNone
	}
	return fmt.Errorf("read the node's identity: %w", err)
}
