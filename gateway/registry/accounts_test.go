package registry

import (
	"errors"
	"testing"
	"time"
)

func TestTheLastAdminStays(t *testing.T) {
	r, _ := fresh(t)
	ctx := t.Context()
	admin, viewer, yes, no := "admin", "viewer", true, false
	must(t, r.AddAccount(ctx, budi, "Budi", admin, "hash"))
	must(t, r.AddAccount(ctx, budi, "siti", viewer, "hash"))
	if err := r.AddAccount(ctx, budi, "bUDI", viewer, "hash"); !errors.Is(err, ErrExists) {
		t.Errorf("the same name in another case: %v", err)
	}
	for what, err := range map[string]error{
		"removed":  r.RemoveAccount(ctx, budi, "budi"),
		"disabled": second(r.SetAccount(ctx, budi, "budi", AccountChange{Disabled: &yes})),
		"demoted":  second(r.SetAccount(ctx, budi, "budi", AccountChange{Role: &viewer})),
	} {
		if !errors.Is(err, ErrLastAdmin) {
			t.Errorf("%s: %v", what, err)
		}
	}
	// A disabled admin is none.
	must(t, second(r.SetAccount(ctx, budi, "siti", AccountChange{Role: &admin, Disabled: &yes})))
	if err := r.RemoveAccount(ctx, budi, "budi"); !errors.Is(err, ErrLastAdmin) {
		t.Errorf("with a disabled one left: %v", err)
	}
	must(t, second(r.SetAccount(ctx, budi, "siti", AccountChange{Disabled: &no})))
	must(t, r.RemoveAccount(ctx, budi, "budi"))
	if _, _, err := r.Account(ctx, "budi"); !errors.Is(err, ErrNotFound) {
		t.Errorf("removed: %v", err)
	}
	if err := r.RemoveAccount(ctx, budi, "budi"); !errors.Is(err, ErrNotFound) {
		t.Errorf("removed again: %v", err)
	}
	log, err := r.Audit(ctx, AuditFilter{})
	must(t, err)
	for _, e := range log {
		if e.Actor != budi || e.Object != "account:Budi" && e.Object != "account:siti" {
			t.Errorf("%+v", e)
		}
	}
	if len(log) != 5 { // what was refused is not there: nothing was done
		t.Errorf("%d entries", len(log))
	}
}

func second[T any](_ T, err error) error { return err }

func TestSessionsEnd(t *testing.T) {
	r, c := fresh(t)
	ctx := t.Context()
	const idle = time.Hour
	begin := func(d Digest) {
		t.Helper()
		a, _, err := r.Account(ctx, "siti")
		must(t, err)
		must(t, r.AddSession(ctx, budi, d, "siti", a.Changed, c.now().Add(3*time.Hour), nil))
	}
	lives := func(d Digest) bool {
		t.Helper()
		s, err := r.Session(ctx, d, idle)
		if err != nil && !errors.Is(err, ErrNotFound) {
			t.Fatal(err)
		}
		return err == nil && s.Account.Name == "siti"
	}
	viewer, yes, no, hash := "viewer", true, false, "other"
	must(t, r.AddAccount(ctx, budi, "siti", viewer, "hash"))
	for what, end := range map[string]func(Digest){
		"signed out":   func(d Digest) { must(t, r.EndSession(ctx, budi, d)) },
		"idle":         func(Digest) { c.add(idle) },
		"password set": func(Digest) { must(t, second(r.SetAccount(ctx, budi, "siti", AccountChange{Password: &hash}))) },
		"disabled": func(Digest) {
			must(t, second(r.SetAccount(ctx, budi, "siti", AccountChange{Disabled: &yes})))
			must(t, second(r.SetAccount(ctx, budi, "siti", AccountChange{Disabled: &no}))) // it does not live again
		},
		"removed": func(Digest) {
			must(t, r.RemoveAccount(ctx, budi, "siti"))
			must(t, r.AddAccount(ctx, budi, "siti", viewer, "hash")) // another of that name
		},
		"replaced": func(d Digest) {
			a, _, err := r.Account(ctx, "siti")
			must(t, err)
			must(t, r.AddSession(ctx, budi, Digest{9}, "siti", a.Changed, c.now().Add(time.Hour), &d))
		},
		"over": func(d Digest) {
			for range 3 {
				c.add(59 * time.Minute)
				must(t, r.SeeSession(ctx, d))
			}
			if !lives(d) {
				t.Error("ended though it was heard of")
			}
			c.add(3 * time.Minute)
			must(t, r.SeeSession(ctx, d))
		},
		"one too many": func(Digest) {
			for i := range maxSessions {
				c.add(time.Millisecond)
				begin(Digest{2, byte(i)})
			}
		},
	} {
		d := Digest{1}
		must(t, r.EndSession(ctx, budi, d))
		begin(d)
		if !lives(d) || lives(Digest{3}) {
			t.Errorf("%s: lives %v", what, lives(d))
		}
		end(d)
		if lives(d) {
			t.Errorf("%s: the session lives", what)
		}
		c.add(10 * time.Hour)
	}
	// Whoever signs in while his password is changed does not get in by the old.
	a, _, err := r.Account(ctx, "siti")
	must(t, err)
	if err := r.AddSession(ctx, budi, Digest{5}, "siti", a.Changed.Add(-time.Millisecond), c.now().Add(time.Hour), nil); !errors.Is(err, ErrNotFound) {
		t.Errorf("by an old password: %v", err)
	}
}

