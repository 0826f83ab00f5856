package enrol

import (
	"context"
	"errors"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/siaga-id/siaga/internal/enrolment"
	"github.com/siaga-id/siaga/internal/enrolment/enrolmenttest"
	"github.com/siaga-id/siaga/internal/trust"
)

const node = "uji-01"

// steps notes what people are told.
func steps(all *[]Step) Options {
	return Options{Tell: func(e Event) { *all = append(*all, e.Step) }}
}

func TestEnrol(t *testing.T) {
	c := enrolmenttest.New(t, time.Now)
	s := Open(t.TempDir())
	if _, err := s.Load(); !errors.Is(err, ErrNone) {
		t.Fatal(err)
	}
	var told []Step
	token := c.Token(node)
	id, err := s.Enrol(t.Context(), token, steps(&told))
	if err != nil {
		t.Fatal(err)
	}
	if want := []Step{KeyMade, Asking, Stored}; !slices.Equal(told, want) {
		t.Errorf("told %v, want %v", told, want)
	}
	again, err := s.Load()
	if err != nil || !again.Same(id) || id.Node != node || id.Site != enrolmenttest.Site || !slices.Equal(id.URLs(), []string{"tls://" + c.Address()}) || id.Tentative() {
		t.Errorf("%+v, %v", again, err)
	}
	if due := id.Due(); due.Before(id.RenewAfter) || !due.Before(id.Until()) {
		t.Errorf("due %v, between %v and %v", due, id.RenewAfter, id.Until())
	}
	// The same token again, such as from a card that cannot be written, asks nothing.
	told = nil
	if twice, err := s.Enrol(t.Context(), token, steps(&told)); err != nil || !twice.Same(id) || !slices.Equal(told, []Step{Already}) {
		t.Errorf("%v, told %v", err, told)
	}
	if next, err := s.Renew(t.Context(), Options{}); err != nil || next.Same(id) || !next.By(token) {
		t.Errorf("renewed: %v", err)
	}
	// Another token takes its place.
	if other, err := s.Enrol(t.Context(), c.Token(node), Options{}); err != nil || other.Same(id) || other.By(token) {
		t.Errorf("enrolled again: %v", err)
	}
}

// TestIn1970: neither the node's clock nor its build knows the year.
func TestIn1970(t *testing.T) {
	c := enrolmenttest.New(t, time.Now)
	s := Open(t.TempDir())
	in1970 := Options{Now: func() time.Time { return time.Unix(17, 0) }}
	if _, err := s.Enrol(t.Context(), c.Token(node), in1970); err != nil {
		t.Fatal(err)
	}
	id, err := s.Renew(t.Context(), in1970)
	if err != nil {
		t.Fatal(err)
	}
	tr := id.Trust(in1970.Now, nil)
	if at := tr.Earliest(); time.Since(at) > time.Minute {
		t.Errorf("the present is known to be after %v", at)
	}
	ahead := Options{Now: func() time.Time { return time.Now().AddDate(30, 0, 0) }}
	_, err = s.Enrol(t.Context(), c.Token(node), ahead)
	if _, late := trust.TooLate(err); !late {
		t.Errorf("a clock that is ahead: %v", err)
	}
}

// TestPowerCuts cuts the power before every step, and loses replies besides: the
// node is in the end enrolled by the same token.
func TestPowerCuts(t *testing.T) {
	c := enrolmenttest.New(t, time.Now)
	first := newFakeDisk()
	old, err := (&Store{disk: first}).Enrol(t.Context(), c.Token(node), Options{})
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(rt *rapid.T) {
		disk := first.copied()
		token := c.Token(node)
		for range rapid.IntRange(1, 3).Draw(rt, "cuts") {
			disk.steps = rapid.IntRange(0, 14).Draw(rt, "steps until the cut")
			if rapid.Bool().Draw(rt, "the reply is lost") {
				c.Do(func() { c.LoseReplies = 1 })
			}
			_, err := (&Store{disk: disk}).Enrol(context.Background(), token, Options{})
			c.Do(func() { c.LoseReplies = 0 })
			disk = disk.restart(rt)
			now, lerr := (&Store{disk: disk}).Load()
			if lerr != nil {
				rt.Fatalf("neither the old nor the new identity is there: %v", lerr)
			}
			if !now.By(token) && (!now.Same(old) || err == nil) {
				rt.Fatalf("enrolled (%v), and lost in a power cut", err)
			}
		}
		if id, err := (&Store{disk: disk}).Enrol(context.Background(), token, Options{}); err != nil || !id.By(token) {
			rt.Fatal(err)
		}
		if _, err := (&Store{disk: disk}).Renew(context.Background(), Options{}); err != nil {
			rt.Fatal(err)
		}
	})
}

// TestPowerCutsInRenewal: whatever is cut, the node has an identity that the center
// takes.
func TestPowerCutsInRenewal(t *testing.T) {
	c := enrolmenttest.New(t, time.Now)
	first := newFakeDisk()
	if _, err := (&Store{disk: first}).Enrol(t.Context(), c.Token(node), Options{}); err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(rt *rapid.T) {
		disk := first.copied()
		for range 3 {
			disk.steps = rapid.IntRange(0, 14).Draw(rt, "steps until the cut")
			if rapid.Bool().Draw(rt, "the reply is lost") {
				c.Do(func() { c.LoseReplies = 1 })
			}
			next, err := (&Store{disk: disk}).Renew(context.Background(), Options{})
			c.Do(func() { c.LoseReplies = 0 })
			disk = disk.restart(rt)
			now, lerr := (&Store{disk: disk}).Load()
			if lerr != nil || err == nil && !now.Same(next) {
				rt.Fatalf("%v: %v", err, lerr)
			}
		}
		if _, err := (&Store{disk: disk}).Renew(context.Background(), Options{}); err != nil {
			rt.Fatal(err)
		}
	})
}

