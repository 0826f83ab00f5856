package calibration

import (
	"errors"
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"github.com/siaga-id/siaga/internal/reading"
)

func opened(t testing.TB) *Store {
	t.Helper()
	s, err := Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func set(t testing.TB, s *Store, c Correction) int {
	t.Helper()
	v, err := s.Set(c)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// wantOffset wants an offset to be in force, or nothing.
func wantOffset(t testing.TB, s *Store, q reading.Quantity, want *float64) {
	t.Helper()
	c, ok := s.InForce("air-1", q)
	if ok != (want != nil) || ok && c.Offset != *want {
		t.Fatalf("in force: %+v, %v", c, ok)
	}
}

func at(v float64) *float64 { return &v }

func TestUndoGoesBackStepByStep(t *testing.T) {
	s := opened(t)
	set(t, s, offset("air-1", reading.Level, 1))
	set(t, s, offset("air-1", reading.Temperature, 7))
	set(t, s, offset("air-1", reading.Level, 2))
	undo := func(restores int) {
		t.Helper()
		e, err := s.Undo("air-1", reading.Level, "budi", "the staff was misread")
		if err != nil || e.Restores != restores || e.Correction.Version != s.Version() || e.Correction.Author != "budi" {
			t.Fatalf("%+v, %v", e, err)
		}
	}
	undo(1)
	wantOffset(t, s, reading.Level, at(1))
	set(t, s, offset("air-1", reading.Level, 3))
	undo(1)
	wantOffset(t, s, reading.Level, at(1))
	undo(0)
	wantOffset(t, s, reading.Level, nil)
	if _, err := s.Undo("air-1", reading.Level, "budi", "again"); !errors.Is(err, ErrNothingToUndo) {
		t.Fatal(err)
	}
	wantOffset(t, s, reading.Temperature, at(7))
	if all, _ := s.History("air-1"); len(all) != 7 || all[6].Event != UndoEvent || all[6].Correction.Kind != None {
		t.Errorf("%+v", all)
	}
}

// TestUndoIsTheInverseOfSet compares with a stack, which is what people think
// of.
func TestUndoIsTheInverseOfSet(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s, err := open("/data", newFakeDisk())
		if err != nil {
			t.Fatal(err)
		}
		var stack []float64
		for i := range rapid.IntRange(1, 16).Draw(t, "changes") {
			switch rapid.SampledFrom([]string{"set", "set", "undo", "undo", "replace", "other"}).Draw(t, "change") {
			case "set":
				if _, err := s.Set(offset("air-1", reading.Level, float64(i))); err != nil {
					t.Fatal(err)
				}
				stack = append(stack, float64(i))
			case "undo":
				_, err := s.Undo("air-1", reading.Level, "budi", "a mistake")
				if (err == nil) != (len(stack) > 0) || err != nil && !errors.Is(err, ErrNothingToUndo) {
					t.Fatalf("undo with %d in the stack: %v", len(stack), err)
				}
				stack = stack[:max(0, len(stack)-1)]
			case "replace":
				if err := s.Replace("air-1", "budi", "it was drowned"); err != nil {
					t.Fatal(err)
				}
				stack = nil
			case "other":
				if _, err := s.Set(offset("air-1", reading.Temperature, 1)); err != nil {
					t.Fatal(err)
				}
			}
			c, ok := s.InForce("air-1", reading.Level)
			if ok != (len(stack) > 0) || ok && c.Offset != stack[len(stack)-1] {
				t.Fatalf("in force %+v, stack %v", c, stack)
			}
		}
	})
}

