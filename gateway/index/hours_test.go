package index

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/siaga-id/siaga/gateway/registry"
	"github.com/siaga-id/siaga/internal/reading"
	"github.com/siaga-id/siaga/internal/wholefile"
)

// at is the Unix hour 1000, and so many later.
func at(hours float64) time.Time {
	return time.Unix(1000*3600, 0).Add(time.Duration(hours * float64(time.Hour)))
}

func stretch(node reading.NodeID, oldest, newest float64) registry.StoredRange {
	return registry.StoredRange{Node: node, Readings: 1, Oldest: at(oldest), Newest: at(newest)}
}

// opened has hours until 1000 behind it.
func opened(t *testing.T, disk wholefile.Disk) *hours {
	t.Helper()
	h, err := openHours(disk, at(0.5), false)
	if err != nil {
		t.Fatal(err)
	}
	h.advance(nil, 1000)
	if err := h.flush(); err != nil {
		t.Fatal(err)
	}
	return h
}

func all(h *hours) (jobs []string) {
	for {
		j, ok := h.take()
		if !ok {
			return jobs
		}
		jobs = append(jobs, fmt.Sprint(j.node, " ", j.hours[0], "-", j.hours[1]))
		h.done(true)
	}
}

func TestStored(t *testing.T) {
	for _, tc := range []struct {
		name   string
		stored []registry.StoredRange
		want   []string
	}{
		{"of the hour that runs", []registry.StoredRange{stretch("aa", 0.1, 0.4)}, nil},
		{"of the hour before", []registry.StoredRange{stretch("aa", -0.1, -0.1)}, []string{"aa 999-1000"}},
		{"over the hour's end", []registry.StoredRange{stretch("aa", -0.1, 0.2)}, []string{"aa 999-1000"}},
		{"the very last millisecond", []registry.StoredRange{{Node: "aa", Readings: 1, Oldest: at(0).Add(-time.Millisecond), Newest: at(0).Add(-time.Millisecond)}}, []string{"aa 999-1000"}},
		{"the newest first, six at once", []registry.StoredRange{stretch("aa", -14.5, -5.5), stretch("bb", -2, -1.5)}, []string{"bb 998-999", "aa 989-995", "aa 985-989"}},
		{"twice", []registry.StoredRange{stretch("aa", -3, -2.5), stretch("aa", -3, -2.5)}, []string{"aa 997-998"}},
		{"neighbours are one", []registry.StoredRange{stretch("aa", -3, -2.5), stretch("aa", -2, -1.5), stretch("aa", -5, -2.5)}, []string{"aa 995-999"}},
		{"without readings", []registry.StoredRange{{Node: "aa", Oldest: at(-5), Newest: at(-4)}}, nil},
		{"of no node", []registry.StoredRange{stretch("A/B", -5, -4)}, nil},
		{"from the future", []registry.StoredRange{stretch("aa", 0.1, 5000)}, nil},
		{"from before 1970", []registry.StoredRange{stretch("aa", -3000, -2999.5)}, []string{"aa -2000--1999"}},
		{"reversed", []registry.StoredRange{stretch("aa", -2, -5)}, nil},
	} {
		t.Run(tc.name, func(t *testing.T) {
			h := opened(t, wholefile.Dir(t.TempDir()))
			if err := h.stored(tc.stored, at(0.5)); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tc.want, all(h)); diff != "" {
				t.Errorf("jobs (-want +got):\n%s", diff)
			}
		})
	}
}

func TestStoredOlderThanKept(t *testing.T) {
	h := opened(t, wholefile.Dir(t.TempDir()))
	if err := h.stored([]registry.StoredRange{stretch("aa", -lateHours-100, -lateHours+0.5)}, at(0.5)); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"aa -8600--8599"}, all(h)); diff != "" {
		t.Errorf("jobs (-want +got):\n%s", diff)
	}
}

// An hour is over for all nodes, but for the retired; what was late waits beside.
func TestAdvance(t *testing.T) {
	h := opened(t, wholefile.Dir(t.TempDir()))
	nodes := []registry.Node{{ID: "aa"}, {ID: "bb", Retired: at(0.5)}, {ID: "cc", Retired: at(-0.5)}}
	h.advance(nodes, 1000) // not over
	if n := h.waiting(); n != 0 {
		t.Fatalf("%d hours wait", n)
	}
	h.advance(nodes, 1002)
	if n := h.waiting(); n != 4 || !h.waits("aa", 1001) || h.waits("aa", 999) || !h.waits("cc", 1002) || h.waits("cc", 1001) {
		t.Errorf("%d hours wait", n)
	}
	if diff := cmp.Diff([]string{"aa 1000-1002", "bb 1000-1002"}, all(h)); diff != "" {
		t.Errorf("jobs (-want +got):\n%s", diff)
	}
}

