package calibration

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/siaga-id/siaga/internal/reading"
)

var (
	nan      = math.NaN()
	equalNaN = cmp.Comparer(func(a, b float64) bool { return a == b || math.IsNaN(a) && math.IsNaN(b) })
)

// TestStoreRemembersExactly makes any changes and opens the file again.
func TestStoreRemembersExactly(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := newFakeDisk()
		s, err := open("/data", d)
		if err != nil {
			t.Fatal(err)
		}
		for range rapid.IntRange(0, 12).Draw(t, "changes") {
			c := anyCorrection().Draw(t, "c")
			switch rapid.IntRange(0, 4).Draw(t, "change") {
			case 0:
				_, err = s.Undo(c.Sensor, c.Quantity, c.Author, c.Reason)
			case 1:
				err = s.Replace(c.Sensor, c.Author, c.Reason)
			default:
				_, err = s.Set(c)
			}
			if err != nil && !errors.Is(err, ErrNothingToUndo) && !errors.Is(err, ErrLevelCorrected) {
				t.Fatal(err)
			}
		}
		again, err := open("/data", d)
		if err != nil {
			t.Fatal(err)
		}
		if s.Version() != again.Version() {
			t.Fatalf("version %d, want %d", again.Version(), s.Version())
		}
		for _, id := range s.Sensors() {
			want, _ := s.History(id)
			got, _ := again.History(id)
			if diff := cmp.Diff(want, got); diff != "" {
				t.Fatalf("history (-want +got):\n%s", diff)
			}
			for q, want := range InForceAfter(want) {
				if got, ok := again.InForce(id, q); !ok || !cmp.Equal(want, got) {
					t.Fatalf("in force: %+v, want %+v", got, want)
				}
			}
		}
	})
}

func TestSetRefusesAndChangesNothing(t *testing.T) {
	s := opened(t)
	bad := offset("air-1", reading.Level, nan)
	if _, err := s.Set(bad); !errors.Is(err, ErrInvalid) {
		t.Error(err)
	}
	if _, err := s.Undo("air-1", reading.Level, "", ""); !errors.Is(err, ErrInvalid) {
		t.Error(err)
	}
	if err := s.Replace("Air", "sari", "x"); !errors.Is(err, ErrInvalid) {
		t.Error(err)
	}
	if _, err := os.Stat(filepath.Join(s.dir, ledgerFile)); s.Version() != 0 || !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("version %d, file: %v", s.Version(), err)
	}
}

func TestDatesAreFilledIn(t *testing.T) {
	s := opened(t)
	c := offset("air-1", reading.Level, 1)
	c.Date = time.Date(2026, 2, 3, 4, 5, 6, 789, time.FixedZone("WIB", 7*3600))
	set(t, s, c)
	set(t, s, offset("air-1", reading.Level, 2))
	all, _ := s.History("air-1")
	if got := all[0].Correction.Date.Format(time.RFC3339Nano); got != "2026-02-02T21:05:06Z" {
		t.Error(got)
	}
	if d := all[1].Correction.Date; d.IsZero() || d.Location() != time.UTC || d.Nanosecond() != 0 {
		t.Error(d)
	}
}

func TestTwoProgramsSeeEachOther(t *testing.T) {
	dir := t.TempDir()
	a, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	b, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	set(t, a, offset("air-1", reading.Level, 1))
	if v := set(t, b, offset("air-1", reading.Temperature, 2)); v != 2 {
		t.Errorf("the second program's version is %d", v)
	}
	if a.Version() != 1 {
		t.Errorf("version %d before Reload", a.Version())
	}
	<-a.Changed()
	if err := a.Reload(); err != nil || a.Version() != 2 {
		t.Errorf("version %d, %v", a.Version(), err)
	}
	<-a.Changed()
	if err := a.Reload(); err != nil {
		t.Error(err)
	}
	select {
	case <-a.Changed():
		t.Error("told of no change")
	default:
	}
}

func TestBusy(t *testing.T) {
	d := newFakeDisk()
	s, err := open("/data", d)
	if err != nil {
		t.Fatal(err)
	}
	d.locked = true
	if _, err := s.Set(offset("air-1", reading.Level, 1)); !errors.Is(err, ErrBusy) {
		t.Error(err)
	}
}