func TestRefusals(t *testing.T) {
	for name, tc := range map[string]struct {
		spoil func(*enrolmenttest.Center, *enrolment.Token)
		want  string
	}{
		"expired":   {func(c *enrolmenttest.Center, t *enrolment.Token) { c.Expire(*t) }, "token_expired"},
		"withdrawn": {func(c *enrolmenttest.Center, t *enrolment.Token) { c.Withdraw(*t) }, "token_withdrawn"},
		"unknown":   {func(_ *enrolmenttest.Center, t *enrolment.Token) { t.Secret[0]++ }, "token_unknown"},
		"not ours":  {func(_ *enrolmenttest.Center, t *enrolment.Token) { t.CA[0]++ }, "does not belong to the authority"},
		"busy": {func(c *enrolmenttest.Center, _ *enrolment.Token) {
			c.Refuse = enrolment.Refuse(enrolment.Busy, "")
		}, "not reached: 127.0.0.1"},
		"nobody": {func(_ *enrolmenttest.Center, t *enrolment.Token) { t.Centers = []string{"127.0.0.1:1"} }, "connection refused"},
		"another node": {func(c *enrolmenttest.Center, _ *enrolment.Token) {
			c.Change = func(a *enrolment.Answer) { a.Node = "uji-02" }
		}, `it is for node "uji-02"`},
		"another's certificate": {func(c *enrolmenttest.Center, t *enrolment.Token) {
			if _, err := (&Store{disk: newFakeDisk()}).Enrol(context.Background(), c.Token("uji-02"), Options{}); err != nil {
				panic(err)
			}
			c.Change = func(a *enrolment.Answer) { a.Certificate = c.Issued[0].Raw }
		}, "for another key"},
		"no site": {func(c *enrolmenttest.Center, _ *enrolment.Token) {
			c.Change = func(a *enrolment.Answer) { a.Site = "x" }
		}, "site code"},
		"no authority": {func(c *enrolmenttest.Center, _ *enrolment.Token) {
			c.Change = func(a *enrolment.Answer) { a.CAs = nil }
		}, "no authority"},
		"no center": {func(c *enrolmenttest.Center, _ *enrolment.Token) {
			c.Change = func(a *enrolment.Answer) { a.Centers = nil }
		}, "0 addresses"},
		"no certificate": {func(c *enrolmenttest.Center, _ *enrolment.Token) {
			c.Change = func(a *enrolment.Answer) { a.Certificate = nil }
		}, "read certificate"},
		"another authority": {func(c *enrolmenttest.Center, _ *enrolment.Token) {
			c.Change = func(a *enrolment.Answer) { a.CAs = [][]byte{enrolmenttest.NewAuthority("other", time.Now()).Cert.Raw} }
		}, "unknown authority"},
	} {
		t.Run(name, func(t *testing.T) {
			c := enrolmenttest.New(t, time.Now)
			s, token := Open(t.TempDir()), c.Token(node)
			tc.spoil(c, &token)
			_, err := s.Enrol(t.Context(), token, Options{})
			if err == nil || !strings.Contains(err.Error(), tc.want) || strings.Contains(err.Error(), enrolment.Prefix) {
				t.Errorf("%v, want %q", err, tc.want)
			}
			if _, err := s.Load(); !errors.Is(err, ErrNone) {
				t.Error(err)
			}
		})
	}
}

// TestEachAddressIsTried, and for each that did not help it is told why.
func TestEachAddressIsTried(t *testing.T) {
	c := enrolmenttest.New(t, time.Now)
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	token := c.Token(node)
	token.Centers = []string{silent.Addr().String(), c.Address()}
	if err := silent.Close(); err != nil {
		t.Fatal(err)
	}
	var told []Step
	if _, err := Open(t.TempDir()).Enrol(t.Context(), token, steps(&told)); err != nil {
		t.Fatal(err)
	}
	if want := []Step{KeyMade, Asking, Unreached, Asking, Stored}; !slices.Equal(told, want) {
		t.Errorf("told %v, want %v", told, want)
	}
}

func TestDamage(t *testing.T) {
	c := enrolmenttest.New(t, time.Now)
	disk := newFakeDisk()
	s := &Store{disk: disk}
	if _, err := s.Enrol(t.Context(), c.Token(node), Options{}); err != nil {
		t.Fatal(err)
	}
	whole := disk.names[identityFile].bytes
	for n := range len(whole) - 1 {
		if n%97 != 0 {
			continue
		}
		disk.names[identityFile].bytes = whole[:n]
		var damage *DamageError
		if _, err := s.Load(); !errors.As(err, &damage) {
			t.Fatalf("%d bytes: %v", n, err)
		}
	}
	// A new token heals it.
	if _, err := s.Enrol(t.Context(), c.Token(node), Options{}); err != nil {
		t.Error(err)
	}
}
