package registry

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/siaga-id/siaga/internal/reading"
	"github.com/siaga-id/siaga/internal/wire"
)

// naive is the ledger pack by pack.
type naive struct {
	next map[string]uint64
	pack map[string]map[uint64]GapState // absent: stored
	said map[string]map[uint64]string
	// boots are those in which a pack that is missing or waits was said to wait.
	boots map[string]map[uint64][]string
}

func newNaive() *naive {
	return &naive{map[string]uint64{}, map[string]map[uint64]GapState{}, map[string]map[uint64]string{}, map[string]map[uint64][]string{}}
}

func (n *naive) extend(e string, next uint64) {
	if n.pack[e] == nil {
		n.next[e], n.pack[e], n.said[e], n.boots[e] = 1, map[uint64]GapState{}, map[uint64]string{}, map[uint64][]string{}
	}
	for ; n.next[e] < next; n.next[e]++ {
		n.pack[e][n.next[e]] = Missing
	}
}

func (n *naive) stored(e string, lo, hi uint64) {
	n.extend(e, hi+1)
	for s := lo; s <= hi; s++ {
		delete(n.pack[e], s)
	}
}

func in(s uint64, ranges []wire.SeqRange) bool {
	return slices.ContainsFunc(ranges, func(r wire.SeqRange) bool { return r.From <= s && s <= r.To })
}

func (n *naive) told(e, boot string, next uint64, has, gave []wire.SeqRange, took []wire.Carried) {
	n.extend(e, next)
	for s, was := range n.pack[e] {
		lostByNode := was == Lost && n.said[e][s] == saidNode
		switch {
		case s >= next:
		case in(s, gave):
			n.pack[e][s], n.said[e][s] = Lost, saidNode
		case in(s, has) && !lostByNode:
			n.pack[e][s] = Waiting
			if was != Waiting && was != Missing {
				n.boots[e][s] = nil
			}
			n.boots[e][s] = append(n.boots[e][s], boot)
		case !in(s, has) && was != Lost && was != moved:
			n.pack[e][s], n.boots[e][s] = acknowledged, nil
		}
	}
	for _, c := range took {
		n.carried(c)
	}
	for other := range n.pack {
		for s, was := range n.pack[other] {
			if other != e && was == Waiting {
				n.pack[other][s] = Missing
			}
		}
	}
}

func (n *naive) carried(c wire.Carried) {
	known := uint64(1)
	if n.pack[c.Epoch] != nil {
		known = n.next[c.Epoch]
	}
	n.extend(c.Epoch, c.To+1)
	for s, was := range n.pack[c.Epoch] {
		switch {
		case s > c.To || was == Lost || was == moved:
		case s >= c.From:
			n.boots[c.Epoch][s] = slices.DeleteFunc(n.boots[c.Epoch][s], func(b string) bool { return slices.Contains(c.Boots, b) })
			if len(n.boots[c.Epoch][s]) == 0 {
				n.pack[c.Epoch][s] = moved
			}
		case s >= known:
			n.pack[c.Epoch][s] = acknowledged
		}
	}
}

func (n *naive) declare(e string, lo, hi uint64) (packs uint64) {
	for s, was := range n.pack[e] {
		if lo <= s && s <= hi && was != Lost && was != moved {
			n.pack[e][s], n.said[e][s] = Lost, "teknisi"
			packs++
		}
	}
	return packs
}

func (n *naive) gaps() map[string]map[uint64]GapState {
	all := map[string]map[uint64]GapState{}
	for e, packs := range n.pack {
		for s, state := range packs {
			if state == acknowledged || state == moved {
				continue
			}
			if all[e] == nil {
				all[e] = map[uint64]GapState{}
			}
			all[e][s] = state
		}
	}
	return all
}