func TestAccessTokens(t *testing.T) {
	r, c := fresh(t)
	ctx := t.Context()
	made, err := r.AddAccessToken(ctx, budi, AccessToken{ID: "aa", Name: "grafana", Scope: "viewer", Expires: c.now().Add(time.Hour)}, Digest{1})
	must(t, err)
	must(t, second(r.AddAccessToken(ctx, budi, AccessToken{ID: "bb", Name: "skrip", Scope: "ingest"}, Digest{2})))
	if err := second(r.AddAccessToken(ctx, budi, AccessToken{ID: "aa", Scope: "viewer"}, Digest{3})); !errors.Is(err, ErrExists) {
		t.Errorf("the same ID: %v", err)
	}
	got, d, err := r.AccessToken(ctx, "aa")
	if err != nil || got != made || d != (Digest{1}) || got.By != "budi" || !got.Created.Equal(newClock().now()) {
		t.Errorf("%+v %x %v, made %+v", got, d, err, made)
	}
	must(t, r.UseAccessToken(ctx, "bb"))
	c.add(time.Hour)
	if _, _, err := r.AccessToken(ctx, "aa"); !errors.Is(err, ErrNotFound) {
		t.Errorf("expired: %v", err)
	}
	must(t, r.RevokeAccessToken(ctx, budi, "bb"))
	if _, _, err := r.AccessToken(ctx, "bb"); !errors.Is(err, ErrNotFound) {
		t.Errorf("revoked: %v", err)
	}
	if err := r.RevokeAccessToken(ctx, budi, "bb"); !errors.Is(err, ErrNotFound) {
		t.Errorf("revoked again: %v", err)
	}
	all, err := r.AccessTokens(ctx)
	if err != nil || len(all) != 2 || !all[1].Used.Equal(newClock().now()) || !all[1].Revoked.Equal(c.now()) {
		t.Errorf("%+v, %v", all, err)
	}
}

func TestSetUpWorksOnce(t *testing.T) {
	r, c := fresh(t)
	ctx := t.Context()
	open := func(d Digest) bool {
		t.Helper()
		is, err := r.OpenSetup(ctx, d, c.now().Add(24*time.Hour))
		must(t, err)
		return is
	}
	if !open(Digest{1}) || !open(Digest{2}) {
		t.Error("not opened though there is no admin")
	}
	if err := r.SetUp(ctx, budi, Digest{1}, "eve", "hash"); !errors.Is(err, ErrNotFound) {
		t.Errorf("by the link before: %v", err)
	}
	c.add(24 * time.Hour)
	if err := r.SetUp(ctx, budi, Digest{2}, "eve", "hash"); !errors.Is(err, ErrNotFound) {
		t.Errorf("by an old link: %v", err)
	}
	open(Digest{3})
	must(t, r.AddAccount(ctx, budi, "siti", "viewer", "hash"))
	if err := r.SetUp(ctx, budi, Digest{3}, "siti", "hash"); !errors.Is(err, ErrExists) {
		t.Errorf("by a name that is taken: %v", err)
	}
	must(t, r.SetUp(ctx, budi, Digest{3}, "budi", "hash")) // the mistake has not used the link up
	if err := r.SetUp(ctx, budi, Digest{3}, "eve", "hash"); !errors.Is(err, ErrNotFound) {
		t.Errorf("again: %v", err)
	}
	if open(Digest{4}) {
		t.Error("opened though there is an admin")
	}
	if is, err := r.IsSetup(ctx, Digest{4}); is || err != nil {
		t.Errorf("open: %v, %v", is, err)
	}
}
