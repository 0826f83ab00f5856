package registry

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/siaga-id/siaga/internal/wire"
)

// heard is a state of a node: in which epoch and boot, what its next pack is and
// which wait.
func heard(epoch, boot string, next, from, to uint64, took ...wire.Carried) *wire.NodeState {
	st := state(epoch, next)
	st.Boot, st.Carried = boot, took
	if from > 0 {
		st.Outstanding = []wire.SeqRange{{From: from, To: to}}
	}
	return st
}

func took(epoch string, from, to uint64, boots ...string) wire.Carried {
	return wire.Carried{Epoch: epoch, From: from, To: to, Boots: boots}
}

// TestPacksTakenAlongAreNoGap, and only those of who took them along.
func TestPacksTakenAlongAreNoGap(t *testing.T) {
	type step struct {
		say    *wire.NodeState
		stored []StoredRange
		want   string // the gaps after it
	}
	st := func(st *wire.NodeState, want string) step { return step{say: st, want: want} }
	in := func(want string, r ...StoredRange) step { return step{stored: r, want: want} }
	for name, steps := range map[string][]step{
		"a card in another board": {
			st(heard("e1", "b1", 10, 3, 9), "e1 3-9 waiting"),
			st(heard("e2", "b2", 10, 3, 9, took("e1", 3, 9, "b1", "b2")), "e2 3-9 waiting"),
			in("e2 6-9 waiting", stored("aa", "e2", 3, 5)),
			st(heard("e2", "b2", 12, 7, 8, took("e1", 3, 9, "b1", "b2")), "e2 7-8 waiting"),
			in("", stored("aa", "e2", 6, 12)),
		},
		"what arrived before counts": {
			st(heard("e1", "b1", 10, 3, 9), "e1 3-9 waiting"),
			in("e1 3-4 waiting, e1 6-9 waiting", stored("aa", "e1", 5, 5)),
			st(heard("e2", "b1", 10, 3, 9, took("e1", 3, 9, "b1")), "e2 3-9 waiting"),
			in("", stored("aa", "e2", 1, 9)),
			in("", stored("aa", "e1", 6, 9)), // it was under way
		},
		"two boards, and one dies with packs of its own": {
			st(heard("e1", "b1", 6, 3, 5), "e1 3-5 waiting"),
			st(heard("e1", "b2", 10, 3, 9), "e1 3-5 waiting, e1 6-9 waiting"),
			st(heard("e1", "b1", 6, 3, 5), "e1 3-5 waiting, e1 6-9 waiting"),
			st(heard("e2", "b1", 6, 3, 5, took("e1", 3, 5, "b1")), "e1 3-9 missing, e2 3-5 waiting"),
			in("e1 3-9 missing", stored("aa", "e2", 1, 5)),
			st(heard("e2", "b1", 7, 0, 0, took("e1", 3, 5, "b1")), "e1 3-9 missing"),
		},
		"two boards, and both go on": {
			st(heard("e1", "b2", 10, 3, 9), "e1 3-9 waiting"),
			st(heard("e1", "b1", 6, 3, 5), "e1 3-5 waiting, e1 6-9 waiting"),
			st(heard("e2", "b1", 6, 3, 5, took("e1", 3, 5, "b1")), "e1 3-9 missing, e2 3-5 waiting"),
			st(heard("e1", "b2", 11, 9, 10), "e1 9-10 waiting, e2 3-5 missing"), // it had the others acknowledged
			in("e1 9-10 waiting", stored("aa", "e2", 3, 5)),
			st(heard("e3", "b2", 11, 9, 10, took("e1", 9, 10, "b2")), "e3 9-10 waiting"),
			in("", stored("aa", "e3", 9, 10)),
			st(heard("e2", "b1", 6, 0, 0, took("e1", 3, 5, "b1")), ""),
		},
		"a board that comes back has what was taken along by another": {
			st(heard("e1", "b1", 6, 3, 5), "e1 3-5 waiting"),
			st(heard("e2", "b2", 6, 3, 5, took("e1", 3, 5, "b1", "b2")), "e2 3-5 waiting"),
			st(heard("e1", "b3", 7, 4, 6), "e1 4-6 waiting, e2 3-5 missing"),
			st(heard("e2", "b2", 6, 0, 0, took("e1", 3, 5, "b1", "b2")), "e1 4-6 missing"),
		},
		"nobody was there to hear of the old epoch": {
			st(heard("e2", "b1", 6, 3, 5, took("e1", 3, 5, "b1")), "e2 3-5 waiting"),
			in("e1 6-7 missing, e2 3-5 waiting", stored("aa", "e1", 8, 8)), // another board's
			in("e1 6-7 missing", stored("aa", "e2", 1, 5)),
		},
		"over two epochs": {
			st(heard("e1", "b1", 6, 3, 5), "e1 3-5 waiting"),
			st(heard("e3", "b1", 8, 3, 7, took("e1", 3, 5, "b1"), took("e2", 3, 7, "b1")), "e3 3-7 waiting"),
			in("e3 3-6 waiting", stored("aa", "e2", 7, 7), stored("aa", "e3", 7, 7)),
			in("", stored("aa", "e3", 3, 6)),
		},
		"what was lost stays lost": {
			st(&wire.NodeState{
				Online: true, Boot: "b1", Clock: wire.Synced, Epoch: "e1", NextSeq: 6,
				Outstanding: []wire.SeqRange{{From: 5, To: 5}}, GivenUp: []wire.GivenUp{{From: 4, To: 4, Reason: "disk full"}},
			}, "e1 4-4 lost, e1 5-5 waiting"),
			st(heard("e2", "b1", 6, 3, 5, took("e1", 3, 5, "b1")), "e1 4-4 lost, e2 3-5 waiting"),
			in("e1 4-4 lost", stored("aa", "e2", 3, 5)),
		},
	} {
		t.Run(name, func(t *testing.T) {
			c := newClock()
			path := filepath.Join(t.TempDir(), "registry.db")
			for i, s := range steps {
				r, err := Open(path, Options{Kind: Real, Now: c.now}) // anew, as after a restart
				must(t, err)
				for range 2 { // twice, as after a lost answer
					if s.say != nil {
						tell(t, r, c, "aa", s.say)
					}
					must(t, r.Stored(t.Context(), s.stored))
				}
				c.add(time.Minute)
				gaps, err := r.Gaps(t.Context(), "aa")
				must(t, err)
				var got []string
				for _, g := range gaps {
					got = append(got, fmt.Sprintf("%s %d-%d %s", g.Epoch, g.From, g.To, g.State))
					if g.Said != "" && g.Said != saidNode {
						t.Errorf("step %d: %+v", i, g)
					}
				}
				if text := strings.Join(got, ", "); text != s.want {
					t.Errorf("step %d: gaps %s, want %s", i, text, s.want)
				}
				must(t, r.Close())
			}
		})
	}
}