func expand(t interface{ Fatalf(string, ...any) }, gaps []Gap) map[string]map[uint64]GapState {
	all := map[string]map[uint64]GapState{}
	for _, g := range gaps {
		if all[g.Epoch] == nil {
			all[g.Epoch] = map[uint64]GapState{}
		}
		for s := g.From; s <= g.To; s++ {
			if _, twice := all[g.Epoch][s]; twice {
				t.Fatalf("pack %d is in two gaps: %+v", s, gaps)
			}
			all[g.Epoch][s] = g.State
		}
	}
	return all
}

// apartRanges draws sorted ranges that do not touch.
func apartRanges(t *rapid.T, name string) []wire.SeqRange {
	var all []wire.SeqRange
	last := uint64(0)
	for range rapid.IntRange(0, 4).Draw(t, name) {
		from := last + 1 + rapid.Uint64Range(0, 6).Draw(t, "skip")
		last = from + rapid.Uint64Range(0, 6).Draw(t, "len")
		all = append(all, wire.SeqRange{From: from, To: last})
		last++
	}
	return all
}

// Whatever is reported, in whatever order and however often, and wherever the
// program is restarted between, the ledger says of each pack what a ledger kept
// pack by pack says.
func TestLedgerIsThatOfANaiveModel(t *testing.T) {
	path := filepath.Join(t.TempDir(), "registry.db")
	c := newClock()
	opt := Options{Kind: Real, Now: c.now}
	r, err := Open(path, opt)
	must(t, err)
	defer func() { r.Close() }()
	run := 0
	rapid.Check(t, func(t *rapid.T) {
		run++
		node := reading.NodeID(fmt.Sprint("node-", run)) // to make a file for each takes long
		check := func(err error) {
			if err != nil {
				t.Fatal(err)
			}
		}
		ctx := t.Context()
		model := newNaive()
		epoch := rapid.SampledFrom([]string{"e1", "e2"})
		seq := rapid.Uint64Range(1, 40)
		ops := map[string]func(){
			"stored": func() {
				var batch []StoredRange
				for range rapid.IntRange(1, 4).Draw(t, "ranges") {
					s := stored(node, epoch.Draw(t, "epoch"), seq.Draw(t, "from"), 0)
					s.To = s.From + rapid.Uint64Range(0, 9).Draw(t, "len")
					batch = append(batch, s)
				}
				check(r.Stored(ctx, batch))
				for _, s := range batch {
					model.stored(s.Epoch, s.From, s.To)
				}
			},
			"state": func() {
				st := state(epoch.Draw(t, "epoch"), rapid.Uint64Range(1, 50).Draw(t, "next"))
				st.Outstanding = apartRanges(t, "outstanding")
				gave := apartRanges(t, "given up")
				for _, g := range gave {
					st.GivenUp = append(st.GivenUp, wire.GivenUp{From: g.From, To: g.To, Reason: "disk full"})
				}
				st.Boot = rapid.SampledFrom([]string{"b1", "b2", "b3"}).Draw(t, "boot")
				for i := range rapid.IntRange(0, 2).Draw(t, "carried") {
					other := map[string]string{"e1": "e2", "e2": "e1"}[st.Epoch]
					from := seq.Draw(t, "from")
					boots := [][]string{{"b1"}, {"b1", "b2"}, {"b3"}}[(i+int(from))%3]
					st.Carried = append(st.Carried, wire.Carried{Epoch: other, From: from, To: from + rapid.Uint64Range(0, 20).Draw(t, "len"), Boots: boots})
				}
				check(r.States(ctx, []StateReport{{node, st, c.now()}}))
				model.told(st.Epoch, st.Boot, st.NextSeq, st.Outstanding, gave, st.Carried)
			},
			"declare": func() {
				e := epoch.Draw(t, "epoch")
				if model.next[e] == 0 {
					return // no such epoch yet
				}
				lo := seq.Draw(t, "from")
				hi := lo + rapid.Uint64Range(0, 9).Draw(t, "len")
				packs, err := r.DeclareLost(ctx, node, e, lo, hi, "teknisi", "dead card")
				check(err)
				if want := model.declare(e, lo, hi); packs != want {
					t.Fatalf("%d packs were declared lost, want %d", packs, want)
				}
			},
			"reopen": func() {
				check(r.Close())
				r, err = Open(path, opt)
				check(err)
			},
		}
		for range rapid.IntRange(1, 12).Draw(t, "steps") {
			ops[rapid.SampledFrom([]string{"stored", "stored", "state", "state", "declare", "reopen"}).Draw(t, "op")]()
			c.add(time.Minute) // past the grace
			gaps, err := r.Gaps(ctx, node)
			check(err)
			if diff := cmp.Diff(model.gaps(), expand(t, gaps)); diff != "" {
				t.Fatalf("gaps differ (-model +ledger):\n%s", diff)
			}
		}
	})
}

