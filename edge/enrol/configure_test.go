package enrol

import (
	"encoding/pem"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/siaga-id/siaga/internal/enrolment"
	"github.com/siaga-id/siaga/internal/enrolment/enrolmenttest"
)

func pemOf(a *enrolmenttest.Authority) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: a.Cert.Raw}))
}

// TestTheNewerWordCounts, of what renewals tell and what the configuration says,
// field by field.
func TestTheNewerWordCounts(t *testing.T) {
	c := enrolmenttest.New(t, time.Now)
	s := Open(t.TempDir())
	is := func(what string, cas int, brokers []string, centers ...string) {
		t.Helper()
		id, err := s.Load()
		if err != nil || len(id.Authorities) != cas || !slices.Equal(id.Centers, centers) || !slices.Equal(id.Brokers, brokers) {
			t.Fatalf("%s: %d authorities, %v, %v, %v", what, len(id.Authorities), id.Centers, id.Brokers, err)
		}
	}
	configure := func(to enrolment.Center, trial bool) {
		t.Helper()
		if err := s.Configure(to, trial); err != nil {
			t.Fatal(err)
		}
	}
	renew := func() {
		t.Helper()
		if _, err := s.Renew(t.Context(), Options{}); err != nil {
			t.Fatal(err)
		}
	}
	configure(enrolment.Center{Addresses: []string{"127.0.0.1:3"}}, true) // not enrolled: the token tells
	if _, err := s.Enrol(t.Context(), c.Token(node), Options{}); err != nil {
		t.Fatal(err)
	}
	home := c.Address()
	is("enrolled", 1, nil, home)

	two := enrolment.Center{Addresses: []string{home, "127.0.0.1:2"}, Brokers: []string{"127.0.0.1:4"}}
	configure(two, true)
	is("configured", 1, []string{"127.0.0.1:4"}, home, "127.0.0.1:2")
	if id, err := s.Load(); err != nil || id.Tentative() || id.URLs()[0] != "tls://127.0.0.1:4" {
		t.Fatalf("%v", err)
	}
	renew()
	is("the renewal says nothing new", 1, []string{"127.0.0.1:4"}, home, "127.0.0.1:2")
	configure(enrolment.Center{}, false)
	is("given back", 1, nil, home)

	configure(two, false)
	next := enrolmenttest.NewAuthority("next", time.Now())
	c.Do(func() { c.CAs = append(c.CAs, next.Cert) })
	renew()
	is("the renewal tells of another authority", 2, []string{"127.0.0.1:4"}, home, "127.0.0.1:2")
	configure(two, false)
	is("the same word again", 2, []string{"127.0.0.1:4"}, home, "127.0.0.1:2")
	moved := enrolment.Center{Addresses: []string{"127.0.0.1:5"}, Brokers: two.Brokers}
	configure(moved, true)
	is("other addresses, and no word of authorities", 2, []string{"127.0.0.1:4"}, "127.0.0.1:5")
	configure(two, true)

	one := enrolment.Center{CAs: []string{pemOf(c.Authority)}}
	configure(one, false)
	third := enrolmenttest.NewAuthority("third", time.Now())
	c.Do(func() { c.CAs = append(c.CAs, third.Cert) })
	renew()
	is("the renewal tells more than the configuration did", 3, nil, home)
	configure(enrolment.Center{CAs: []string{pemOf(next), pemOf(third)}}, true)
	is("two others", 2, nil, home)
	configure(one, true)
	is("what the renewal told is back", 3, nil, home)
	configure(two, false)
	is("as before", 3, []string{"127.0.0.1:4"}, home, "127.0.0.1:2")
	c.Do(func() { c.CAs = c.CAs[:2] })
	renew()

	configure(enrolment.Center{CAs: []string{pemOf(c.Authority)}}, true)
	is("fewer authorities", 1, nil, home)
	configure(enrolment.Center{CAs: []string{pemOf(next)}}, true) // before the last was proven
	is("another one", 1, nil, home)
	configure(two, true)
	is("all given back", 2, []string{"127.0.0.1:4"}, home, "127.0.0.1:2")

	configure(enrolment.Center{CAs: []string{pemOf(c.Authority)}}, true)
	configure(enrolment.Center{CAs: []string{pemOf(c.Authority)}}, false)
	if id, err := s.Load(); err != nil || id.text.Undo != nil {
		t.Errorf("once it is proven there is something to go back to, %v", err)
	}
	// A new token is the newest word.
	if _, err := s.Enrol(t.Context(), c.Token(node), Options{}); err != nil {
		t.Fatal(err)
	}
	configure(enrolment.Center{CAs: []string{pemOf(c.Authority)}}, false)
	is("enrolled again", 2, nil, home)
}

