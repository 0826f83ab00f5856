package edge

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/siaga-id/siaga/internal/wire"
)

// openTestTimeline opens dir's timeline for the boots b1 and b2.
func openTestTimeline(t *testing.T, dir string) *timeline {
	t.Helper()
	line, err := openTimeline(dir, map[string]bool{"b1": true, "b2": true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = line.close() })
	return line
}

func wantFix(t *testing.T, line *timeline, boot string, seq uint64, unixMS int64) {
	t.Helper()
	f, ok := line.at(boot, seq)
	if !ok || f.UnixMS != unixMS {
		t.Errorf("fix of %s at %d is %+v, %v, want offset %d", boot, seq, f, ok, unixMS)
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestAFixHoldsAndAStepIsForLaterPacksOnly(t *testing.T) {
	line := openTestTimeline(t, t.TempDir())
	if _, ok := line.at("b1", 1); ok {
		t.Error("a boot that nobody timed has a fix")
	}
	must(t, line.first("b1", Offset{State: wire.Unknown}, 0, 0))
	if _, ok := line.at("b1", 1); ok {
		t.Error("an unknown time became a fix")
	}
	must(t, line.first("b1", Offset{UnixMS: 1000, State: wire.Synced}, 0, 0))
	must(t, line.first("b1", Offset{UnixMS: 9000, State: wire.Synced}, 0, 0))
	wantFix(t, line, "b1", 7, 1000)
	if _, ok := line.at("b2", 7); ok {
		t.Error("another boot has this boot's fix")
	}
	for _, tc := range []struct {
		name string
		now  Offset
		want int64 // of the pack from 10 on
	}{
		{"within what a clock slews", Offset{UnixMS: 1000 + stepMS, State: wire.Synced}, 1000},
		{"nothing is known any more", Offset{UnixMS: 5000, State: wire.Unknown}, 1000},
		{"only estimated now, within its error", Offset{UnixMS: 5000, State: wire.Estimated, ErrS: 4}, 1000},
		{"a step", Offset{UnixMS: 1001 + stepMS, State: wire.Synced}, 1001 + stepMS},
	} {
		must(t, line.step("b1", 10, tc.now, 0, 0, 0))
		if f, _ := line.at("b1", 10); f.UnixMS != tc.want {
			t.Errorf("%s: offset %d, want %d", tc.name, f.UnixMS, tc.want)
		}
		wantFix(t, line, "b1", 9, 1000)
	}
}

func TestABetterClockIsTakenForLaterPacks(t *testing.T) {
	line := openTestTimeline(t, t.TempDir())
	must(t, line.first("b1", Offset{UnixMS: 1000, State: wire.Estimated, ErrS: 2}, 0, 0))
	must(t, line.step("b1", 5, Offset{UnixMS: 1000, State: wire.Synced, ErrS: 0.1}, 0, 0, 0))
	if f, _ := line.at("b1", 4); f.Clock != wire.Estimated || f.ErrS != 2.5 {
		t.Errorf("the packs before have %+v", f)
	}
	if f, _ := line.at("b1", 5); f.Clock != wire.Synced || f.ErrS != 0.1 {
		t.Errorf("the packs after have %+v", f)
	}
}

func TestATimelineSurvivesARestart(t *testing.T) {
	dir := t.TempDir()
	line := openTestTimeline(t, dir)
	must(t, line.first("b1", Offset{UnixMS: 1000, State: wire.Estimated, ErrS: 1.5}, 0, 0))
	must(t, line.step("b1", 3, Offset{UnixMS: 2000, State: wire.Synced}, 0, 0, 0))
	must(t, line.first("b2", Offset{UnixMS: 3000, State: wire.Untimed, ErrS: 99}, 0, 0))
	want := append([]fix(nil), line.fixes...)
	must(t, line.close())
	for range 2 {
		line = openTestTimeline(t, dir)
		for i, f := range want {
			if line.fixes[i] != f {
				t.Errorf("fix %d is %+v, was %+v", i, line.fixes[i], f)
			}
		}
		must(t, line.close())
	}
}

// TestATimelineForgetsBootsWithoutPacks but the last ones, so that their times are
// not given to others.
func TestATimelineForgetsBootsWithoutPacks(t *testing.T) {
	dir := t.TempDir()
	line := openTestTimeline(t, dir)
	must(t, line.first("b1", Offset{UnixMS: 1000, State: wire.Synced}, 0, 0))
	must(t, line.first("b2", Offset{UnixMS: 2000, State: wire.Synced}, 0, 0))
	for i := range phases {
		must(t, line.first(fmt.Sprint("other-", i), Offset{UnixMS: 9000, State: wire.Synced}, 0, 0))
	}
	must(t, line.close())
	only, err := openTimeline(dir, map[string]bool{"b2": true})
	must(t, err)
	defer only.close()
	if _, ok := only.at("b1", 9); ok {
		t.Error("a boot without packs was kept")
	}
	wantFix(t, only, "b2", 9, 2000)
	if len(only.fixes) != phases+1 {
		t.Errorf("%d fixes kept, want %d", len(only.fixes), phases+1)
	}
}

// TestATimelineTornInItsLastLine cuts the file at every byte: only the last fix
// may go, and what is added then is readable.
func TestATimelineTornInItsLastLine(t *testing.T) {
	dir := t.TempDir()
	line := openTestTimeline(t, dir)
	must(t, line.first("b1", Offset{UnixMS: 1000, State: wire.Synced}, 0, 0))
	first := fileSize(t, dir)
	must(t, line.step("b1", 3, Offset{UnixMS: 2000, State: wire.Synced}, 0, 0, 0))
	whole, err := os.ReadFile(filepath.Join(dir, timelineFile))
	must(t, err)
	must(t, line.close())
	for n := first; n < len(whole); n++ {
		dir := t.TempDir()
		must(t, os.WriteFile(filepath.Join(dir, timelineFile), whole[:n], 0o600))
		torn := openTestTimeline(t, dir)
		wantFix(t, torn, "b1", 2, 1000)
		if n < len(whole)-1 { // else only the line's end is missing
			wantFix(t, torn, "b1", 3, 1000)
		}
		must(t, torn.step("b1", 4, Offset{UnixMS: 5000, State: wire.Synced}, 0, 0, 0))
		must(t, torn.close())
		again := openTestTimeline(t, dir)
		wantFix(t, again, "b1", 4, 5000)
		must(t, again.close())
	}
}

func fileSize(t *testing.T, dir string) int {
	t.Helper()
	st, err := os.Stat(filepath.Join(dir, timelineFile))
	must(t, err)
	return int(st.Size())
}