// TestAnEpochThatWasTakenAlongSaysSo where people read of it.
func TestAnEpochThatWasTakenAlongSaysSo(t *testing.T) {
	r, c := fresh(t)
	tell(t, r, c, "aa", heard("e1", "b1", 6, 3, 5))
	tell(t, r, c, "aa", heard("e2", "b2", 6, 3, 5, took("e1", 3, 5, "b1", "b2")))
	odd, err := r.Anomalies(t.Context(), "aa")
	must(t, err)
	if len(odd) != 1 || odd[0].Kind != Replaced || !strings.Contains(odd[0].Detail, "sent again under it") {
		t.Errorf("anomalies %+v", odd)
	}
	if n, err := r.DeclareLost(t.Context(), "aa", "e1", 3, 5, "Budi", "card dead"); n != 0 || err != nil {
		t.Errorf("%d packs that were taken along were declared lost, %v", n, err)
	}
}

func TestWhatIsTakenAlongIsChecked(t *testing.T) {
	r, c := fresh(t)
	for _, bad := range []wire.Carried{
		took("e1", 3, 5, "b1"), // its own epoch
		took("E", 3, 5, "b1"), took("e2", 0, 5, "b1"), took("e2", 5, 3, "b1"), took("e2", 3, maxSeq+1, "b1"),
	} {
		err := r.States(t.Context(), []StateReport{{Node: "aa", State: heard("e1", "b1", 6, 3, 5, bad), Received: c.now()}})
		if !errors.Is(err, ErrInvalid) {
			t.Errorf("%+v: %v", bad, err)
		}
	}
}

func TestBootsThatSaidSo(t *testing.T) {
	said := ""
	for i := range maxSaid {
		said = alsoSaid(alsoSaid(said, fmt.Sprint("b", i)), fmt.Sprint("b", i))
	}
	all := strings.Fields(said)
	if len(all) != maxSaid || notSaid(said, all) != "" || notSaid("b1 b2", []string{"b2", "b3"}) != "b1" {
		t.Errorf("said in %q", said)
	}
	said = alsoSaid(alsoSaid(said, "x"), "y")
	if left := notSaid(said, slices.Concat(all, []string{"x", "y"})); left != saidMany {
		t.Errorf("of too many boots, left %q", left)
	}
}