// TestConfiguredWhileItRenews: neither takes back what the other has written meanwhile.
func TestConfiguredWhileItRenews(t *testing.T) {
	c := enrolmenttest.New(t, time.Now)
	dir := t.TempDir()
	s := Open(dir)
	first, err := s.Enrol(t.Context(), c.Token(node), Options{})
	if err != nil {
		t.Fatal(err)
	}
	said := enrolment.Center{Brokers: []string{"127.0.0.1:4"}}
	next := enrolmenttest.NewAuthority("next", time.Now())
	c.Do(func() {
		c.CAs = append(c.CAs, next.Cert)
		c.Change = func(*enrolment.Answer) {
			if err := Open(dir).Configure(said, true); err != nil {
				t.Error(err)
			}
		}
	})
	id, err := s.Renew(t.Context(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	if id.Same(first) || !slices.Equal(id.Brokers, said.Brokers) || len(id.Authorities) != 2 || id.text.Undo == nil {
		t.Errorf("%v, %d authorities, undo %v", id.Brokers, len(id.Authorities), id.text.Undo)
	}
	if err := s.confirm(first); !errors.Is(err, errReplaced) {
		t.Errorf("what was read before is written: %v", err)
	}
}

// TestACertificateOfADroppedAuthority is renewed at once, with the authority that
// counts now.
func TestACertificateOfADroppedAuthority(t *testing.T) {
	keep(t, 1000*time.Hour, func(k *kept) {
		first := k.enrol()
		next := enrolmenttest.NewAuthority("next", k.center.Now())
		k.center.Do(func() {
			k.center.CAs = append(k.center.CAs, next.Cert)
			k.center.Authority = next
		})
		if id := k.pass(time.Hour); !id.Same(first) {
			k.Fatal("renewed without need")
		}
		if err := k.store.Configure(enrolment.Center{CAs: []string{pemOf(next)}}, false); err != nil {
			k.Fatal(err)
		}
		id := k.pass(strangerWithin + time.Minute)
		if id.Same(first) || id.Stranger() {
			k.Error("not renewed")
		}
		if n := k.asked(); n != 1 || k.anew.Load() != 1 {
			k.Errorf("asked %d times, connected anew %d times", n, k.anew.Load())
		}
	})
}

// TestASignatureIsVerifiedOnce for each file, and not at every look of a Keeper: what
// is spoilt in memory afterwards is not found out.
func TestASignatureIsVerifiedOnce(t *testing.T) {
	keep(t, 1000*time.Hour, func(k *kept) {
		k.enrol()
		id := k.pass(time.Minute)
		id.Certificate.Leaf.Signature = nil
		if again := k.pass(time.Hour); again != id || k.asked() != 0 {
			k.Errorf("verified again: renewed %d times", k.asked())
		}
		// Another file, of which the same is true, is looked at anew.
		next := enrolmenttest.NewAuthority("next", k.center.Now())
		k.center.Do(func() { k.center.CAs, k.center.Authority = append(k.center.CAs, next.Cert), next })
		if err := k.store.Configure(enrolment.Center{CAs: []string{pemOf(next)}}, false); err != nil {
			k.Fatal(err)
		}
		if k.pass(strangerWithin + time.Minute); k.asked() != 1 {
			k.Errorf("another list of authorities: asked %d times", k.asked())
		}
	})
}
