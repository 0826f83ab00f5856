package authority

import (
	"bytes"
	"crypto/x509"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/siaga-id/siaga/gateway/registry"
	"github.com/siaga-id/siaga/internal/enrolment"
	"github.com/siaga-id/siaga/internal/reading"
)

func TestEnrol(t *testing.T) {
	c := open(t)
	f := c.enrol(node)
	leaf := f.leaf()
	if leaf.Subject.CommonName != string(node) || len(leaf.URIs) != 1 || leaf.URIs[0].String() != "siaga:node:sutojayan-01" ||
		len(leaf.DNSNames)+len(leaf.IPAddresses)+len(leaf.EmailAddresses) > 0 || leaf.IsCA ||
		len(leaf.ExtKeyUsage) != 1 || leaf.ExtKeyUsage[0] != x509.ExtKeyUsageClientAuth {
		t.Errorf("%+v", leaf)
	}
	now := c.clock()
	if got := leaf.NotAfter.Sub(now); got != 90*day {
		t.Errorf("valid for %v", got)
	}
	if !leaf.NotBefore.Before(now) || f.answer.RenewAfter.Sub(now) < 59*day || f.answer.RenewAfter.Sub(now) > 60*day {
		t.Errorf("valid from %v, to be renewed after %v", leaf.NotBefore, f.answer.RenewAfter)
	}
	if a := f.answer; a.Node != node || a.Site != site || len(a.CAs) != 1 || !a.Time.Equal(now) ||
		len(a.Centers) != 1 || a.Centers[0] != "pusat.kab.example:8883" {
		t.Errorf("%+v", a)
	}
	must(t, f.contact())
	n, err := c.reg.Node(t.Context(), node)
	must(t, err)
	if !n.Claimed || n.Site.Code != site || !c.reg.Enrolled(node) || c.reg.Enrolled(other) {
		t.Errorf("%+v", n)
	}
}

// TestLostReply: the node asks again with the same token and key, also after a
// restart and long after the token's end, and gets what it was given.
func TestLostReply(t *testing.T) {
	c := open(t)
	req := enrolment.Request{Token: c.token(node).String(), CSR: csrOf(t, newKey(t))}
	first, err := c.Enrol(t.Context(), home, req)
	must(t, err)
	for _, later := range []time.Duration{0, time.Second, 2 * day, 80 * day} {
		c.add(later)
		c.start()
		again, err := c.Enrol(t.Context(), "10.9.9.9", req)
		must(t, err)
		if !bytes.Equal(again.Certificate, first.Certificate) {
			t.Errorf("%v later: another certificate", later)
		}
	}
	certs, err := c.reg.Certificates(t.Context(), node)
	must(t, err)
	if len(certs) != 1 {
		t.Errorf("%d certificates", len(certs))
	}
	c.add(30 * day)
	if _, err := c.Enrol(t.Context(), home, req); code(err) != enrolment.TokenExpired {
		t.Errorf("after the certificate's end: %v", err)
	}
}

// TestKilledBeforeTheRow: a certificate that was signed but not written down gave
// nobody anything, and the token is as good as before.
func TestKilledBeforeTheRow(t *testing.T) {
	c := open(t)
	token, key := c.token(node), newKey(t)
	r, err := parseCSR(csrOf(t, key))
	must(t, err)
	killed := errors.New("killed")
	_, err = c.reg.Enrol(t.Context(), registry.Enrolment{Node: node, Digest: token.Digest(), Key: r.digest}, func(n reading.NodeID) (registry.Certificate, error) {
		if _, err := c.issue(n, r); err != nil {
			t.Error(err)
		}
		return registry.Certificate{}, killed
	})
	if !errors.Is(err, killed) {
		t.Fatal(err)
	}
	c.start()
	if c.reg.Enrolled(node) {
		t.Error("it counts as enrolled")
	}
	if _, err := c.Enrol(t.Context(), home, enrolment.Request{Token: token.String(), CSR: csrOf(t, newKey(t))}); err != nil {
		t.Error(err)
	}
}