// Stored reports alone give the same ledger in any order and any number.
func TestStoredInAnyOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ranges := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) span {
			lo := rapid.Uint64Range(1, 100).Draw(t, "lo")
			return span{lo: lo, hi: lo + rapid.Uint64Range(0, 20).Draw(t, "len")}
		}), 1, 20).Draw(t, "ranges")
		again := rapid.Permutation(append(slices.Clone(ranges), ranges...)).Draw(t, "again")
		a, b := ledger{next: 1}, ledger{next: 1}
		var freshA, freshB uint64
		for _, s := range ranges {
			freshA += a.stored(s.lo, s.hi, 1000+int64(s.lo), 1000+int64(s.hi), 0)
		}
		for _, s := range again {
			freshB += b.stored(s.lo, s.hi, 1000+int64(s.lo), 1000+int64(s.hi), 0)
		}
		if a.next != b.next || a.edge != b.edge || !slices.Equal(a.open, b.open) {
			t.Fatalf("%+v in another order is %+v", a, b)
		}
		if freshA != freshB {
			t.Fatalf("%d new packs, in another order %d", freshA, freshB)
		}
	})
}

// Too many gaps are merged: none is forgotten, and each that grew is marked.
func TestBound(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := ledger{next: 1}
		now := int64(0)
		for range rapid.IntRange(1, 60).Draw(t, "stored") {
			now++
			s := l.next + rapid.Uint64Range(1, 9).Draw(t, "gap")
			l.stored(s, s+rapid.Uint64Range(0, 9).Draw(t, "len"), 0, 0, now)
		}
		if rapid.Bool().Draw(t, "told") {
			l.told(rapid.Uint64Range(1, l.next).Draw(t, "next"), nil, nil, "b1", now)
		}
		before := slices.Clone(l.open)
		limit := rapid.IntRange(0, 20).Draw(t, "limit")
		l.bound(limit)
		if len(l.open) > max(limit, 1) {
			t.Fatalf("%d spans left of %d, limit %d", len(l.open), len(before), limit)
		}
		for _, s := range before {
			i := slices.IndexFunc(l.open, func(o span) bool { return o.lo <= s.lo && s.hi <= o.hi })
			switch {
			case i < 0 && s.state != acknowledged:
				t.Fatalf("%+v is forgotten: %+v", s, l.open)
			case i >= 0 && (l.open[i].lo != s.lo || l.open[i].hi != s.hi) && !l.open[i].merged:
				t.Fatalf("%+v grew to %+v without a mark", s, l.open[i])
			}
		}
	})
}

func TestOpenRangesOfANodeAreBounded(t *testing.T) {
	r, c := fresh(t)
	ctx := t.Context()
	for e := range maxEpochs + 10 {
		var batch []StoredRange
		for i := range uint64(60) {
			batch = append(batch, stored("aa", fmt.Sprintf("e%02d", e), 3*i+2, 3*i+3))
		}
		must(t, r.Stored(ctx, batch))
		c.add(time.Second)
	}
	c.add(time.Minute)
	gaps, err := r.Gaps(ctx, "aa")
	must(t, err)
	if len(gaps) > maxSpans {
		t.Fatalf("%d open ranges", len(gaps))
	}
	if !slices.ContainsFunc(gaps, func(g Gap) bool { return g.Merged }) {
		t.Error("none is marked as merged")
	}
	odd, err := r.Anomalies(ctx, "aa")
	must(t, err)
	if len(odd) != 1 || odd[0].Kind != EpochsForgotten || odd[0].Count != 10 {
		t.Fatalf("anomalies %+v, want the forgotten epochs", odd)
	}
	// What was merged closes when the packs come, like any gap.
	must(t, r.Stored(ctx, []StoredRange{stored("aa", fmt.Sprintf("e%02d", maxEpochs+9), 1, 500)}))
	gaps, err = r.Gaps(ctx, "aa")
	must(t, err)
	for _, g := range gaps {
		if g.Epoch == fmt.Sprintf("e%02d", maxEpochs+9) {
			t.Fatalf("a gap is left in an epoch that is whole: %+v", g)
		}
	}
}