func TestDamageNamesFileAndRemedy(t *testing.T) {
	for _, tc := range []struct {
		name  string
		spoil func(t *testing.T, file, backup string)
		want  []string
	}{
		{"empty", func(t *testing.T, file, _ string) { write(t, file, nil) }, []string{"cp ", ".bak", "version 1"}},
		{"a flipped bit", func(t *testing.T, file, _ string) { flip(t, file, `"offset": 2`) }, []string{"checksum", "cp "}},
		{"a flipped bit in the reason", func(t *testing.T, file, _ string) { flip(t, file, "thermometer") }, []string{"checksum", "cp "}},
		{"gone", func(t *testing.T, file, _ string) { remove(t, file) }, []string{"the file is gone", "cp "}},
		{"both", func(t *testing.T, file, backup string) { write(t, file, []byte("{")); write(t, backup, nil) }, []string{"no usable backup", "mv "}},
		{"from the future", func(t *testing.T, file, _ string) { write(t, file, []byte(`{"format":2,"x":1}`)) }, []string{"format 2"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := opened(t)
			set(t, s, offset("air-1", reading.Level, 1))
			set(t, s, offset("air-1", reading.Level, 2))
			file, backup := filepath.Join(s.dir, ledgerFile), filepath.Join(s.dir, backupFile)
			tc.spoil(t, file, backup)
			_, err := Open(s.dir)
			var damage *DamageError
			if !errors.As(err, &damage) || damage.File != file {
				t.Fatalf("error %v", err)
			}
			for _, want := range tc.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("%q is not in: %v", want, err)
				}
			}
			// A program that has it open does not write over it either, and keeps
			// what it knows.
			if _, err := s.Set(offset("air-1", reading.Level, 3)); !errors.As(err, &damage) {
				t.Errorf("a change over a damaged file: %v", err)
			}
			if c, ok := s.InForce("air-1", reading.Level); !ok || c.Offset != 2 {
				t.Errorf("in force: %+v", c)
			}
		})
	}
}

func write(t *testing.T, name string, b []byte) {
	t.Helper()
	if err := os.WriteFile(name, b, 0o600); err != nil {
		t.Fatal(err)
	}
}

func remove(t *testing.T, name string) {
	t.Helper()
	if err := os.Remove(name); err != nil {
		t.Fatal(err)
	}
}

// flip changes one bit of the last character of what.
func flip(t *testing.T, name, what string) {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	i := strings.Index(string(b), what)
	if i < 0 {
		t.Fatalf("no %q in %s", what, b)
	}
	b[i+len(what)-1] ^= 1
	write(t, name, b)
}

func FuzzParse(f *testing.F) {
	s, err := open("/data", newFakeDisk())
	if err != nil {
		f.Fatal(err)
	}
	empty, err := newLedger().encode()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(empty)
	set(f, s, offset("air-1", reading.Level, 1))
	set(f, s, Correction{Sensor: "pm-1", Quantity: reading.PM2_5, Kind: Humidity, Humidity: &HumidityModel{Name: "epa-2021"}, Author: "sari", Reason: "fog"})
	set(f, s, Correction{Sensor: "pm-1", Quantity: reading.CO2, Kind: Table, Table: [][2]float64{{0, 1}, {2, 3}}, Author: "sari", Reason: "gas"})
	if _, err := s.Undo("air-1", reading.Level, "budi", "back"); err != nil {
		f.Fatal(err)
	}
	if err := s.Replace("pm-1", "budi", "new"); err != nil {
		f.Fatal(err)
	}
	b, err := s.disk.Read(ledgerFile, maxFile+1)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b)
	content := `{"version":1,"sensors":[{"sensor":"a1","dropped":0,"entries":[]}]}`
	f.Add(fmt.Appendf(nil, `{"format":1,"crc32c":"%s","content":%s}`, checksum([]byte(content)), content))
	f.Add([]byte(content)) // the fuzzer changes it under a right checksum
	f.Fuzz(func(t *testing.T, b []byte) {
		var plain bytes.Buffer
		_ = json.Compact(&plain, b) // what is no JSON has a wrong checksum
		for _, b := range [][]byte{b, fmt.Appendf(nil, `{"format":1,"crc32c":"%s","content":%s}`, checksum(plain.Bytes()), b)} {
			l, err := parse(b)
			if err != nil {
				continue
			}
			out, err := l.encode()
			if err != nil {
				t.Fatal(err)
			}
			again, err := parse(out)
			if err != nil {
				t.Fatalf("%v: %s", err, out)
			}
			if diff := cmp.Diff(l.sensors, again.sensors, cmp.AllowUnexported(past{})); diff != "" || l.version != again.version {
				t.Fatal(diff)
			}
			(&Store{}).publish(l, b)
		}
	})
}
