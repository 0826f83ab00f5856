package registry

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/siaga-id/siaga/internal/reading"
	"github.com/siaga-id/siaga/internal/wire"
)

// restoreFrom takes a snapshot of r, lets more happen there, and opens what was
// restored from it.
func restoreFrom(t *testing.T, r *Registry, c *clock, in Restoration, since func()) (*Registry, Ended) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "registry.db")
	in.Taken = c.now()
	must(t, r.Snapshot(t.Context(), path))
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v: want it for its owner alone", info, err)
	}
	c.add(time.Hour)
	if since != nil {
		since()
	}
	if in.Retired != nil {
		list, err := r.Retirements(t.Context())
		must(t, err)
		b, err := json.Marshal(list)
		must(t, err)
		in.Retired, err = ParseRetirements(b)
		must(t, err)
	}
	copied := open(t, path, c)
	done, err := copied.Restore(t.Context(), Actor{Name: "system"}, in)
	must(t, err)
	must(t, copied.Close())
	return open(t, path, c), done
}

func says(epoch string, next uint64, outstanding ...wire.SeqRange) *wire.NodeState {
	s := state(epoch, next)
	s.Online, s.Outstanding = true, outstanding
	return s
}

type gapSeen struct {
	From, To uint64
	State    GapState
	Said     string
}

func gaps(t *testing.T, r *Registry, c *clock, node reading.NodeID) (seen []gapSeen) {
	t.Helper()
	c.add(time.Minute)
	all, err := r.Gaps(t.Context(), node)
	must(t, err)
	for _, g := range all {
		if g.Said == saidRestored && !strings.Contains(g.Reason, "restored from a backup of 2026-03-01T10:00:00Z") {
			t.Errorf("reason %q", g.Reason)
		}
		seen = append(seen, gapSeen{g.From, g.To, g.State, g.Said})
	}
	return seen
}

