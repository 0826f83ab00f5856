package authority

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/siaga-id/siaga/gateway/registry"
	"github.com/siaga-id/siaga/internal/enrolment"
	"github.com/siaga-id/siaga/internal/reading"
	"github.com/siaga-id/siaga/internal/trust"
)

// thief has the key of an authority, and signs with it today what he likes.
type thief struct {
	c  *center
	ca *ca
}

func (s thief) certificate(subject string, usage x509.ExtKeyUsage) tls.Certificate {
	s.c.t.Helper()
	key := newKey(s.c.t)
	template := x509.Certificate{Subject: pkix.Name{CommonName: subject}, ExtKeyUsage: []x509.ExtKeyUsage{usage}}
	if usage == x509.ExtKeyUsageServerAuth {
		template.DNSNames = []string{subject}
	} else {
		template.URIs = []*url.URL{{Scheme: "siaga", Opaque: "node:" + subject}}
	}
	leaf, err := s.ca.issue(template, key.Public(), s.c.clock(), nodeValidity)
	must(s.c.t, err)
	return tls.Certificate{Certificate: [][]byte{leaf.Raw, s.ca.cert.Raw}, PrivateKey: key, Leaf: leaf}
}

// asNode is what the center says of him as a node.
func (s thief) asNode(n reading.NodeID) error {
	s.c.t.Helper()
	cert := s.certificate(string(n), x509.ExtKeyUsageClientAuth)
	_, _, err := s.c.Node(tls.ConnectionState{PeerCertificates: []*x509.Certificate{cert.Leaf}})
	return err
}

// renews is what the center says of him where he asks for a certificate as a node.
func (s thief) renews(n reading.NodeID) error {
	s.c.t.Helper()
	cert := s.certificate(string(n), x509.ExtKeyUsageClientAuth)
	_, err := s.c.Renew(s.c.t.Context(), home, tls.ConnectionState{PeerCertificates: []*x509.Certificate{cert.Leaf}},
		enrolment.Request{CSR: csrOf(s.c.t, newKey(s.c.t))})
	return err
}

// asCenter is what a node says of him as its center. He shows what there is: the
// center's own chain of authorities, too.
func (s thief) asCenter(f *field) error {
	s.c.t.Helper()
	cert := s.certificate(enrolment.ServerName, x509.ExtKeyUsageServerAuth)
	all, now := s.c.Authority.now()
	cert.Certificate = append(cert.Certificate, all.shown(now)...)
	authorities, err := trust.Authorities(f.answer.CAs)
	must(s.c.t, err)
	_, err = handshake(s.c.t, &tls.Config{Certificates: []tls.Certificate{cert}},
		trust.Config(trust.Options{Authorities: authorities, Now: s.c.clock}, enrolment.ServerName))
	return err
}