// TestTokenRefused is the part of the attack table that is about tokens.
func TestTokenRefused(t *testing.T) {
	for name, tc := range map[string]struct {
		attack func(c *center, token *enrolment.Token)
		want   enrolment.Code
	}{
		"used with another key": {func(c *center, token *enrolment.Token) {
			_, err := c.Enrol(t.Context(), home, enrolment.Request{Token: token.String(), CSR: csrOf(t, newKey(t))})
			must(t, err)
		}, enrolment.TokenUsed},
		"expired":          {func(c *center, _ *enrolment.Token) { c.add(day) }, enrolment.TokenExpired},
		"withdrawn":        {func(c *center, _ *enrolment.Token) { c.withdrawAll() }, enrolment.TokenWithdrawn},
		"guessed":          {func(_ *center, token *enrolment.Token) { token.Secret[0]++ }, enrolment.TokenUnknown},
		"for another node": {func(_ *center, token *enrolment.Token) { token.Node = other }, enrolment.TokenUnknown},
		"of a retired node": {func(c *center, _ *enrolment.Token) {
			must(t, c.reg.Retire(t.Context(), technician, node, "dicuri"))
		}, enrolment.NodeRetired},
		"after a newer one was used": {func(c *center, _ *enrolment.Token) { c.enrol(node) }, enrolment.TokenWithdrawn},
	} {
		t.Run(name, func(t *testing.T) {
			c := open(t)
			token := c.token(node)
			tc.attack(c, &token)
			before, err := c.reg.Certificates(t.Context(), node)
			must(t, err)
			_, err = c.Enrol(t.Context(), home, enrolment.Request{Token: token.String(), CSR: csrOf(t, newKey(t))})
			if code(err) != tc.want {
				t.Errorf("%v, want %s", err, tc.want)
			}
			after, err := c.reg.Certificates(t.Context(), node)
			must(t, err)
			if len(after) != len(before) {
				t.Error("it got a certificate")
			}
			yes := true
			log, err := c.reg.Audit(t.Context(), registry.AuditFilter{Action: "token.use", Refused: &yes})
			must(t, err)
			if audited := tc.want != enrolment.TokenUnknown; (len(log) == 1) != audited {
				t.Errorf("audit: %+v", log)
			}
			for _, e := range log {
				if e.Address != home || bytes.Contains(e.After, []byte(enrolment.Prefix)) {
					t.Errorf("audit: %+v", e)
				}
			}
		})
	}
}

func (c *center) withdrawAll() {
	c.t.Helper()
	all, err := c.reg.EnrolmentTokens(c.t.Context(), node)
	must(c.t, err)
	for _, one := range all {
		must(c.t, c.reg.WithdrawEnrolmentToken(c.t.Context(), technician, one.ID))
	}
}

// TestEnrolAgain: a repaired node's new card is the only one that counts.
func TestEnrolAgain(t *testing.T) {
	c := open(t)
	var barred []reading.NodeID
	c.reg.OnBarred(func(n reading.NodeID) { barred = append(barred, n) })
	old := c.enrol(node)
	if barred != nil {
		t.Errorf("the first enrolment ends sessions of %v", barred)
	}
	repaired := c.enrol(node)
	if len(barred) != 1 || barred[0] != node {
		t.Errorf("sessions ended of %v", barred)
	}
	for range 2 {
		if err := old.contact(); !errors.Is(err, registry.ErrRevoked) {
			t.Errorf("the old card: %v", err)
		}
		if err := old.renew(); code(err) != enrolment.Revoked {
			t.Errorf("the old card renews: %v", err)
		}
		must(t, repaired.contact())
		c.start()
	}
}

func TestRenew(t *testing.T) {
	c := open(t)
	f := c.enrol(node)
	before := f.answer
	must(t, f.renew())
	if !bytes.Equal(f.answer.Certificate, before.Certificate) {
		t.Error("renewed though it is fresh: whoever asks all the time fills the registry")
	}
	c.add(61 * day)
	must(t, f.renew())
	renewed := f.answer
	if bytes.Equal(renewed.Certificate, before.Certificate) {
		t.Fatal("not renewed after two thirds")
	}
	f.answer = before // the reply was lost
	must(t, f.contact())
	must(t, f.renew())
	if !bytes.Equal(f.answer.Certificate, renewed.Certificate) {
		t.Error("a lost reply costs another certificate")
	}
	f.key = newKey(t) // the key may change
	must(t, f.renew())
	must(t, f.contact())
}