func TestWhatCameAfterTheBackupIsLost(t *testing.T) {
	r, c := fresh(t)
	ctx := t.Context()
	must(t, r.Stored(ctx, []StoredRange{stored("n1", "e1", 1, 10), stored("n2", "e1", 1, 3)}))
	// 11 was taken over before the backup, though nobody has reported it stored.
	must(t, r.States(ctx, []StateReport{{"n1", says("e1", 13, wire.SeqRange{From: 12, To: 12}), c.now()}}))
	r, _ = restoreFrom(t, r, c, Restoration{History: HistoryIncluded}, func() {
		must(t, r.Stored(ctx, []StoredRange{stored("n1", "e1", 11, 40), stored("n3", "e1", 1, 5)}))
	})

	// What a node that is gone had said before proves nothing.
	gone := says("e1", 30, wire.SeqRange{From: 12, To: 29})
	gone.Online = false
	must(t, r.States(ctx, []StateReport{{"n1", gone, c.now()}}))
	must(t, r.States(ctx, []StateReport{
		{"n1", says("e1", 51, wire.SeqRange{From: 41, To: 45}, wire.SeqRange{From: 48, To: 50}), c.now()},
		{"n3", says("e1", 7, wire.SeqRange{From: 6, To: 6}), c.now()},
	}))
	want := []gapSeen{{12, 40, Lost, saidRestored}, {41, 45, Waiting, ""}, {46, 47, Lost, saidRestored}, {48, 50, Waiting, ""}}
	if diff := cmp.Diff(want, gaps(t, r, c, "n1")); diff != "" {
		t.Errorf("n1 (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]gapSeen{{1, 5, Lost, saidRestored}, {6, 6, Waiting, ""}}, gaps(t, r, c, "n3")); diff != "" {
		t.Errorf("n3, which the backup does not know (-want +got):\n%s", diff)
	}
	if got := gaps(t, r, c, "n2"); got != nil {
		t.Errorf("n2: %v", got)
	}

	// A report proves that packs are there; and what is acknowledged from now on is.
	must(t, r.Stored(ctx, []StoredRange{stored("n1", "e1", 46, 47)}))
	must(t, r.States(ctx, []StateReport{{"n1", says("e1", 60), c.now()}}))
	if diff := cmp.Diff([]gapSeen{{12, 40, Lost, saidRestored}}, gaps(t, r, c, "n1")); diff != "" {
		t.Errorf("n1 later (-want +got):\n%s", diff)
	}
	// So is what a new epoch is told of right from its beginning.
	must(t, r.States(ctx, []StateReport{{"n2", says("e2", 1), c.now()}}))
	must(t, r.States(ctx, []StateReport{{"n2", says("e2", 9), c.now()}}))
	if got := gaps(t, r, c, "n2"); got != nil {
		t.Errorf("n2: %v", got)
	}
}

func TestWithoutItsHistoryAllIsLost(t *testing.T) {
	r, c := fresh(t)
	ctx := t.Context()
	must(t, r.Stored(ctx, []StoredRange{stored("n1", "e1", 1, 10)}))
	r, _ = restoreFrom(t, r, c, Restoration{History: HistoryLeftOut}, nil)
	must(t, r.Stored(ctx, []StoredRange{stored("n1", "e1", 9, 10)})) // from the spool
	must(t, r.States(ctx, []StateReport{{"n1", says("e1", 13, wire.SeqRange{From: 11, To: 12}), c.now()}}))
	if diff := cmp.Diff([]gapSeen{{1, 8, Lost, saidRestored}, {11, 12, Waiting, ""}}, gaps(t, r, c, "n1")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestARestorationEndsWhatWasOpen(t *testing.T) {
	r, c := fresh(t)
	ctx := t.Context()
	must(t, r.Claim(ctx, "n1", "35.05.12.1001"))
	for i, id := range []string{"t1", "t2"} {
		must(t, r.AddEnrolmentToken(ctx, sari, EnrolmentToken{ID: id, Node: "n1", Expires: c.now().Add(24 * time.Hour)}, [32]byte{byte(i + 1)}))
	}
	e := enrolment("n1", 1)
	_, err := r.Enrol(ctx, e, certificate(c, "aa", e.Key))
	must(t, err)
	must(t, r.AddEnrolmentToken(ctx, sari, EnrolmentToken{ID: "t3", Node: "n1", Expires: c.now().Add(24 * time.Hour)}, [32]byte{3}))
	r, done := restoreFrom(t, r, c, Restoration{History: HistoryIncluded}, nil)
	if done.Tokens != 1 {
		t.Errorf("%+v", done)
	}
	e = enrolment("n1", 3)
	if _, err := r.Enrol(ctx, e, certificate(c, "bb", e.Key)); !errors.Is(err, ErrTokenWithdrawn) {
		t.Errorf("an open token: %v", err)
	}
	// A certificate that was given after the backup is not known, and good.
	if err := r.Standing("n1", "later"); err != nil {
		t.Error(err)
	}
}

func TestLaterRetirementsHold(t *testing.T) {
	r, c := fresh(t)
	ctx := t.Context()
	for _, n := range []reading.NodeID{"n1", "n2", "n3"} {
		must(t, r.Claim(ctx, n, "35.05.12.1001"))
		must(t, r.AddEnrolmentToken(ctx, sari, EnrolmentToken{ID: string(n), Node: n, Expires: c.now().Add(24 * time.Hour)}, [32]byte{n[1]}))
	}
	e := enrolment("n1", '1')
	_, err := r.Enrol(ctx, e, certificate(c, "aa", e.Key))
	must(t, err)
	for _, a := range []string{"stays", "removed", "password", "demoted"} {
		must(t, r.AddAccount(ctx, sari, a, "admin", "hash of "+a))
	}
	r, done := restoreFrom(t, r, c, Restoration{History: HistoryIncluded, Retired: &Retirements{}}, func() {
		must(t, r.Retire(ctx, sari, "n1", "dicuri"))
		must(t, r.Claim(ctx, "n9", "35.05.12.1001")) // and gone again
		must(t, r.Retire(ctx, sari, "n9", "dicuri"))
		for i, serial := range []string{"bb", "cc"} { // bb was replaced
			must(t, r.AddEnrolmentToken(ctx, sari, EnrolmentToken{ID: "new" + serial, Node: "n2", Expires: c.now().Add(24 * time.Hour)}, [32]byte{byte(100 + i)}))
			e := enrolment("n2", byte(100+i))
			_, err := r.Enrol(ctx, e, certificate(c, serial, e.Key))
			must(t, err)
		}
		must(t, r.RemoveAccount(ctx, sari, "removed"))
		word, role := "another hash", "viewer"
		_, err := r.SetAccount(ctx, sari, "password", AccountChange{Password: &word})
		must(t, err)
		_, err = r.SetAccount(ctx, sari, "demoted", AccountChange{Role: &role})
		must(t, err)
	})
	if done.Nodes != 2 || done.Certificates < 1 || done.Accounts != 3 {
		t.Errorf("%+v", done)
	}
	for node, want := range map[reading.NodeID]error{"n1": ErrRetired, "n9": ErrRetired, "n3": nil} {
		if err := r.Standing(node, "some"); !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", node, err, want)
		}
	}
	for serial, want := range map[string]error{"bb": ErrRevoked, "cc": nil} {
		if err := r.Standing("n2", serial); !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", serial, err, want)
		}
	}
	for name, want := range map[string]bool{"stays": false, "removed": true, "password": true, "demoted": true} {
		a, _, err := r.Account(ctx, name)
		if err != nil || a.Disabled != want {
			t.Errorf("%s: %+v, %v: want disabled %v", name, a, err, want)
		}
	}
}

func TestAnOlderListIsRefused(t *testing.T) {
	r, c := fresh(t)
	list, err := r.Retirements(t.Context())
	must(t, err)
	c.add(time.Hour)
	if _, err := r.Restore(t.Context(), sari, Restoration{Taken: c.now(), Retired: list}); err == nil || !strings.Contains(err.Error(), "older than the backup") {
		t.Error(err)
	}
}

func TestParseRetirementsIsExact(t *testing.T) {
	const whole = `{"format":1,"exported":"2026-03-01T10:00:00Z","nodes":[],"certificates":[],"in_force":{"accounts":{},"access_tokens":{},"devices":{}}}`
	if _, err := ParseRetirements([]byte(whole)); err != nil {
		t.Fatal(err)
	}
	for name, bad := range map[string]string{
		"nothing":      ``,
		"cut":          whole[:len(whole)-1],
		"more":         whole + `{}`,
		"unknown part": strings.Replace(whole, `"nodes"`, `"knots"`, 1),
		"newer":        strings.Replace(whole, `1`, `2`, 1),
		"no accounts":  strings.Replace(whole, `"accounts":{},`, ``, 1),
		"no node":      strings.Replace(whole, `"nodes":[]`, `"nodes":[{"node":"../x","retired":"2026-03-01T10:00:00Z"}]`, 1),
		"no time":      strings.Replace(whole, `"nodes":[]`, `"nodes":[{"node":"n1"}]`, 1),
		"no serial":    strings.Replace(whole, `"certificates":[]`, `"certificates":[{"node":"n1","revoked":"2026-03-01T10:00:00Z"}]`, 1),
	} {
		if _, err := ParseRetirements([]byte(bad)); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
}

// TestSnapshotIsRefusedInPlace: a file that is there is not overwritten.
func TestSnapshotIsRefusedInPlace(t *testing.T) {
	r, _ := fresh(t)
	to := filepath.Join(t.TempDir(), "copy.db")
	must(t, os.WriteFile(to, []byte("mine"), 0o600))
	if err := r.Snapshot(t.Context(), to); err == nil {
		t.Error("overwritten")
	}
	if b, err := os.ReadFile(to); err != nil || string(b) != "mine" {
		t.Error(string(b), err)
	}
	if err := r.Snapshot(t.Context(), filepath.Join(t.TempDir(), "none", "copy.db")); err == nil {
		t.Error("written into a directory that is not there")
	}
}