// Whatever is cut short waits again after the next start.
func TestHoursAreKept(t *testing.T) {
	dir := wholefile.Dir(t.TempDir())
	h := opened(t, dir)
	again := func() []string {
		t.Helper()
		h, err := openHours(dir, at(0.5), false)
		if err != nil {
			t.Fatal(err)
		}
		if h.from != 1000 {
			t.Errorf("hours are rolled up until %d", h.from)
		}
		return all(h)
	}
	if err := h.stored([]registry.StoredRange{stretch("aa", -8, -1.5), stretch("bb", -30, -29.5)}, at(0.5)); err != nil {
		t.Fatal(err)
	}
	want := []string{"aa 993-999", "aa 992-993", "bb 970-971"}
	if diff := cmp.Diff(want, again()); diff != "" { // killed right after stored
		t.Errorf("(-want +got):\n%s", diff)
	}
	if _, ok := h.take(); !ok {
		t.Fatal("nothing to do")
	}
	if err := h.flush(); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, again()); diff != "" { // killed within a job
		t.Errorf("(-want +got):\n%s", diff)
	}
	h.done(false)
	if err := h.flush(); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, again()); diff != "" { // which failed
		t.Errorf("(-want +got):\n%s", diff)
	}
	h.take()
	if err := h.stored([]registry.StoredRange{stretch("aa", -1.5, -1.5)}, at(0.5)); err != nil { // while it runs
		t.Fatal(err)
	}
	h.done(true)
	if err := h.flush(); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"aa 998-999", "aa 992-993", "bb 970-971"}, again()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestFirstAndDamagedFile(t *testing.T) {
	for name, content := range map[string]string{"none": "", "damaged": `{"from":12,"nodes":{"aa`, "not ours": `[]`} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			if content != "" {
				if err := os.WriteFile(filepath.Join(dir, hoursFile), []byte(content), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			h, err := openHours(wholefile.Dir(dir), at(0.5), false)
			if (err != nil) != (content != "") {
				t.Fatalf("open: %v", err)
			}
			h.advance([]registry.Node{{ID: "aa"}}, 1000)
			if n := h.waiting(); n != 30*24 {
				t.Errorf("%d hours wait, want those of 30 days", n)
			}
		})
	}
}

// A node's stretches are bounded, and none is forgotten for it.
func TestSpansAreBounded(t *testing.T) {
	h := opened(t, wholefile.Dir(t.TempDir()))
	for i := range 3 * maxSpans {
		if err := h.stored([]registry.StoredRange{stretch("aa", float64(-3*i*(i%5+1)-5), float64(-3*i*(i%5+1)-5))}, at(0.5)); err != nil {
			t.Fatal(err)
		}
	}
	if n := len(h.nodes["aa"]); n > maxSpans {
		t.Errorf("%d stretches", n)
	}
	for i := range 3 * maxSpans {
		if hour := int64(1000 - 3*i*(i%5+1) - 5); !h.waits("aa", hour) {
			t.Errorf("hour %d does not wait", hour)
		}
	}
}

// full is a disk that takes nothing while it is told to.
type full struct {
	wholefile.Dir
	err error
}

func (f *full) Create(name string) (wholefile.File, error) {
	if f.err != nil {
		return nil, f.err
	}
	return f.Dir.Create(name)
}

// The ledger must not know of readings whose hours a crash would forget.
func TestStoredWaitsForTheDisk(t *testing.T) {
	disk := &full{Dir: wholefile.Dir(t.TempDir())}
	h := opened(t, disk)
	disk.err = errors.New("disk full")
	if err := h.stored([]registry.StoredRange{stretch("aa", 0.1, 0.2)}, at(0.5)); err != nil {
		t.Errorf("nothing is late, and yet: %v", err)
	}
	late := []registry.StoredRange{stretch("aa", -5, -4.5)}
	for range 2 {
		if err := h.stored(late, at(0.5)); !errors.Is(err, disk.err) {
			t.Fatalf("stored: %v", err)
		}
	}
	disk.err = nil
	if err := h.stored(late, at(0.5)); err != nil {
		t.Fatal(err)
	}
}

// A center that is new has nothing behind it: what is stored later tells of its hours
// itself, and waits for those that were over.
func TestFirstHoursOfANewCenter(t *testing.T) {
	dir := wholefile.Dir(t.TempDir())
	h, err := openHours(dir, at(0.5), true)
	if err != nil {
		t.Fatal(err)
	}
	if err := h.stored([]registry.StoredRange{stretch("aa", -5, -3.5), stretch("aa", 0.1, 0.4)}, at(0.6)); err != nil {
		t.Fatal(err)
	}
	h.advance([]registry.Node{{ID: "aa"}, {ID: "bb"}}, 1001)
	if err := h.flush(); err != nil {
		t.Fatal(err)
	}
	if h, err = openHours(dir, at(1.5), false); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"aa 1000-1001", "bb 1000-1001", "aa 995-997"}, all(h)); diff != "" {
		t.Errorf("jobs (-want +got):\n%s", diff)
	}
}

// A node that is not listed yet when an hour ends loses nothing of it; of one that was
// retired before nothing is looked for.
func TestAdvanceWithNodesThatAreNotListedYet(t *testing.T) {
	h := opened(t, wholefile.Dir(t.TempDir()))
	if err := h.stored([]registry.StoredRange{stretch("aa", 0.1, 0.4), stretch("bb", 0.2, 0.2), stretch("cc", 0.3, 0.3)}, at(0.5)); err != nil {
		t.Fatal(err)
	}
	h.advance([]registry.Node{{ID: "aa"}, {ID: "cc", Retired: at(-3)}, {ID: "dd"}}, 1001)
	if diff := cmp.Diff([]string{"aa 1000-1001", "bb 1000-1001", "dd 1000-1001"}, all(h)); diff != "" {
		t.Errorf("wait (-want +got):\n%s", diff)
	}
	h.advance([]registry.Node{{ID: "aa"}}, 1002)
	if diff := cmp.Diff([]string{"aa 1001-1002"}, all(h)); diff != "" {
		t.Errorf("an hour later (-want +got):\n%s", diff)
	}
}
