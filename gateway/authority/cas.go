package authority

import (
	"cmp"
	"crypto/x509"
	"slices"
	"time"
)

const (
	// nodeValidity is for how long a node's certificate is valid. It renews it
	// after two thirds.
	nodeValidity = 90 * 24 * time.Hour
	// distribution is for how long a new authority is only made known: by then,
	// each node has renewed its certificate, or has none that is valid.
	distribution = nodeValidity
	// renewable is for how long a certificate can be renewed after its end.
	renewable = 365 * 24 * time.Hour
)

// cas are authorities, the oldest first, at least one. They do not change.
type cas []*ca

func sorted(all []*ca) cas {
	slices.SortFunc(all, func(a, b *ca) int {
		return cmp.Or(a.cert.NotBefore.Compare(b.cert.NotBefore), cmp.Compare(a.id(), b.id()))
	})
	return all
}

// begins is when the i-th issues: the first always did, another when it has been
// made known or somebody wanted it, or where the one before it has ended.
func (s cas) begins(i int) time.Time {
	if i == 0 {
		return s[0].created()
	}
	at := s[i].created().Add(distribution)
	if from := s[i].from; !from.IsZero() && from.Before(at) {
		at = from
	}
	if end := s[i-1].cert.NotAfter; end.Before(at) {
		at = end
	}
	if at.Before(s[i].created()) {
		return s[i].created()
	}
	return at
}

// issuer is the one that signs now.
func (s cas) issuer(now time.Time) int {
	for i := len(s) - 1; i > 0; i-- {
		if !now.Before(s.begins(i)) {
			return i
		}
	}
	return 0
}

// ends is when the last certificate of the i-th ends.
func (s cas) ends(i int) time.Time {
	end := s[i].cert.NotAfter
	if i+1 < len(s) {
		if last := s.begins(i + 1).Add(nodeValidity); last.Before(end) {
			return last
		}
	}
	return end
}

// trusted are those that nodes are to trust.
func (s cas) trusted(now time.Time) []*ca {
	var all []*ca
	for i, c := range s {
		if i >= s.issuer(now) || now.Before(s.ends(i)) {
			all = append(all, c)
		}
	}
	return all
}

// shown are the certificates that the center shows behind its own: its issuer's;
// that of the same key by older ones, for nodes that have not heard of it; and
// those older ones', for nodes that know no more than a token's fingerprint.
func (s cas) shown(now time.Time) [][]byte {
	i := s.issuer(now)
	all := [][]byte{s[i].cert.Raw}
	for _, x := range s.cross(i) {
		if now.Before(x.NotAfter) {
			all = append(all, x.Raw)
		}
	}
	for _, c := range s.trusted(now) {
		if c != s[i] && c.created().Before(s[i].created()) {
			all = append(all, c.cert.Raw)
		}
	}
	return all
}

// cross are the i-th's certificates by older ones that nobody has ended.
func (s cas) cross(i int) (all []*x509.Certificate) {
	for _, x := range s[i].cross {
		if slices.ContainsFunc(s, func(by *ca) bool { return by.signed(x) }) {
			all = append(all, x)
		}
	}
	return all
}

// pool holds all of them: of what an old one signed, the end of the certificate
// says whether it counts.
func (s cas) pool() *x509.CertPool {
	p := x509.NewCertPool()
	for _, c := range s {
		p.AddCert(c.cert)
	}
	return p
}
