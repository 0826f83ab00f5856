package authority

import (
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/siaga-id/siaga/gateway/registry"
	"github.com/siaga-id/siaga/internal/reading"
	"github.com/siaga-id/siaga/internal/trust"
)

// TestRotation goes through the years day by day: nodes that renew at two thirds,
// whenever they began, are in contact before they renew, when what they know is
// oldest, and on each day around those on which another authority issues or the old
// one goes.
func TestRotation(t *testing.T) {
	c := open(t)
	var fields []*field
	for i := range 6 { // one each ten days, before the rotation
		must(t, c.reg.Claim(t.Context(), nodeNumber(i), site))
		fields = append(fields, c.enrol(nodeNumber(i)))
		c.add(10 * day)
	}
	first := c.CAs()[0]
	must(t, c.Rotate(t.Context(), technician))
	if err := c.Rotate(t.Context(), technician); !errors.Is(err, ErrRotating) {
		t.Errorf("a second rotation: %v", err)
	}
	began, contacts := c.clock(), 0
	for range 400 {
		c.add(day)
		age := c.clock().Sub(began)
		changes := min((age-distribution).Abs(), (age-2*distribution).Abs()) <= 3*day
		for i, f := range fields {
			due := !c.clock().Before(f.answer.RenewAfter)
			if due || changes {
				if err := f.contact(); err != nil {
					t.Fatalf("node %d, %v after the rotation: %v", i, age, err)
				}
				contacts++
			}
			if due {
				must(t, f.renew())
			}
		}
		cas := c.CAs()
		issuer := cas[len(cas)-1]
		if age < distribution {
			issuer = cas[0]
		}
		if !issuer.Issues || (age < 2*distribution) != (len(cas) == 2) {
			t.Fatalf("after %v: %+v", age, cas)
		}
	}
	if contacts < 100 {
		t.Errorf("%d contacts", contacts)
	}
	for _, f := range fields {
		if len(f.answer.CAs) != 1 || sha256.Sum256(f.answer.CAs[0]) == first.Fingerprint {
			t.Errorf("a node still trusts %d authorities", len(f.answer.CAs))
		}
	}
	c.start() // all of it is also so after a restart
	for _, f := range fields {
		must(t, f.contact())
	}
	must(t, c.Rotate(t.Context(), technician))
}

func nodeNumber(i int) reading.NodeID { return reading.NodeID(fmt.Sprintf("desa-%02d", i)) }

// TestAwayDuringRotation: a node that slept through the whole of it, and a token
// that was made before, still know the center.
func TestAwayDuringRotation(t *testing.T) {
	c := open(t)
	f := c.enrol(node)
	token := c.token(other)
	must(t, c.Rotate(t.Context(), technician))
	c.add(distribution + day)
	if cas := c.CAs(); !cas[1].Issues {
		t.Fatalf("%+v", cas)
	}
	// It trusts only the old one; its certificate has expired, which only a renewal
	// forgives.
	if err := f.contact(); !errors.Is(err, ErrExpired) {
		t.Errorf("with an expired certificate: %v", err)
	}
	must(t, f.renew())
	must(t, f.contact())

	// A first contact that knows the old one's fingerprint, as package trust makes it.
	if _, err := handshake(t, c.TLS("http/1.1"), trust.Config(trust.Options{Pin: &token.CA, Now: c.clock}, "center.siaga.internal")); err != nil {
		t.Errorf("by a token's fingerprint: %v", err)
	}
	for i := range 2 { // and through two further ones
		must(t, c.Rotate(t.Context(), technician))
		c.add(distribution + day)
		late := c.enrol(node)
		late.answer.CAs = f.answer.CAs
		if err := late.contact(); err != nil {
			t.Errorf("rotation %d: %v", i, err)
		}
	}
}