func TestGapsTellWhyAndSinceWhen(t *testing.T) {
	r, c := fresh(t)
	ctx := t.Context()
	start := c.now()
	st := state("e1", 100)
	st.Outstanding = []wire.SeqRange{{From: 50, To: 60}}
	st.GivenUp = []wire.GivenUp{{From: 10, To: 12, Reason: "disk full"}}
	tell(t, r, c, "aa", st)
	if n, err := r.OpenGaps(ctx); err != nil || n != 0 {
		t.Fatalf("packs that are on their way are %d gaps, %v", n, err)
	}
	c.add(time.Minute)
	tell(t, r, c, "aa", st) // says nothing new, so since stays
	must(t, r.Stored(ctx, []StoredRange{stored("aa", "e1", 55, 55)}))
	if n, err := r.DeclareLost(ctx, "aa", "e1", 56, 60, "Budi", "card dead"); err != nil || n != 5 {
		t.Fatalf("DeclareLost = %d, %v", n, err)
	}
	c.add(time.Minute)
	if n, err := r.OpenGaps(ctx); err != nil || n != 1 {
		t.Fatalf("OpenGaps = %d, %v, want that which waits", n, err)
	}
	got, err := r.Gaps(ctx, "aa")
	must(t, err)
	want := []Gap{
		{Epoch: "e1", From: 10, To: 12, State: Lost, Reason: "disk full", Said: "node", Since: start},
		{Epoch: "e1", From: 50, To: 54, State: Waiting, Since: start},
		{Epoch: "e1", From: 56, To: 60, State: Lost, Reason: "card dead", Said: "Budi", Since: start.Add(time.Minute)},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Fatalf("gaps (-want +got):\n%s", diff)
	}
	tell(t, r, c, "aa", st) // the node still has them: the card is not dead
	c.add(time.Minute)
	got, err = r.Gaps(ctx, "aa")
	must(t, err)
	if len(got) != 3 || got[2].State != Waiting {
		t.Fatalf("declared lost, and still at the node: %+v", got)
	}
}

func TestRestoredCardIsReported(t *testing.T) {
	r, c := fresh(t)
	tell(t, r, c, "aa", state("e1", 100))
	same := state("e1", 90) // the same boot: an old state came late
	tell(t, r, c, "aa", same)
	if odd, err := r.Anomalies(t.Context(), "aa"); err != nil || len(odd) != 0 {
		t.Fatalf("a late state is an anomaly: %+v, %v", odd, err)
	}
	tell(t, r, c, "aa", state("e1", 100))
	other := state("e1", 95)
	other.Boot = "b2"
	tell(t, r, c, "aa", other)
	clone := stored("aa", "e1", 97, 97)
	clone.Conflict = true
	c.add(time.Second)
	must(t, r.Stored(t.Context(), []StoredRange{clone}))
	odd, err := r.Anomalies(t.Context(), "aa")
	must(t, err)
	if len(odd) != 2 || odd[0].Kind != Cloned || odd[1].Kind != Restored {
		t.Fatalf("anomalies %+v, want the clone and the restored card", odd)
	}
}