// TestRenewAfterExpiry: what stood in a warehouse for up to a year comes back by
// itself.
func TestRenewAfterExpiry(t *testing.T) {
	c := open(t)
	f := c.enrol(node)
	c.add(90*day + 365*day)
	if err := f.contact(); !errors.Is(err, ErrExpired) {
		t.Errorf("an expired certificate is for renewal only: %v", err)
	}
	away := *f
	must(t, f.renew())
	must(t, f.contact())
	c.add(time.Second)
	if err := away.renew(); code(err) != enrolment.TooOld {
		t.Errorf("after more than a year: %v", err)
	}
}

// TestRetired: nothing of it works again, at once and after a restart.
func TestRetired(t *testing.T) {
	c := open(t)
	var barred []reading.NodeID
	c.reg.OnBarred(func(n reading.NodeID) { barred = append(barred, n) })
	f, g := c.enrol(node), c.enrol(other)
	token := c.token(node)
	must(t, c.reg.Retire(t.Context(), technician, node, "dicuri"))
	if len(barred) == 0 || barred[0] != node {
		t.Errorf("sessions ended of %v", barred)
	}
	for range 2 {
		if err := f.contact(); !errors.Is(err, registry.ErrRetired) {
			t.Errorf("contact: %v", err)
		}
		if err := f.renew(); code(err) != enrolment.NodeRetired {
			t.Errorf("renewal: %v", err)
		}
		if _, err := c.Enrol(t.Context(), home, enrolment.Request{Token: token.String(), CSR: csrOf(t, newKey(t))}); code(err) != enrolment.NodeRetired {
			t.Errorf("a token: %v", err)
		}
		if _, _, err := c.NewToken(t.Context(), technician, node, day); !errors.Is(err, registry.ErrRetired) {
			t.Errorf("a new token: %v", err)
		}
		must(t, g.contact())
		c.start()
	}
}

func TestNewToken(t *testing.T) {
	c := open(t)
	for valid, want := range map[time.Duration]error{0: ErrValidity, -day: ErrValidity, MaxTokenValidity + 1: ErrValidity, MaxTokenValidity: nil} {
		if _, _, err := c.NewToken(t.Context(), technician, node, valid); !errors.Is(err, want) {
			t.Errorf("%v: %v, want %v", valid, err, want)
		}
	}
	if _, _, err := c.NewToken(t.Context(), technician, "tak-ada", day); !errors.Is(err, registry.ErrNotFound) {
		t.Errorf("a node that there is not: %v", err)
	}
	var err error
	for range 20 {
		if _, _, err = c.NewToken(t.Context(), technician, node, day); err != nil {
			break
		}
	}
	if !errors.Is(err, registry.ErrTooManyOpenTokens) {
		t.Errorf("ever more tokens: %v", err)
	}
	c.Listening(nil)
	if _, _, err := c.NewToken(t.Context(), technician, other, day); !errors.Is(err, ErrNoAddress) {
		t.Errorf("nowhere to go: %v", err)
	}
	all, err := c.reg.EnrolmentTokens(t.Context(), node)
	must(t, err)
	if len(all) != 10 || all[0].By != technician.Name {
		t.Errorf("%d tokens: %+v", len(all), all[0])
	}
}

func TestCenters(t *testing.T) {
	for _, tc := range []struct{ names, addrs, want []string }{
		{nil, nil, nil},
		{nil, []string{"0.0.0.0:8883"}, []string{"10.20.0.2:8883"}},
		{nil, []string{"10.20.0.2:443", "[::]:8883"}, []string{"10.20.0.2:443", "10.20.0.2:8883"}},
		{[]string{"a.example:443", "b.example", "10.0.0.9", "fd00::1"}, []string{":8883"}, []string{"a.example:443", "b.example:8883", "10.0.0.9:8883", "[fd00::1]:8883"}},
		{[]string{"a", "b", "c", "d", "e", "f", "g", "h", "i"}, []string{":1"}, []string{"a:1", "b:1", "c:1", "d:1", "e:1", "f:1", "g:1", "h:1"}},
	} {
		c := open(t)
		c.opt.Names = tc.names
		c.Listening(tc.addrs)
		if got := c.Centers(); !slices.Equal(got, tc.want) {
			t.Errorf("%v at %v: %v, want %v", tc.names, tc.addrs, got, tc.want)
		}
	}
}
