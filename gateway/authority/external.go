package authority

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"net"
	"time"

	"github.com/siaga-id/siaga/internal/enrolment"
)

// externalValidity is for how long an external broker's certificate is valid:
// somebody has to put a new one there. 398 days are what browsers take from
// public authorities at most, as a measure of what people can keep up with.
const externalValidity = 398 * 24 * time.Hour

// ErrName tells that a server cannot have that name.
var ErrName = errors.New("not a name or an address")

// External returns a certificate in PEM, with those by older authorities behind
// it, for a broker on another machine to which nodes connect. Of the request (DER)
// only the key counts. names are what other clients than nodes call it by.
func (a *Authority) External(csr []byte, names []string) (string, error) {
	r, err := parseCSR(csr)
	if err != nil {
		return "", err
	}
	template := x509.Certificate{
		Subject: pkix.Name{CommonName: enrolment.ServerName}, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		DNSNames: []string{enrolment.ServerName},
	}
	for _, n := range names {
		if enrolment.CheckCenters([]string{net.JoinHostPort(n, "1")}) != nil {
			return "", fmt.Errorf("%q: %w", n, ErrName)
		}
		if ip := net.ParseIP(n); ip != nil {
			template.IPAddresses = append(template.IPAddresses, ip)
		} else {
			template.DNSNames = append(template.DNSNames, n)
		}
	}
	all, now := a.now()
	i := all.issuer(now)
	issuer := all[i]
	leaf, err := issuer.issue(template, r.public, now, externalValidity)
	if err != nil {
		return "", err
	}
	chain := certPEM(leaf)
	for _, cross := range all.cross(i) {
		chain = append(chain, certPEM(cross)...)
	}
	// Nodes that enrol know only the authority's hash, so it comes along.
	return string(append(chain, certPEM(issuer.cert)...)), nil
}

// Revoked returns lists of what was revoked in PEM, one by each authority, for
// brokers on other machines. Mosquitto refuses everybody when a list has expired,
// so none does before its authority.
func (a *Authority) Revoked(ctx context.Context) (string, error) {
	all, now := a.now()
	revoked, err := a.opt.Registry.RevokedCertificates(ctx)
	if err != nil {
		return "", err
	}
	lists := make(map[*ca][]x509.RevocationListEntry, len(all))
	for _, c := range revoked {
		leaf, err := parsePEM(c.PEM)
		if err != nil {
			return "", err
		}
		for _, by := range all {
			if bytes.Equal(leaf.AuthorityKeyId, by.cert.SubjectKeyId) {
				lists[by] = append(lists[by], x509.RevocationListEntry{SerialNumber: leaf.SerialNumber, RevocationTime: c.Revoked})
			}
		}
	}
	var text bytes.Buffer
	for _, by := range all {
		der, err := x509.CreateRevocationList(rand.Reader, &x509.RevocationList{
			// It grows with time, as RFC 5280 §5.2.3 wants it.
			Number: big.NewInt(now.UnixMilli()), ThisUpdate: now.Add(-backdate).UTC(), NextUpdate: by.cert.NotAfter,
			RevokedCertificateEntries: lists[by],
		}, by.cert, by.key)
		if err != nil {
			return "", fmt.Errorf("sign list of revoked certificates: %w", err)
		}
		text.Write(pem.EncodeToMemory(&pem.Block{Type: "X509 CRL", Bytes: der}))
	}
	return text.String(), nil
}