// TestEnd: who stole the key of an authority speaks for every node until its end,
// which names whom it would strand, and for nobody afterwards.
func TestEnd(t *testing.T) {
	c := open(t)
	f, g := c.enrol(node), c.enrol(other)
	old := thief{c, c.cas[0]}
	id := old.ca.id()
	if err := c.End(t.Context(), technician, id, true); !errors.Is(err, ErrNewest) {
		t.Errorf("the only one: %v", err)
	}
	c.add(day / 2)
	must(t, c.Rotate(t.Context(), technician))
	must(t, c.Begin(t.Context(), technician))
	if err := c.Begin(t.Context(), technician); !errors.Is(err, ErrNoneWaits) {
		t.Errorf("twice: %v", err)
	}
	c.start()
	if cas := c.CAs(); !cas[1].Issues {
		t.Fatal("a restart forgets that it issues")
	}
	must(t, f.contact()) // which knows only the old one
	if err := old.asNode(node); err != nil {
		t.Fatal(err)
	}
	must(t, old.asNode("hantu-01"))
	if n := len(c.shown); n != 1 {
		t.Errorf("%d nodes are remembered: who has a key makes up names", n)
	}
	if err := old.renews(node); code(err) != enrolment.NotOurs {
		t.Errorf("he is given a certificate that outlives the key: %v", err)
	}
	if err := old.asCenter(f); err != nil {
		t.Fatal(err)
	}

	token := c.token(node)
	stranded := func(want Stranded) {
		t.Helper()
		s, err := c.Stranded(t.Context(), id)
		must(t, err)
		if !slices.Equal(s.Old, want.Old) || !slices.Equal(s.Unseen, want.Unseen) || !slices.Equal(s.Tokens, want.Tokens) {
			t.Fatalf("%+v, want %+v", s, want)
		}
		var behind *StrandedError
		if err := c.End(t.Context(), technician, id, false); !errors.As(err, &behind) {
			t.Fatalf("ended: %v", err)
		}
		must(t, c.tend(t.Context()))
	}
	stranded(Stranded{Old: []reading.NodeID{other, node}})
	must(t, f.renew())
	stranded(Stranded{Old: []reading.NodeID{other}, Unseen: []reading.NodeID{node}}) // its answer may be lost
	must(t, f.contact())
	stranded(Stranded{Old: []reading.NodeID{other}})
	if _, err := c.Stranded(t.Context(), "00000000"); !errors.Is(err, ErrNoCA) {
		t.Error(err)
	}
	c.OnEnded(func(context.Context, []string) error { return errors.New("not now") })
	must(t, c.tellEnded(t.Context()))

	must(t, c.End(t.Context(), technician, id, true))
	for range 2 {
		if err := old.asNode(node); !errors.Is(err, ErrUnknownCA) {
			t.Errorf("a certificate that the old key signs today: %v", err)
		}
		if err := g.contact(); err == nil {
			t.Error("a node with a certificate of the old one is let in")
		}
		if err := g.renew(); code(err) != enrolment.NotOurs {
			t.Errorf("renewed: %v", err)
		}
		must(t, f.contact())
		c.start() // also after a restart
	}
	must(t, f.renew()) // it is told whom to trust
	if err := old.asCenter(f); err == nil {
		t.Error("a node still trusts the old one")
	}
	if _, err := os.Stat(filepath.Join(c.opt.Dir, filePrefix+id+fileSuffix)); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("its key is still there: %v", err)
	}
	_, err := c.Enrol(t.Context(), home, enrolment.Request{Token: token.String(), CSR: csrOf(t, newKey(t))})
	must(t, err) // it knew the new one

	// Until nodes could be told, it is tried again.
	told, of := 0, []string(nil)
	for _, err := range []error{errors.New("no broker"), nil, nil} {
		c.OnEnded(func(_ context.Context, ids []string) error { told++; of = ids; return err })
		if got := c.tellEnded(t.Context()); !errors.Is(got, err) {
			t.Errorf("%v, want %v", got, err)
		}
	}
	if told != 2 || !slices.Equal(of, []string{id}) {
		t.Errorf("told %d times, of %v", told, of)
	}
	log, err := c.reg.Audit(t.Context(), registry.AuditFilter{Action: "ca.end"})
	must(t, err)
	if len(log) != 1 || log[0].Name != technician.Name {
		t.Errorf("audit: %+v", log)
	}
}

// TestEndsByItself when the last node in service has shown a newer certificate and no
// open token knows the old authority.
func TestEndsByItself(t *testing.T) {
	c := open(t)
	f, g := c.enrol(node), c.enrol(other)
	third := nodeNumber(3)
	must(t, c.reg.Claim(t.Context(), third, site))
	old := c.token(third)
	c.add(day / 2)
	must(t, c.Rotate(t.Context(), technician))
	must(t, c.tend(t.Context()))
	must(t, c.Begin(t.Context(), technician))
	count := func(want int) {
		t.Helper()
		must(t, c.tend(t.Context()))
		if n := len(c.CAs()); n != want {
			t.Fatalf("%d authorities, want %d", n, want)
		}
	}
	count(2)
	must(t, f.renew())
	must(t, f.contact())
	count(2)
	must(t, c.reg.Retire(t.Context(), technician, other, "dicuri"))
	count(2)
	s, err := c.Stranded(t.Context(), c.CAs()[0].ID)
	must(t, err)
	if len(s.Tokens) != 1 || s.Tokens[0] != old.Node {
		t.Fatalf("%+v", s)
	}
	c.add(day) // the token expires
	count(1)
	if err := g.contact(); err == nil {
		t.Error("a retired node is let in")
	}

	// A node that never comes does not keep it for ever.
	must(t, c.Rotate(t.Context(), technician))
	c.add(distribution + day)
	count(2)
	c.add(renewable)
	count(1)
}
