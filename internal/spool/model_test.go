package spool

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"
)

// model is what a spool must be: everything whose Append returned, less what
// was acknowledged or dropped.
type model struct {
	t       *rapid.T
	fs      *memFS
	s       *Spool
	next    uint64
	records map[uint64][]byte
	acked   rangeSet
	dropped rangeSet

	// The disk may have been so full that acknowledgements were not journalled;
	// a power cut may then turn what was acknowledged, and sequences that were
	// never used, into a false report.
	fills bool

	left rangeSet // skipped, durably

	// When the power fails or the process dies: what was under way, of which anything may be there.
	inFlight [][]byte
	dropping bool
	skipping uint64
}

func (m *model) open() error {
	var err error
	m.s, err = Open(testDir, small(m.fs))
	return err
}

// died says whether err came of the power cut, which ends the action.
func (m *model) died(err error) bool {
	if err != nil && !errors.Is(err, errPowerCut) {
		m.t.Fatalf("%v", err)
	}
	return err != nil
}

func (m *model) append(records [][]byte) {
	first, err := m.s.Append(records...)
	if errors.Is(err, ErrFull) {
		return
	}
	if m.died(err) {
		m.inFlight = records
		return
	}
	if first != m.next {
		m.t.Fatalf("sequence %d, want %d", first, m.next)
	}
	for i, b := range records {
		m.records[first+uint64(i)] = b
	}
	m.next += uint64(len(records))
}

func (m *model) ack(r Range) {
	err := m.s.Ack(r)
	m.acked.add(r) // in memory at once, whatever becomes of the disk
	m.died(err)
}

func (m *model) drop() {
	given, err := m.s.DropOldest()
	if errors.Is(err, ErrEmpty) {
		return
	}
	if m.died(err) {
		m.dropping = true
		return
	}
	for _, r := range given {
		m.dropped.add(r)
	}
}

func (m *model) skip(to uint64) {
	err := m.s.Skip(to)
	if errors.Is(err, ErrFull) {
		err = nil // memory has skipped
	} else if err == nil && to > m.next {
		m.left.add(Range{m.next, to - 1})
	}
	if m.died(err) {
		m.skipping = to
		return
	}
	if to > m.next {
		m.acked.add(Range{m.next, to - 1})
	}
	m.next = to
}

// check compares the open spool with the model.
func (m *model) check() {
	if got := m.s.Next(); got != m.next {
		m.t.Fatalf("Next is %d, want %d", got, m.next)
	}
	waiting := map[uint64]bool{}
	if err := m.s.Scan(1, func(seq uint64, b []byte) error {
		if !bytes.Equal(b, m.records[seq]) {
			m.t.Fatalf("record %d is not what was appended", seq)
		}
		waiting[seq] = true
		return nil
	}); err != nil {
		m.t.Fatalf("Scan: %v", err)
	}
	n := uint64(0)
	for _, r := range m.s.Waiting() {
		n += r.len()
	}
	if st := m.s.Stats(); n != uint64(len(waiting)) || st.Records != n {
		m.t.Fatalf("Waiting has %d, Stats %d, Scan %d", n, st.Records, len(waiting))
	}
	var lost rangeSet
	for _, d := range m.s.Lost() {
		lost.add(d.Range)
	}
	for seq := uint64(1); seq < m.next; seq++ {
		_, appended := m.records[seq]
		should := appended && !m.acked.has(seq) && !m.dropped.has(seq)
		if waiting[seq] != should {
			m.t.Fatalf("record %d: waits %v, should %v", seq, waiting[seq], should)
		}
		// What does not wait was acknowledged, or is named. (An entry names all
		// of its range until all of that is acknowledged.)
		if !waiting[seq] && !m.acked.has(seq) && !lost.has(seq) {
			m.t.Fatalf("record %d is neither there nor named as lost", seq)
		}
		if lost.has(seq) && waiting[seq] {
			m.t.Fatalf("record %d waits and is named as lost", seq)
		}
	}
}

