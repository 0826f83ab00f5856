package authority

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"net"
	"slices"
	"sync"
	"time"

	"github.com/siaga-id/siaga/internal/enrolment"
)

const (
	// ownValidity is that of the center's own certificate: as a node's. It is
	// renewed after two thirds.
	ownValidity = 90 * 24 * time.Hour
	// namesEvery is how often it is looked whether the machine has other addresses.
	namesEvery = time.Minute
)

// ownCertificate is what the center shows. It lives in memory: whoever knows the
// authority knows each new one.
type ownCertificate struct {
	mu     sync.Mutex
	cert   *tls.Certificate
	all    cas // its issuer was one of
	issuer *ca
	hosts  []string  // what it is made out to
	looked time.Time // when hosts were last compared
}

// TLS is a configuration for the secure addresses, which speak protocols (ALPN).
// It shows the center's own certificate to nodes, and the one in Options.CertFile,
// where there is one, to others. It asks for client certificates and verifies
// none: that is Node's.
func (a *Authority) TLS(protocols ...string) *tls.Config {
	var mu sync.Mutex
	var made *tls.Config
	var hints *x509.CertPool
	base := &tls.Config{
		MinVersion: tls.VersionTLS12, NextProtos: protocols, GetCertificate: a.certificate,
		ClientAuth: tls.RequestClientCert,
		// A resumed session shows the certificate that the first one did, which may
		// have been replaced since.
		SessionTicketsDisabled: true,
	}
	base.GetConfigForClient = func(*tls.ClientHelloInfo) (*tls.Config, error) {
		a.mu.Lock()
		pool := a.pool
		a.mu.Unlock()
		mu.Lock()
		defer mu.Unlock()
		if hints != pool {
			made, hints = base.Clone(), pool
			// Only hints, so that browsers do not ask people for certificates of others.
			made.ClientCAs, made.GetConfigForClient = pool, nil
		}
		return made, nil
	}
	return base
}

// certificate is what to show for a greeting.
func (a *Authority) certificate(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
	if hello.ServerName != enrolment.ServerName {
		if given := a.given.current(a.opt.Now(), a.opt.Logger); given != nil {
			return given, nil
		}
	}
	return a.ownNow()
}

// ownNow is the center's own certificate, made anew where the old one is two
// thirds over, of other authorities or for other addresses, or the clock was set.
func (a *Authority) ownNow() (*tls.Certificate, error) {
	all, now := a.now()
	issuer := all[all.issuer(now)]
	o := &a.own
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.cert != nil && o.issuer == issuer && slices.Equal(o.all, all) && !now.Before(o.cert.Leaf.NotBefore) && now.Before(renewAfter(o.cert.Leaf)) {
		if since := now.Sub(o.looked); since >= 0 && since < namesEvery {
			return o.cert, nil
		}
		o.looked = now
		if slices.Equal(a.hosts(), o.hosts) {
			return o.cert, nil
		}
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("make key: %w", err)
	}
	hosts := a.hosts()
	template := x509.Certificate{
		Subject: pkix.Name{CommonName: enrolment.ServerName}, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		DNSNames: []string{enrolment.ServerName},
	}
	for _, h := range hosts {
		if ip := net.ParseIP(h); ip != nil {
			template.IPAddresses = append(template.IPAddresses, ip)
		} else {
			template.DNSNames = append(template.DNSNames, h)
		}
	}
	leaf, err := issuer.issue(template, key.Public(), now, ownValidity)
	if err != nil {
		return nil, err
	}
	o.cert = &tls.Certificate{Certificate: append([][]byte{leaf.Raw}, all.shown(now)...), PrivateKey: key, Leaf: leaf}
	o.all, o.issuer, o.hosts, o.looked = all, issuer, hosts, now
	return o.cert, nil
}

// renewAfter is when two thirds of a certificate's validity are over.
func renewAfter(c *x509.Certificate) time.Time {
	return c.NotBefore.Add(c.NotAfter.Sub(c.NotBefore) * 2 / 3)
}
