package registry

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/siaga-id/siaga/internal/reading"
	"github.com/siaga-id/siaga/internal/wire"
)

var errKilled = errors.New("killed")

// mortal is a registry that can be killed: what is left is what its files held at
// that moment.
type mortal struct {
	*Registry
	dir  string
	opt  Options
	life int
}

func (m *mortal) path(life int) string { return filepath.Join(m.dir, fmt.Sprint(life), "registry.db") }

func (m *mortal) begin() error {
	if err := os.MkdirAll(filepath.Dir(m.path(m.life)), 0o700); err != nil {
		return err
	}
	var err error
	m.Registry, err = Open(m.path(m.life), m.opt)
	return err
}

// image copies the files as a kill -9 would leave them.
func (m *mortal) image() error {
	if err := os.MkdirAll(filepath.Dir(m.path(m.life+1)), 0o700); err != nil {
		return err
	}
	for _, end := range []string{"", "-wal"} { // without -shm, which a kill makes void
		data, err := os.ReadFile(m.path(m.life) + end)
		if errors.Is(err, os.ErrNotExist) {
			continue
		}
		if err != nil {
			return err
		}
		if err := os.WriteFile(m.path(m.life+1)+end, data, 0o600); err != nil {
			return err
		}
	}
	return nil
}

// revive goes on with the image.
func (m *mortal) revive() error {
	if err := m.Close(); err != nil {
		return err
	}
	if err := os.RemoveAll(filepath.Dir(m.path(m.life))); err != nil {
		return err
	}
	m.life++
	return m.begin()
}

// village is what is true: a node with its card, and an ingester that tells the
// registry of it.
type village struct {
	node  reading.NodeID
	epoch string
	next  uint64
	// Of the present epoch: what lies at the node, what it gave up.
	waiting, gaveUp []uint64
	reports         []StoredRange              // not yet taken by the registry
	told            map[string]map[uint64]bool // packs whose report was taken, by epoch
	old             map[string][]uint64        // what lay on cards that are gone
	ended           map[string]uint64          // next of those
	readings        float64                    // of packs in told
}

func (v *village) pack(seq uint64, at time.Time) StoredRange {
	s := stored(v.node, v.epoch, seq, seq)
	s.Readings, s.Oldest, s.Newest = 10, at.Add(-10*time.Second), at
	return s
}

func ranges(seqs []uint64) []wire.SeqRange {
	slices.Sort(seqs)
	var all []wire.SeqRange
	for _, s := range seqs {
		if n := len(all); n > 0 && all[n-1].To+1 == s {
			all[n-1].To = s
			continue
		}
		all = append(all, wire.SeqRange{From: s, To: s})
	}
	return all
}

func (v *village) state() *wire.NodeState {
	st := sensors(10*time.Second, "pm1")
	st.Epoch, st.NextSeq, st.Outstanding = v.epoch, v.next, ranges(v.waiting)
	for _, g := range ranges(v.gaveUp) {
		st.GivenUp = append(st.GivenUp, wire.GivenUp{From: g.From, To: g.To, Reason: "disk full"})
	}
	return st
}

// take picks some of a list, and returns them and the others.
func take[T any](t *rapid.T, name string, all []T) (some, others []T) {
	for _, x := range all {
		if rapid.Bool().Draw(t, name) {
			some = append(some, x)
		} else {
			others = append(others, x)
		}
	}
	return some, others
}

