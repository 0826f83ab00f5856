package ingest

import (
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"
)

// Packs that come one after the other share writes and reports, and the first
// after a pause waits for nobody.
func TestPacksAndReportsAreGathered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		r.start(t)
		time.Sleep(time.Second)
		const packs = 100
		began := time.Now()
		for seq := uint64(1); seq <= packs; seq++ {
			r.send(t, "n1", encode(t, pack(seq)))
			if synctest.Wait(); seq == 1 && len(r.store.content()) != 6 {
				t.Error("the first pack waits")
			}
			time.Sleep(10 * time.Millisecond)
		}
		took := time.Since(began)
		time.Sleep(gatherReports + gatherPacks)
		synctest.Wait()
		if most := int(took/gatherPacks) + 2; r.store.writes > most {
			t.Errorf("%d writes in %v, want at most %d", r.store.writes, took, most)
		}
		told := r.registry.ranges()
		if most := int(took/gatherReports) + 2; len(told) > most {
			t.Errorf("%d ranges told in %v, want at most %d", len(told), took, most)
		}
		next, readings := uint64(1), 0
		for _, s := range told {
			if s.From != next {
				t.Fatalf("ledger told %+v, want from %d on", told, next)
			}
			next = s.To + 1
			readings += s.Readings
		}
		if next != packs+1 || readings != packs*3 {
			t.Errorf("ledger told %+v", told)
		}
	})
}

// Where packs come thick a write is full soon, and they wait less.
func TestThickPacksWaitLess(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		r.start(t)
		time.Sleep(time.Second)
		seq, began := uint64(0), time.Now()
		for range 20 {
			for range manyLines {
				seq++
				r.send(t, "n1", encode(t, pack(seq)))
			}
			synctest.Wait()
			time.Sleep(gatherMany)
		}
		took := time.Since(began)
		r.store.mu.Lock()
		defer r.store.mu.Unlock()
		if least := int(took/gatherMany) - 5; r.store.writes < least {
			t.Errorf("%d writes in %v, want at least %d", r.store.writes, took, least)
		}
	})
}

// Merged reports say what the reports said, and nothing over more than a minute
// of readings but what one report said.
func TestMerge(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		var reports []StoredRange
		packs, readings, checks := map[string]int{}, 0, uint32(0)
		for range rapid.IntRange(0, 20).Draw(rt, "reports") {
			from := rapid.Uint64Range(1, 20).Draw(rt, "from")
			at := int64(from) * rapid.Int64Range(1, 20_000).Draw(rt, "pace")
			s := StoredRange{
				Node: "n1", Epoch: rapid.SampledFrom([]string{"e1", "e2"}).Draw(rt, "epoch"),
				From: from, To: from + rapid.Uint64Range(0, 5).Draw(rt, "more"),
				Check: rapid.Uint32().Draw(rt, "check"), Readings: rapid.IntRange(0, 9).Draw(rt, "readings"),
				OldestMS: at, NewestMS: at + rapid.Int64Range(0, 30_000).Draw(rt, "span"), Conflict: rapid.IntRange(0, 9).Draw(rt, "conflict") == 0,
			}
			count(packs, s, 1)
			readings += s.Readings
			checks ^= s.Check
			reports = append(reports, s)
		}
		alone := slices.Clone(reports)
		for _, s := range merge(reports) {
			count(packs, s, -1)
			readings -= s.Readings
			checks ^= s.Check
			if s.NewestMS-s.OldestMS > maxMerged.Milliseconds() && !slices.Contains(alone, s) {
				rt.Fatalf("merged over too much time: %+v", s)
			}
		}
		for pack, n := range packs {
			if n != 0 {
				rt.Fatalf("%s: told %+d times more or less", pack, n)
			}
		}
		if readings != 0 || checks != 0 {
			rt.Fatalf("%d readings and the checks %x are left", readings, checks)
		}
	})
}

// count adds n for each pack of a range.
func count(packs map[string]int, s StoredRange, n int) {
	for seq := s.From; seq <= s.To; seq++ {
		packs[fmt.Sprint(s.Epoch, " ", seq, s.Conflict)] += n
	}
}