// TestClockSetBack: what was issued in a wrong future stays good, and a rotation
// after it still makes the youngest.
func TestClockSetBack(t *testing.T) {
	c := open(t)
	f := c.enrol(node)
	c.add(30 * day)
	g := c.enrol(other)
	c.add(-200 * day)
	if _, _, err := c.Node(g.state()); err != nil {
		t.Errorf("issued in the future: %v", err)
	}
	must(t, c.Rotate(t.Context(), technician))
	if cas := c.CAs(); !cas[0].Issues || cas[1].Issues {
		t.Errorf("the new one issues at once: %+v", cas)
	}
	must(t, f.renew())
	if leaf := f.leaf(); leaf.NotBefore.Before(c.cas[0].cert.NotBefore) {
		t.Errorf("valid before its authority: %v", leaf.NotBefore)
	}
	own, err := c.ownNow()
	must(t, err)
	if own.Leaf.NotBefore.Before(c.cas[0].cert.NotBefore) {
		t.Errorf("the center's own is valid before its authority")
	}
}

// TestMadeIn1970: a center that began before its clock was set, with an authority
// that has long ended since, has another at once, not when that is known to nodes.
func TestMadeIn1970(t *testing.T) {
	c := &center{t: t, dir: t.TempDir(), now: time.Unix(60, 0).UTC()}
	c.start()
	must(t, c.reg.Claim(t.Context(), node, site))
	c.mu.Lock()
	c.now = time.Date(2026, 12, 1, 8, 0, 0, 0, time.UTC)
	c.mu.Unlock()
	must(t, c.tend(t.Context()))
	f := c.enrol(node)
	must(t, f.contact())
	c.add(60 * day)
	must(t, f.renew())
	must(t, f.contact())
}

// TestRotatesByItself: nobody has to remember it in eight years.
func TestRotatesByItself(t *testing.T) {
	c := open(t)
	must(t, c.tend(t.Context()))
	if n := len(c.CAs()); n != 1 {
		t.Fatalf("%d authorities at first", n)
	}
	c.add(caValidity - rotateBefore + day)
	must(t, c.tend(t.Context()))
	must(t, c.tend(t.Context()))
	if n := len(c.CAs()); n != 2 {
		t.Fatalf("%d authorities two years before the end", n)
	}
	log, err := c.reg.Audit(t.Context(), registry.AuditFilter{Action: "ca.rotate"})
	must(t, err)
	if len(log) != 1 || log[0].Name != "system" {
		t.Errorf("audit: %+v", log)
	}
}

// TestRotateKilled: an authority that was being written when the program was
// killed was never there.
func TestRotateKilled(t *testing.T) {
	c := open(t)
	b, err := c.cas[0].encode()
	must(t, err)
	for n := range len(b) / 100 {
		half := filepath.Join(c.opt.Dir, newPrefix+"ca-0000.pem")
		must(t, writeFile(half, b[:n*100]))
		if _, err := Open(c.options()); err != nil {
			t.Fatal(err)
		}
	}
}

func TestOwnCertificate(t *testing.T) {
	c := open(t)
	var seen *x509.Certificate
	show := func() *x509.Certificate {
		cert, err := c.certificate(&tls.ClientHelloInfo{ServerName: "center.siaga.internal"})
		must(t, err)
		return cert.Leaf
	}
	for _, step := range []struct {
		after float64 // days
		again bool
	}{{0, false}, {1, true}, {58, true}, {2, false}, {200, false}, {-300, false}, {-3000, false}, {3000, false}} {
		c.add(daysOf(step.after))
		leaf := show()
		if (leaf == seen) != step.again {
			t.Errorf("after %v days more: again %v", step.after, leaf == seen)
		}
		if c.clock().After(leaf.NotAfter) {
			t.Errorf("after %v days more it has expired", step.after)
		}
		seen = leaf
	}
	for _, name := range []string{"center.siaga.internal", "pusat.kab.example", "10.20.0.2"} {
		if err := seen.VerifyHostname(name); err != nil {
			t.Error(err)
		}
	}
	if seen.VerifyHostname("127.0.0.1") == nil || seen.VerifyHostname("fe80::1") == nil {
		t.Error("it is made out to an address that nobody else can reach")
	}
	c.Listening([]string{"192.168.4.1:443"})
	c.add(2 * namesEvery)
	if err := show().VerifyHostname("192.168.4.1"); err != nil {
		t.Errorf("another address: %v", err)
	}
}
