package registry

import (
	"errors"
	"testing"
	"time"
)

// TestARestorationEndsWhoWasIn: sessions and set-up links, and with a list of later
// retirements access tokens and devices that are in force no more.
func TestARestorationEndsWhoWasIn(t *testing.T) {
	r, c := fresh(t)
	ctx := t.Context()
	if open, err := r.OpenSetup(ctx, Digest{9}, c.now().Add(24*time.Hour)); err != nil || !open {
		t.Fatal(open, err)
	}
	must(t, r.AddAccount(ctx, sari, "sari", "admin", "a hash"))
	account, _, err := r.Account(ctx, "sari")
	must(t, err)
	must(t, r.AddSession(ctx, sari, Digest{1}, "sari", account.Changed, c.now().Add(100*time.Hour), nil))
	ids := map[string]string{}
	for i, name := range []string{"stays", "revoked"} {
		token, err := r.AddAccessToken(ctx, sari, AccessToken{ID: name, Name: name, Scope: "viewer"}, Digest{byte(i + 2)})
		must(t, err)
		ids[name] = token.ID
		must(t, r.AddDevice(ctx, sari, Device{Name: name, Role: PlainDevice, Publish: []string{"x/#"}, Password: "a hash"}))
	}
	r, done := restoreFrom(t, r, c, Restoration{History: HistoryIncluded, Retired: &Retirements{}}, func() {
		must(t, r.RevokeAccessToken(ctx, sari, ids["revoked"]))
		must(t, r.RemoveDevice(ctx, sari, "revoked"))
	})
	if done.Sessions != 1 || done.AccessTokens != 1 || done.Devices != 1 {
		t.Errorf("%+v", done)
	}
	if s, err := r.Session(ctx, Digest{1}, 100*time.Hour); !errors.Is(err, ErrNotFound) {
		t.Errorf("a session goes on: %+v, %v", s, err)
	}
	if is, err := r.IsSetup(ctx, Digest{9}); err != nil || is {
		t.Errorf("a set-up link is open: %v", err)
	}
	for name, ended := range map[string]bool{"stays": false, "revoked": true} {
		token, _, err := r.AccessToken(ctx, ids[name])
		if over := errors.Is(err, ErrNotFound) || !token.Revoked.IsZero(); over != ended {
			t.Errorf("token %s: %+v, %v", name, token, err)
		}
		d, err := r.Device(ctx, name)
		if over := errors.Is(err, ErrNotFound) || d.Disabled; over != ended {
			t.Errorf("device %s: %+v, %v", name, d, err)
		}
	}
}

// TestNobodyIsThereAfterARestoration: nodes are online when they say so again.
func TestNobodyIsThereAfterARestoration(t *testing.T) {
	r, c := fresh(t)
	must(t, r.States(t.Context(), []StateReport{{"n1", says("e1", 1), c.now()}}))
	r, _ = restoreFrom(t, r, c, Restoration{History: HistoryIncluded}, nil)
	if nodes, err := r.Nodes(t.Context()); err != nil || len(nodes) != 1 || nodes[0].Online {
		t.Errorf("%+v, %v", nodes, err)
	}
}

// TestASecondRestorationDoubtsAnew: what a node had told after the first one proves
// nothing after the second.
func TestASecondRestorationDoubtsAnew(t *testing.T) {
	r, c := fresh(t)
	ctx := t.Context()
	r, _ = restoreFrom(t, r, c, Restoration{History: HistoryIncluded}, nil)
	must(t, r.States(ctx, []StateReport{{"n1", says("e1", 1), c.now()}}))
	path := t.TempDir() + "/registry.db"
	taken := c.now()
	must(t, r.Snapshot(ctx, path))
	again := open(t, path, c)
	_, err := again.Restore(ctx, sari, Restoration{Taken: taken, History: HistoryIncluded})
	must(t, err)
	must(t, again.Close())
	again = open(t, path, c)
	must(t, again.States(ctx, []StateReport{{"n1", says("e1", 6), c.now()}}))
	all, err := again.Gaps(ctx, "n1")
	if err != nil || len(all) != 1 || all[0].From != 1 || all[0].To != 5 || all[0].State != Lost || all[0].Said != saidRestored {
		t.Errorf("%+v, %v", all, err)
	}
}
