package authority

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"time"
)

const (
	// caValidity is for how long an authority is valid: as long as a node's
	// hardware lasts. Before its last rotateBefore another is made by itself.
	caValidity   = 10 * 365 * 24 * time.Hour
	rotateBefore = 2 * 365 * 24 * time.Hour
	// caBackdate is by how much its validity begins before it was made, backdate
	// that of other certificates: clocks of machines without network time differ by
	// minutes.
	caBackdate = time.Hour
	backdate   = 10 * time.Minute
)

// ca is one certificate authority. It does not change.
type ca struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
	// cross are certificates of the same key by older authorities.
	cross []*x509.Certificate
	// from is when somebody had it begin to issue; zero: when it has been made known.
	from time.Time
}

// id is for people and file names: the beginning of the serial number.
func (c *ca) id() string { return ID(c.cert) }

// ID is what an authority with this certificate is called, of this center or of any
// other: the first of its serial number's digits.
func ID(cert *x509.Certificate) string { return serial(cert)[:8] }

// created is when it was made.
func (c *ca) created() time.Time { return c.cert.NotBefore.Add(caBackdate) }

// signed says whether it is this authority's key that signed a certificate.
func (c *ca) signed(leaf *x509.Certificate) bool { return leaf.CheckSignatureFrom(c.cert) == nil }

// pin is what tokens carry.
func (c *ca) pin() [32]byte { return sha256.Sum256(c.cert.RawSubjectPublicKeyInfo) }

// serial is a certificate's serial number, hexadecimal.
func serial(c *x509.Certificate) string { return fmt.Sprintf("%032x", c.SerialNumber) }

// newSerial is a random serial number: positive and 127 bits, of which RFC 5280
// §4.1.2.2 allows 159, so that none comes twice.
func newSerial() *big.Int {
	b := make([]byte, 16)
	_, _ = rand.Read(b) // never fails
	b[0] &= 0x7F
	return new(big.Int).SetBytes(b)
}

// newCA makes an authority, with its key signed by each of older.
func newCA(now time.Time, older []*ca) (*ca, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("make key: %w", err)
	}
	number := newSerial()
	template := &x509.Certificate{
		SerialNumber: number,
		// Names differ, so that nobody takes one for another.
		Subject:   pkix.Name{Organization: []string{"Siaga"}, CommonName: fmt.Sprintf("Siaga CA %s %x", now.UTC().Format("2006-01-02"), number.Bytes()[:4])},
		NotBefore: now.Add(-caBackdate).Truncate(time.Second).UTC(), NotAfter: now.Add(caValidity).Truncate(time.Second).UTC(),
		KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageCRLSign, IsCA: true, BasicConstraintsValid: true,
		MaxPathLen: 1, // itself, signed by an older one
	}
	c := &ca{key: key}
	if c.cert, err = sign(template, template, key.Public(), key); err != nil {
		return nil, err
	}
	for _, by := range older {
		crossed := *template
		crossed.SerialNumber = newSerial()
		crossed.SubjectKeyId = c.cert.SubjectKeyId
		crossed.MaxPathLen, crossed.MaxPathLenZero = 0, true
		if crossed.NotAfter.After(by.cert.NotAfter) {
			crossed.NotAfter = by.cert.NotAfter
		}
		cert, err := sign(&crossed, by.cert, key.Public(), by.key)
		if err != nil {
			return nil, err
		}
		c.cross = append(c.cross, cert)
	}
	return c, nil
}

func sign(template, parent *x509.Certificate, public any, key *ecdsa.PrivateKey) (*x509.Certificate, error) {
	der, err := x509.CreateCertificate(rand.Reader, template, parent, public, key)
	if err != nil {
		return nil, fmt.Errorf("sign certificate: %w", err)
	}
	return x509.ParseCertificate(der)
}

// issue signs a certificate that is valid from now on, for at most validity. It
// is valid in the authority's own time also where the clock has been set back.
func (c *ca) issue(template x509.Certificate, public any, now time.Time, validity time.Duration) (*x509.Certificate, error) {
	if earliest := c.created(); now.Before(earliest) {
		now = earliest
	}
	template.SerialNumber = newSerial()
	template.NotBefore = now.Add(-backdate).Truncate(time.Second).UTC()
	template.NotAfter = now.Add(validity).Truncate(time.Second).UTC()
	if template.NotAfter.After(c.cert.NotAfter) {
		template.NotAfter = c.cert.NotAfter
	}
	template.KeyUsage, template.BasicConstraintsValid = x509.KeyUsageDigitalSignature, true
	return sign(&template, c.cert, public, c.key)
}

// What the blocks of a file are called.
const (
	blockKey  = "PRIVATE KEY"
	blockCert = "CERTIFICATE"
	// headerFrom of the authority's own certificate is ca.from.
	headerFrom = "Issues-From"
)

// encode is the file: key, certificate, and those by older authorities.
func (c *ca) encode() ([]byte, error) {
	key, err := x509.MarshalPKCS8PrivateKey(c.key)
	if err != nil {
		return nil, fmt.Errorf("encode key: %w", err)
	}
	var b bytes.Buffer
	b.Write(pem.EncodeToMemory(&pem.Block{Type: blockKey, Bytes: key}))
	own := &pem.Block{Type: blockCert, Bytes: c.cert.Raw}
	if !c.from.IsZero() {
		own.Headers = map[string]string{headerFrom: c.from.UTC().Format(time.RFC3339)}
	}
	b.Write(pem.EncodeToMemory(own))
	for _, x := range c.cross {
		b.Write(certPEM(x))
	}
	return b.Bytes(), nil
}

func certPEM(c *x509.Certificate) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: blockCert, Bytes: c.Raw})
}

// decodeCA reads what encode wrote.
func decodeCA(b []byte) (*ca, error) {
	c := new(ca)
	var certs []*x509.Certificate
	for {
		var block *pem.Block
		if block, b = pem.Decode(b); block == nil {
			break
		}
		switch block.Type {
		case blockKey:
			key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
			if err != nil {
				return nil, fmt.Errorf("read key: %w", err)
			}
			var ok bool
			if c.key, ok = key.(*ecdsa.PrivateKey); !ok {
				return nil, fmt.Errorf("read key: %T is no ECDSA key", key)
			}
		case blockCert:
			cert, err := x509.ParseCertificate(block.Bytes)
			if err != nil {
				return nil, fmt.Errorf("read certificate: %w", err)
			}
			certs = append(certs, cert)
			if text := block.Headers[headerFrom]; text != "" {
				if c.from, err = time.Parse(time.RFC3339, text); err != nil {
					return nil, fmt.Errorf("read %s: %w", headerFrom, err)
				}
			}
		}
	}
	if c.key == nil || len(certs) == 0 {
		return nil, errors.New("key or certificate is missing")
	}
	for _, cert := range certs {
		if !cert.IsCA || !c.key.PublicKey.Equal(cert.PublicKey) {
			return nil, errors.New("certificate and key do not belong together")
		}
	}
	if err := certs[0].CheckSignatureFrom(certs[0]); err != nil {
		return nil, fmt.Errorf("read certificate: %w", err)
	}
	c.cert, c.cross = certs[0], certs[1:]
	return c, nil
}