func TestReplacedAndReturnedCardsAreReported(t *testing.T) {
	r, c := fresh(t)
	kinds := func() (all []string) {
		odd, err := r.Anomalies(t.Context(), "aa")
		must(t, err)
		for _, a := range odd {
			all = append(all, fmt.Sprint(a.Kind, " ", a.Epoch, " ", a.Count))
		}
		slices.Sort(all)
		return all
	}
	say := func(epoch string, next uint64) {
		c.add(time.Minute)
		st := state(epoch, next)
		st.Outstanding = []wire.SeqRange{{From: next - 1, To: next - 1}}
		tell(t, r, c, "aa", st)
	}
	say("e1", 100)
	say("e1", 110)
	if got := kinds(); got != nil {
		t.Fatalf("a node that goes on is an anomaly: %q", got)
	}
	must(t, r.Stored(t.Context(), []StoredRange{stored("aa", "e2", 1, 1)})) // packs may be faster than the state
	say("e2", 3)
	if got := kinds(); !slices.Equal(got, []string{"replaced e2 1"}) {
		t.Fatalf("after a new card %q", got)
	}
	c.add(time.Minute)
	gaps, err := r.Gaps(t.Context(), "aa")
	must(t, err)
	if len(gaps) != 2 || gaps[0].State != Missing || gaps[0].From != 109 || gaps[0].Reason == "" {
		t.Fatalf("gaps %+v, want what lay on the old card", gaps)
	}
	// Two boards of one name take turns.
	say("e1", 112)
	say("e2", 5)
	say("e1", 113)
	if got := kinds(); !slices.Equal(got, []string{"replaced e2 1", "returned e1 2", "returned e2 1"}) {
		t.Fatalf("two boards %q", got)
	}
	for since, want := range map[time.Duration]int{0: 1, time.Hour: 3} {
		if n, err := r.AnomaliesSince(t.Context(), c.now().Add(-since)); err != nil || n != want {
			t.Errorf("%d anomalies within %v, %v, want %d", n, since, err, want)
		}
	}
}

func TestDeclaringLostTakesAReason(t *testing.T) {
	r, _ := fresh(t)
	must(t, r.Stored(t.Context(), []StoredRange{stored("aa", "e1", 1, 1), stored("aa", "e1", 5, 5)}))
	long := strings.Repeat("x", maxWords+1)
	for _, tc := range []struct {
		node        reading.NodeID
		epoch       string
		from, to    uint64
		who, reason string
		want        error
	}{
		{"aa", "e1", 0, 4, "Budi", "dead", ErrInvalid},
		{"aa", "e1", 4, 3, "Budi", "dead", ErrInvalid},
		{"aa", "e1", 2, 4, "", "dead", ErrInvalid},
		{"aa", "e1", 2, 4, "node", "dead", ErrInvalid},
		{"aa", "e1", 2, 4, "Budi", "", ErrInvalid},
		{"aa", "e1", 2, 4, long, "dead", ErrInvalid},
		{"aa", "e1", 2, 4, "Budi", long, ErrInvalid},
		{"aa", "e2", 2, 4, "Budi", "dead", ErrNotFound},
		{"bb", "e1", 2, 4, "Budi", "dead", ErrNotFound},
	} {
		if n, err := r.DeclareLost(t.Context(), tc.node, tc.epoch, tc.from, tc.to, tc.who, tc.reason); n != 0 || !errors.Is(err, tc.want) {
			t.Errorf("%+v: %d packs, %v", tc, n, err)
		}
	}
	for _, want := range []uint64{3, 0} { // again: nothing more
		if n, err := r.DeclareLost(t.Context(), "aa", "e1", 1, 1<<60, "Budi", "dead"); n != want || err != nil {
			t.Errorf("%d packs, %v, want %d", n, err, want)
		}
	}
	must(t, r.Stored(t.Context(), []StoredRange{stored("aa", "e1", 3, 3)})) // it comes after all
	gaps, err := r.Gaps(t.Context(), "aa")
	must(t, err)
	if len(gaps) != 2 || gaps[0].To != 2 || gaps[1].From != 4 {
		t.Errorf("gaps %+v", gaps)
	}
}
