package trust

import (
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"time"
)

// Options say who is trusted. The zero value trusts the system's authorities.
type Options struct {
	// Authorities, where not nil, take the place of the system's.
	Authorities []*x509.Certificate
	// Pin, where not nil, takes the place of Authorities: the SHA-256 of the
	// SubjectPublicKeyInfo of the one authority that is trusted. The server must
	// send that authority's certificate along with its own.
	Pin *[32]byte
	// Certificate is this program's own; nil for none. Its Leaf must be set.
	Certificate *tls.Certificate
	// Now is the system's clock; nil means time.Now. Earliest is a lower bound of
	// the present, such as the last time that a server told; nil knows none.
	Now, Earliest func() time.Time
}

// ErrPin: the server did not show the authority that was pinned. It is another
// server, or one whose authority was replaced since.
var ErrPin = errors.New("the server does not belong to the authority whose fingerprint is known")

// Config is for one connection to a server that must have a certificate for name.
// TLS 1.2 is the least.
//
// A board without a battery thinks that it is 1970, when no certificate was valid
// yet. Verified is therefore at the latest of the times that it cannot be before:
// the system's clock, Earliest, and the first moments of the authorities, of the
// own certificate and of the server's, which exist. So no certificate is too new,
// and one that has ended is found out as far as the time is known.
func Config(o Options, name string) *tls.Config {
	cfg := &tls.Config{
		MinVersion: tls.VersionTLS12, ServerName: name, Time: o.present,
		// Not for want of verification: VerifyConnection does all of it, by the
		// authority and at the time that the standard one cannot know.
		InsecureSkipVerify: true,
		VerifyConnection: func(state tls.ConnectionState) error {
			chain := state.PeerCertificates
			if err := o.verify(chain, name); err != nil {
				return &tls.CertificateVerificationError{UnverifiedCertificates: chain, Err: err}
			}
			return nil
		},
	}
	if own := o.Certificate; own != nil {
		// Whatever authorities the server hints at: it may have a new one.
		cfg.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return own, nil }
	}
	return cfg
}

// verify checks the server's chain, its own certificate first.
func (o Options) verify(chain []*x509.Certificate, name string) error {
	if len(chain) == 0 {
		return errors.New("the server shows no certificate")
	}
	opt := x509.VerifyOptions{
		DNSName: name, Intermediates: x509.NewCertPool(), CurrentTime: o.present(),
		KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	trusted := o.Authorities
	if o.Pin != nil {
		at := chain[0].NotBefore
		trusted = nil
		for _, c := range chain[1:] {
			if c.IsCA && c.BasicConstraintsValid && sha256.Sum256(c.RawSubjectPublicKeyInfo) == *o.Pin {
				trusted = append(trusted, c)
				at = later(at, c.NotBefore)
			}
		}
		if trusted == nil {
			return ErrPin
		}
		opt.CurrentTime = later(opt.CurrentTime, at)
	}
	if trusted != nil {
		opt.Roots = x509.NewCertPool()
		for _, c := range trusted {
			opt.Roots.AddCert(c)
		}
	}
	for _, c := range chain[1:] {
		opt.Intermediates.AddCert(c)
	}
	opt.CurrentTime = later(opt.CurrentTime, chain[0].NotBefore)
	_, err := chain[0].Verify(opt)
	return err
}

// present is the latest time that is known to be over without the server.
func (o Options) present() time.Time {
	now := time.Now()
	if o.Now != nil {
		now = o.Now()
	}
	if o.Earliest != nil {
		now = later(now, o.Earliest())
	}
	for _, c := range o.Authorities {
		now = later(now, c.NotBefore)
	}
	if o.Certificate != nil && o.Certificate.Leaf != nil {
		now = later(now, o.Certificate.Leaf.NotBefore)
	}
	return now
}

// TooLate reports whether err says that a certificate has ended by the time that
// is known here, and when that was: it has ended, or the clock runs ahead.
func TooLate(err error) (ended time.Time, ok bool) {
	var invalid x509.CertificateInvalidError
	if errors.As(err, &invalid) && invalid.Reason == x509.Expired {
		return invalid.Cert.NotAfter, true
	}
	return time.Time{}, false
}

// Fingerprint is what Options.Pin wants of an authority.
func Fingerprint(authority *x509.Certificate) [32]byte {
	return sha256.Sum256(authority.RawSubjectPublicKeyInfo)
}

// Authorities reads certificates in DER. Each must be an authority's.
func Authorities(ders [][]byte) ([]*x509.Certificate, error) {
	var all []*x509.Certificate
	for i, der := range ders {
		c, err := x509.ParseCertificate(der)
		if err != nil {
			return nil, fmt.Errorf("read authority %d: %w", i+1, err)
		}
		if !c.IsCA || !c.BasicConstraintsValid {
			return nil, fmt.Errorf("read authority %d: %q is no authority's certificate", i+1, c.Subject.CommonName)
		}
		all = append(all, c)
	}
	return all, nil
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