func TestReplaceEndsEverythingOfOneSensor(t *testing.T) {
	s := opened(t)
	set(t, s, offset("air-1", reading.Level, 1))
	set(t, s, Correction{Sensor: "air-2", Quantity: reading.Distance, Kind: Datum, DatumM: 4.4, Author: "sari", Reason: "tape"})
	if err := s.Replace("air-1", "budi", "it was drowned"); err != nil {
		t.Fatal(err)
	}
	wantOffset(t, s, reading.Level, nil)
	if _, err := s.Undo("air-1", reading.Level, "budi", "that was another device"); !errors.Is(err, ErrNothingToUndo) {
		t.Error(err)
	}
	if m, ok := s.Datum("air-2"); m != 4.4 || !ok {
		t.Errorf("the other sensor's datum is %v, %v", m, ok)
	}
	if err := s.Replace("air-2", "budi", "lightning"); err != nil {
		t.Fatal(err)
	}
	if m, ok := s.Datum("air-2"); ok {
		t.Errorf("the datum of a sensor that is gone: %v", m)
	}
	if all, _ := s.History("air-1"); len(all) != 2 || all[0].Correction.Offset != 1 {
		t.Errorf("the history was rewritten: %+v", all)
	}
}

func TestUndoOfALevelThatStandsOnItsDatum(t *testing.T) {
	s := opened(t)
	datum := Correction{Sensor: "air-1", Quantity: reading.Distance, Kind: Datum, DatumM: 4.4, Author: "sari", Reason: "tape"}
	set(t, s, datum)
	set(t, s, offset("air-1", reading.Level, 0.02))
	if _, err := s.Set(datum); !errors.Is(err, ErrLevelCorrected) {
		t.Fatalf("a datum under a corrected level: %v", err)
	}
	if _, err := s.Undo("air-1", reading.Distance, "budi", "back"); !errors.Is(err, ErrLevelCorrected) {
		t.Fatalf("no datum under a corrected level: %v", err)
	}
	for _, q := range []reading.Quantity{reading.Level, reading.Distance} {
		if e, err := s.Undo("air-1", reading.Level, "budi", "back"); err != nil || e.Correction.Quantity != q {
			t.Fatalf("%+v, %v", e, err)
		}
	}
	if _, ok := s.Datum("air-1"); ok {
		t.Error("the datum is still there")
	}
}

// standing is a store over a disk on which corrections stand already: to make a
// hundred one by one is to read and write the whole file as often.
func standing(t testing.TB, corrections []Correction) *Store {
	t.Helper()
	l := newLedger()
	for _, c := range corrections {
		c.Date = dated(c.Date)
		if _, err := l.set(c); err != nil {
			t.Fatal(err)
		}
	}
	b, err := l.encode()
	if err != nil {
		t.Fatal(err)
	}
	d := newFakeDisk()
	d.names[ledgerFile] = &content{bytes: b, synced: len(b)}
	s, err := open("/data", d)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestFullHistoryDropsTheOldestThatIsNotInForce(t *testing.T) {
	const alreadyThere = maxEntries - 3
	stand := []Correction{offset("air-1", reading.Temperature, 7)}
	for i := range alreadyThere - 1 {
		stand = append(stand, offset("air-1", reading.Level, float64(i)))
	}
	s := standing(t, stand)
	for i := alreadyThere - 1; i < maxEntries+10; i++ {
		set(t, s, offset("air-1", reading.Level, float64(i)))
	}
	entries, dropped := s.History("air-1")
	if len(entries) != maxEntries || dropped != 11 || entries[0].Correction.Offset != 7 || entries[1].Correction.Version != 13 {
		t.Fatalf("%d entries, %d dropped, first %+v", len(entries), dropped, entries[:2])
	}
	wantOffset(t, s, reading.Temperature, at(7))
	// It is not known whether anything was in force before.
	if _, err := s.Undo("air-1", reading.Temperature, "budi", "back"); !errors.Is(err, ErrNothingToUndo) {
		t.Errorf("undo beyond what is known: %v", err)
	}
	if again, err := open("/data", s.disk); err != nil || again.Version() != s.Version() {
		t.Errorf("the full history cannot be read: %v", err)
	}
}

func TestTooManySensors(t *testing.T) {
	var stand []Correction
	for i := range maxSensors - 1 {
		stand = append(stand, offset(reading.SensorID(fmt.Sprint("s-", i)), reading.Level, 1))
	}
	s := standing(t, stand)
	set(t, s, offset("the-last", reading.Level, 1))
	if _, err := s.Set(offset("one-more", reading.Level, 1)); !errors.Is(err, ErrFull) {
		t.Error(err)
	}
}