// afterCrash takes what a crash may change into the model, and fails for the
// rest.
func (m *model) afterCrash() {
	next := m.s.Next()
	if next < m.next {
		m.t.Fatalf("Next went back from %d to %d", m.next, next)
	}
	// What was under way skips no more than its bytes could have held.
	most := max(m.next+12*(900+recordHeaderSize)/recordHeaderSize, m.skipping)
	if next > most && !m.fills {
		m.t.Fatalf("Next jumped from %d to %d", m.next, next)
	}
	for i, b := range m.inFlight {
		m.records[m.next+uint64(i)] = b
	}
	there := map[uint64]bool{}
	for _, r := range m.s.Waiting() {
		for seq := r.From; seq <= r.To; seq++ {
			there[seq] = true
		}
	}
	var acked rangeSet
	for seq := uint64(1); seq < next; seq++ {
		one := Range{seq, seq}
		_, err := m.s.Read(seq, nil)
		var d *DamageError
		switch {
		case there[seq]: // an acknowledgement may have been forgotten, a drop not
			if m.dropped.has(seq) {
				m.t.Fatalf("record %d was dropped and is back", seq)
			}
		case errors.As(err, &d):
			mayDrop := m.dropping && errors.Is(d, ErrDropped)
			mayForget := m.fills && m.acked.has(seq)
			if m.left.has(seq) && !m.fills {
				m.t.Fatalf("sequence %d was skipped and is lost: %v", seq, d)
			}
			if seq < m.next && m.records[seq] != nil && !m.dropped.has(seq) && !mayDrop && !mayForget {
				m.t.Fatalf("record %d was durable and is lost: %v", seq, d)
			}
			m.dropped.add(one) // whatever took it, it may not come back
		default:
			if !m.acked.has(seq) && (seq < m.next || seq >= m.skipping) {
				m.t.Fatalf("record %d is gone: %v", seq, err)
			}
			acked.add(one)
		}
		if seq >= m.next && !there[seq] {
			delete(m.records, seq)
		}
	}
	for seq := range m.records {
		if seq >= next {
			delete(m.records, seq)
		}
	}
	m.next, m.acked, m.inFlight, m.dropping, m.skipping = next, acked, nil, false, 0
}

// TestModel drives a spool and the model with the same actions, with restarts,
// and with kills and power cuts after any file operation, also of Open itself.
func TestModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := &model{t: t, fs: newMemFS(), next: 1, records: map[uint64][]byte{}}
		m.fills = rapid.Bool().Draw(t, "the disk fills up")
		if err := m.open(); err != nil {
			t.Fatal(err)
		}
		for range rapid.IntRange(1, 40).Draw(t, "actions") {
			cut := rapid.IntRange(0, 3).Draw(t, "cut") == 0
			if cut {
				left := rapid.IntRange(0, 12).Draw(t, "operations until the cut")
				m.fs.fault = func(string, string) error {
					left--
					if left < 0 {
						return errPowerCut
					}
					return nil
				}
			}
			switch action := rapid.IntRange(0, 10).Draw(t, "action"); {
			case action < 4:
				n := rapid.IntRange(1, 12).Draw(t, "records")
				records := make([][]byte, n)
				for i := range records {
					records[i] = rapid.SliceOfN(rapid.Byte(), 0, 900).Draw(t, "record")
				}
				m.append(records)
			case action < 7:
				if m.next > 1 {
					from := rapid.Uint64Range(1, m.next-1).Draw(t, "from")
					m.ack(Range{from, rapid.Uint64Range(from, m.next-1).Draw(t, "to")})
				}
			case action == 7:
				m.drop()
			case action == 8:
				m.died(m.s.Close())
				if m.died(m.open()) {
					m.s = nil
				}
			case action == 9:
				m.skip(m.next + rapid.Uint64Range(0, 20).Draw(t, "skip"))
			case m.fills:
				m.fs.capacity, m.fs.lies = m.fs.used()+rapid.Int64Range(0, 3000).Draw(t, "room"), true
				m.append([][]byte{bytes.Repeat([]byte{1}, 1000), bytes.Repeat([]byte{2}, 1000)})
				if m.next > 1 {
					m.ack(Range{1, m.next - 1})
				}
				m.fs.capacity = 0
			}
			if cut {
				if rapid.Bool().Draw(t, "only the process dies") {
					m.fs.kill()
				} else {
					seed := rapid.Uint64().Draw(t, "seed")
					m.fs.crash(rand.New(rand.NewPCG(seed, 0)))
				}
				if err := m.open(); err != nil {
					t.Fatal(err)
				}
				m.afterCrash()
			}
			m.check()
		}
		if err := m.s.Close(); err != nil {
			t.Fatal(err)
		}
	})
}

