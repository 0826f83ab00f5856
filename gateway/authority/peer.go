package authority

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/siaga-id/siaga/internal/reading"
)

// Why a peer is no node. registry.ErrRevoked and registry.ErrRetired are others.
var (
	ErrNoCertificate = errors.New("no client certificate")
	ErrUnknownCA     = errors.New("certificate of another authority")
	ErrNotNode       = errors.New("certificate is not a node's")
	ErrExpired       = errors.New("certificate has expired")
)

// nodeURI is how a certificate names a node.
const nodeURI = "siaga:node:"

// Node returns whose certificate the peer of a TLS connection has shown, and the
// certificate's serial number. Errors: ErrNoCertificate, ErrUnknownCA,
// ErrNotNode, ErrExpired, registry.ErrRevoked, registry.ErrRetired; with the last
// three, node and number say whose it was.
func (a *Authority) Node(state tls.ConnectionState) (node reading.NodeID, number string, err error) {
	leaf, node, err := a.peer(state)
	if err != nil {
		return "", "", err
	}
	defer func() {
		if err == nil {
			a.saw(node, leaf)
		}
	}()
	number = serial(leaf)
	if err := a.opt.Registry.Standing(node, number); err != nil {
		return node, number, fmt.Errorf("node %s: %w", node, err)
	}
	if now := a.opt.Now(); !now.Before(leaf.NotAfter) {
		return node, number, fmt.Errorf("node %s: %w on %s", node, ErrExpired, leaf.NotAfter.Format(time.RFC3339))
	}
	return node, number, nil
}

// peer returns the certificate of a node that the peer has shown. Whether it is
// still valid is not asked.
func (a *Authority) peer(state tls.ConnectionState) (*x509.Certificate, reading.NodeID, error) {
	if len(state.PeerCertificates) == 0 {
		return nil, "", ErrNoCertificate
	}
	leaf := state.PeerCertificates[0]
	a.mu.Lock()
	pool := a.pool
	a.mu.Unlock()
	// At the time when it was issued: that one of us did it is what is asked here,
	// and this machine's clock may have been set back since.
	if _, err := leaf.Verify(x509.VerifyOptions{Roots: pool, CurrentTime: leaf.NotBefore, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}}); err != nil {
		var use x509.CertificateInvalidError
		if errors.As(err, &use) && use.Reason == x509.IncompatibleUsage {
			return nil, "", fmt.Errorf("%w: %w", ErrNotNode, err)
		}
		return nil, "", fmt.Errorf("%w: %w", ErrUnknownCA, err)
	}
	if len(leaf.URIs) != 1 {
		return nil, "", ErrNotNode
	}
	id, ok := strings.CutPrefix(leaf.URIs[0].String(), nodeURI)
	if !ok || !reading.ValidID(id) || leaf.Subject.CommonName != id || leaf.IsCA {
		return nil, "", ErrNotNode
	}
	return leaf, reading.NodeID(id), nil
}