// Reports come repeated, reordered or never; acknowledgements are lost; the
// registry is away, killed between and in the middle of its transactions; cards
// are replaced. In the end, when the node has said its state, the ledger names
// exactly the packs that are not stored, and every reading was counted once.
func TestLedgerIsExactWhateverIsKilled(t *testing.T) {
	empty := &mortal{dir: t.TempDir(), opt: Options{Kind: Real}}
	must(t, errors.Join(empty.begin(), empty.Close()))
	file, err := os.ReadFile(empty.path(0)) // to migrate one for each run takes long
	must(t, err)
	rapid.Check(t, func(t *rapid.T) {
		dir, err := os.MkdirTemp("", "siaga-registry")
		check := func(err error) {
			if err != nil {
				t.Fatal(err)
			}
		}
		check(err)
		defer os.RemoveAll(dir)
		c := newClock()
		m := &mortal{dir: dir, opt: Options{Kind: Real, Now: c.now}}
		check(os.MkdirAll(filepath.Dir(m.path(0)), 0o700))
		check(os.WriteFile(m.path(0), file, 0o600))
		check(m.begin())
		defer func() { m.Close() }()
		ctx := context.Background()
		v := &village{node: "aa", epoch: "e0", next: 1, told: map[string]map[uint64]bool{}, old: map[string][]uint64{}, ended: map[string]uint64{}}
		deliver := func(batch []StoredRange) {
			check(m.Stored(ctx, batch))
			for _, s := range batch {
				if v.told[s.Epoch] == nil {
					v.told[s.Epoch] = map[uint64]bool{}
				}
				if !v.told[s.Epoch][s.From] {
					v.readings += float64(s.Readings)
				}
				v.told[s.Epoch][s.From] = true
			}
		}
		say := func() { check(m.States(ctx, []StateReport{{v.node, v.state(), c.now()}})) }
		say() // so that everything is counted
		c.add(time.Minute)
		ops := map[string]func(){
			"measure": func() {
				for range rapid.IntRange(1, 10).Draw(t, "packs") {
					v.waiting = append(v.waiting, v.next)
					v.next++
				}
			},
			"ingest": func() {
				safe, _ := take(t, "safe", v.waiting)
				for _, seq := range safe {
					v.reports = append(v.reports, v.pack(seq, c.now()))
					if rapid.IntRange(0, 3).Draw(t, "ack") > 0 {
						v.waiting = slices.DeleteFunc(v.waiting, func(w uint64) bool { return w == seq })
					} // else it was lost: the pack is sent again
				}
			},
			"report": func() {
				now, later := take(t, "report", v.reports)
				if len(now) == 0 {
					return
				}
				batch := rapid.Permutation(append(slices.Clone(now), now[:rapid.IntRange(0, len(now)).Draw(t, "again")]...)).Draw(t, "order")
				v.reports = later
				switch rapid.IntRange(0, 3).Draw(t, "registry") {
				case 0: // killed in the middle: nothing of it is kept, the ingester asks again
					check(errors.Join(func() error {
						err := m.update(ctx, "stored", func(tx *sql.Tx) error {
							if _, err := m.stored(ctx, tx, batch); err != nil {
								return err
							}
							return errors.Join(m.image(), errKilled)
						})
						if !errors.Is(err, errKilled) {
							return err
						}
						return nil
					}(), m.revive()))
					v.reports = append(v.reports, now...)
				case 1: // killed when it was done, before it could say so
					deliver(batch)
					check(m.image())
					check(m.revive())
					v.reports = append(v.reports, now...)
				default:
					deliver(batch)
				}
			},
			"lose reports": func() { _, v.reports = take(t, "lost", v.reports) },
			"state":        say,
			"kill": func() {
				check(m.image())
				check(m.revive())
			},
			"give up": func() {
				if len(v.waiting) > 0 {
					slices.Sort(v.waiting)
					v.gaveUp = append(v.gaveUp, v.waiting[0])
					v.waiting = v.waiting[1:]
				}
			},
			"new card": func() {
				say()
				v.old[v.epoch], v.ended[v.epoch] = append(slices.Clone(v.waiting), v.gaveUp...), v.next
				v.epoch, v.next, v.waiting, v.gaveUp = fmt.Sprint("e", len(v.old)), 1, nil, nil
				say()
			},
		}
		names := []string{"measure", "measure", "ingest", "ingest", "report", "report", "report", "lose reports", "state", "kill", "give up", "new card"}
		for range rapid.IntRange(1, 20).Draw(t, "steps") {
			ops[rapid.SampledFrom(names).Draw(t, "op")]()
			c.add(time.Duration(rapid.IntRange(1, 100).Draw(t, "seconds")) * time.Second)
		}
		deliver(v.reports)
		say()
		c.add(time.Minute)

		want := map[string]map[uint64]GapState{}
		open := func(epoch string, seqs []uint64, state GapState) {
			for _, s := range seqs {
				if !v.told[epoch][s] {
					if want[epoch] == nil {
						want[epoch] = map[uint64]GapState{}
					}
					want[epoch][s] = state
				}
			}
		}
		open(v.epoch, v.waiting, Waiting)
		open(v.epoch, v.gaveUp, Lost)
		for epoch, seqs := range v.old {
			open(epoch, seqs, Missing)
		}
		gaps, err := m.Gaps(ctx, v.node)
		check(err)
		got := expand(t, gaps)
		for epoch := range v.old { // what an old card's node gave up stays lost
			for s := range got[epoch] {
				got[epoch][s] = Missing
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("gaps (-true +ledger):\n%s", diff)
		}
		var counted float64
		check(m.read.QueryRow(`SELECT IFNULL(SUM(readings), 0) FROM hours`).Scan(&counted))
		if diff := counted - v.readings; diff > 1e-6 || diff < -1e-6 {
			t.Fatalf("%v readings are counted, %v were stored", counted, v.readings)
		}
		// A technician gives the old cards up; one of them turns up after all.
		for epoch := range v.old {
			_, err := m.DeclareLost(ctx, v.node, epoch, 1, 1_000_000, "Budi", "the card is dead")
			check(err)
			gaps, err := m.Gaps(ctx, v.node)
			check(err)
			if i := slices.IndexFunc(gaps, func(g Gap) bool { return g.Epoch == epoch && g.State != Lost }); i >= 0 {
				t.Fatalf("declared lost, and yet there is %+v", gaps[i])
			}
			for seq := uint64(1); seq < v.ended[epoch]; seq++ {
				deliver([]StoredRange{{Node: v.node, Epoch: epoch, From: seq, To: seq, Readings: 10, Oldest: c.now(), Newest: c.now()}})
			}
		}
		c.add(time.Minute)
		gaps, err = m.Gaps(ctx, v.node)
		check(err)
		if i := slices.IndexFunc(gaps, func(g Gap) bool { return g.Epoch != v.epoch }); i >= 0 {
			t.Fatalf("the old cards' packs are stored, and yet there is %+v", gaps[i])
		}
	})
}
