package registry

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/siaga-id/siaga/internal/wire"
)

// Whoever writes the file and whoever only reads it tell the same of all nodes.
func TestRememberedStatesAreThoseInTheFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "registry.db")
	c := newClock()
	r, err := Open(path, Options{Kind: Real, Now: c.now})
	must(t, err)
	defer func() { must(t, r.Close()) }()
	say := func(change func(st *wire.NodeState)) {
		t.Helper()
		st := sensors(10*time.Second, "pm1", "pm2_5")
		change(st)
		must(t, r.States(t.Context(), []StateReport{{Node: "aa", State: sensors(time.Second, "level"), Received: c.now()}, {Node: "bb", State: st, Received: c.now()}}))
	}
	reader, err := Open(path, Options{Kind: Real, Now: c.now})
	must(t, err)
	defer func() { must(t, reader.Close()) }()
	same := func(when string, here ...*Registry) {
		t.Helper()
		other, err := Open(path, Options{Kind: Real, Now: c.now})
		must(t, err)
		defer func() { must(t, other.Close()) }()
		want, err := other.Nodes(t.Context())
		must(t, err)
		for i := range 2 * len(here) { // the second time all are remembered
			got, err := here[i/2].Nodes(t.Context())
			must(t, err)
			if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("%s (-file +remembered):\n%s", when, diff)
			}
		}
	}
	say(func(*wire.NodeState) {})
	same("new", r, reader)
	say(func(st *wire.NodeState) { st.NextSeq, st.Outstanding = 9, []wire.SeqRange{{From: 8, To: 8}} })
	same("twice in a millisecond", r) // which only the writer can tell
	c.add(time.Minute)
	say(func(st *wire.NodeState) { st.NextSeq, st.Clock = 12, wire.Estimated })
	same("a minute later", r, reader)
	must(t, r.States(t.Context(), []StateReport{{Node: "bb", State: &wire.NodeState{}, Received: c.now()}}))
	same("gone", r, reader)
	c.add(-2 * time.Minute)
	say(func(st *wire.NodeState) { st.NextSeq = 13 })
	same("the clock was set back", r, reader)
	c.add(time.Minute)
	must(t, r.Close())
	r, err = Open(path, Options{Kind: Real, Now: c.now})
	must(t, err)
	same("after a restart", r, reader)
	if err := r.States(t.Context(), []StateReport{{Node: "bb", State: &wire.NodeState{Online: true, Epoch: "Not one"}, Received: c.now()}}); err == nil {
		t.Error("a state that cannot be true is kept")
	}
	same("one was refused", r, reader)
}

// What was not written is not remembered.
func TestRememberedStatesAreDurable(t *testing.T) {
	r, c := fresh(t)
	must(t, r.States(t.Context(), []StateReport{{Node: "aa", State: sensors(time.Second, "level"), Received: c.now()}}))
	if err := exec(r.write, `CREATE TRIGGER full BEFORE UPDATE ON nodes WHEN new.id = 'bb' BEGIN SELECT RAISE(ABORT, 'full'); END`); err != nil {
		t.Fatal(err)
	}
	c.add(time.Minute)
	later := sensors(time.Second, "level", "distance")
	if err := r.States(t.Context(), []StateReport{{Node: "aa", State: later, Received: c.now()}, {Node: "bb", State: later, Received: c.now()}}); err == nil {
		t.Fatal("kept")
	}
	n, err := r.Node(t.Context(), "aa")
	must(t, err)
	if got := n.State.Sensors[0].Quantities; len(got) != 1 {
		t.Errorf("quantities %v, want those of the state that was kept", got)
	}
}