// TestRandomDamage changes bytes of the segments in any places, and cuts and
// fills files. What was not touched lives, what was is named, and nothing false
// comes up.
func TestRandomDamage(t *testing.T) {
	whole := buildDamaged(t, true)
	rapid.Check(t, func(t *rapid.T) {
		d := &damagedSpool{fs: whole.fs.clone(), segs: whole.segs}
		touched := map[uint64]bool{}
		touch := func(i int, from, to int64) {
			for seq := d.segs[i].base; seq < d.segs[i].next; seq++ {
				_, at := d.offset(seq)
				if at < to && from < at+recordHeaderSize+int64(len(record(seq))) {
					touched[seq] = true
				}
			}
		}
		cuts := map[int]bool{}
		for range rapid.IntRange(1, 6).Draw(t, "damages") {
			i := rapid.IntRange(0, d.last()).Draw(t, "segment")
			if cuts[i] {
				continue
			}
			size := d.segs[i].size
			from := rapid.Int64Range(0, size-1).Draw(t, "from")
			to := min(size, from+rapid.Int64Range(1, 600).Draw(t, "length"))
			switch rapid.IntRange(0, 3).Draw(t, "kind") {
			case 0:
				d.flip(i, from)
				touch(i, from, from+1)
			case 1:
				d.fs.edit(d.path(i), func(b []byte) []byte { clear(b[from:to]); return b })
				touch(i, from, to)
			case 2:
				source := rapid.Int64Range(0, size-1).Draw(t, "source")
				d.fs.edit(d.path(i), func(b []byte) []byte { copy(b[from:to], b[source:]); return b })
				touch(i, from, to)
			case 3:
				d.cut(i, from)
				touch(i, from, size)
				cuts[i] = true
			}
		}
		s, err := Open(testDir, small(d.fs))
		if err != nil {
			t.Fatal(err)
		}
		var there, lost rangeSet
		if err := s.Scan(1, func(seq uint64, b []byte) error {
			if !bytes.Equal(b, record(seq)) {
				t.Fatalf("record %d is not what was appended", seq)
			}
			there.add(Range{seq, seq})
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		for _, e := range s.Lost() {
			if e.Range != (Range{}) {
				lost.add(e.Range)
			}
		}
		lastHeader := cuts[d.last()] && s.Next() <= 60 // a clean cut after a kill cannot be told
		for seq := uint64(1); seq <= 60; seq++ {
			acked := 11 <= seq && seq <= 14
			switch {
			case acked:
			case !touched[seq] && !there.has(seq):
				t.Fatalf("record %d was not touched and is gone: %v", seq, s.Lost())
			case touched[seq] && !there.has(seq) && !lost.has(seq) && !(lastHeader && seq >= s.Next()):
				t.Fatalf("record %d is gone and not named: %v", seq, s.Lost())
			case there.has(seq) && lost.has(seq):
				t.Fatalf("record %d is there and named as lost", seq)
			}
		}
		if s.Next() <= 60 && !lastHeader {
			t.Fatalf("Next is %d", s.Next())
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	})
}

func TestRangeSetModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var s rangeSet
		in := map[uint64]bool{}
		one := func(what string) Range {
			from := rapid.Uint64Range(1, 60).Draw(t, what+" from")
			return Range{from, rapid.Uint64Range(from, 64).Draw(t, what+" to")}
		}
		for range rapid.IntRange(0, 20).Draw(t, "adds") {
			r := one("add")
			s.add(r)
			for seq := r.From; seq <= r.To; seq++ {
				in[seq] = true
			}
		}
		if s.total != uint64(len(in)) {
			t.Fatalf("total %d, want %d", s.total, len(in))
		}
		for i := 1; i < len(s.ranges); i++ {
			if s.ranges[i-1].To+1 >= s.ranges[i].From {
				t.Fatalf("%v overlap or touch", s.ranges)
			}
		}
		r := one("ask")
		var absent rangeSet
		n, all := uint64(0), true
		for seq := r.From; seq <= r.To; seq++ {
			if s.has(seq) != in[seq] {
				t.Fatalf("has(%d) is %v", seq, s.has(seq))
			}
			if in[seq] {
				n++
			} else {
				all = false
				absent.add(Range{seq, seq})
			}
		}
		if s.covers(r) != all || s.overlap(r) != n {
			t.Fatalf("%v in %v: covers %v, overlap %d", r, s.ranges, s.covers(r), s.overlap(r))
		}
		equal(t, "missing", s.missing(nil, r), absent.ranges)
		first := r.From
		for in[first] {
			first++
		}
		equal(t, "absent", s.absent(r.From), first)
	})
}
