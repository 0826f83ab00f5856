package edge

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"

	"github.com/siaga-id/siaga/internal/wire"
)

// timeline says what boot time meant in UTC, for every pack that was ever sent
// for storing. A fix is written and fsynced before the first pack that uses it
// is sent, and never changes, so that a pack's timestamps, which are part of
// its identity, are the same in every resend. Not for concurrent use.
type timeline struct {
	path  string
	fixes []fix
	file  *os.File
}

// fix is the offset for the packs of one boot from one sequence number on, until
// a later fix of the same boot.
type fix struct {
	Boot    string     `json:"boot"`
	FromSeq uint64     `json:"from_seq"`
	UnixMS  int64      `json:"unix_ms"`
	Clock   wire.Clock `json:"clk"`
	ErrS    float64    `json:"clk_err"`
	// AtMS is the boot time when it was made: from then on its error grows.
	AtMS int64 `json:"at_ms,omitempty"`
}

const timelineFile = "timeline.jsonl"

// phases is how many fixes can be told apart by the milliseconds of their times:
// boot times of readings are multiples of so many milliseconds.
const phases = stampMS

// openTimeline reads dir's timeline and keeps the fixes of the boots in keep; of
// the others, which have no pack left, the newest, whose times are not to be given
// to other readings. A torn last line is dropped: its pack was not sent, since the
// line was not yet durable.
func openTimeline(dir string, keep map[string]bool) (*timeline, error) {
	t := &timeline{path: filepath.Join(dir, timelineFile)}
	b, err := os.ReadFile(t.path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("read timeline: %w", err)
	}
	var all, kept [][]byte
	for line := range bytes.Lines(b) {
		var f fix
		if json.Unmarshal(line, &f) != nil {
			continue
		}
		t.fixes = append(t.fixes, f)
		all = append(all, bytes.TrimSpace(line))
	}
	i, last := -1, len(t.fixes)-phases
	t.fixes = slices.DeleteFunc(t.fixes, func(f fix) bool {
		i++
		if i < last && !keep[f.Boot] {
			return true
		}
		kept = append(kept, all[i], []byte("\n"))
		return false
	})
	if err := writeDurably(t.path, slices.Concat(kept...)); err != nil {
		return nil, fmt.Errorf("write timeline: %w", err)
	}
	if t.file, err = os.OpenFile(t.path, os.O_WRONLY|os.O_APPEND, 0o600); err != nil {
		return nil, fmt.Errorf("open timeline: %w", err)
	}
	return t, nil
}

// at returns the fix for a pack of that boot and sequence number.
func (t *timeline) at(boot string, seq uint64) (fix, bool) {
	for _, f := range slices.Backward(t.fixes) {
		if f.Boot == boot && f.FromSeq <= seq {
			return f, true
		}
	}
	return fix{}, false
}

// add makes f durable. It must be the newest of its boot.
func (t *timeline) add(f fix) error {
	b, err := json.Marshal(f)
	if err != nil {
		return fmt.Errorf("encode clock fix: %w", err)
	}
	// The newline in front ends what an add that found no room may have left.
	if _, err := t.file.Write(slices.Concat([]byte("\n"), b, []byte("\n"))); err != nil {
		return fmt.Errorf("write clock fix: %w", err)
	}
	if err := t.file.Sync(); err != nil {
		return fmt.Errorf("sync clock fix: %w", err)
	}
	t.fixes = append(t.fixes, f)
	return nil
}

// first gives a boot that has no fix yet its first, which holds for all its
// packs, where the time is known. No reading so far lies after UTC newestMS.
func (t *timeline) first(boot string, now Offset, bootMS, newestMS int64) error {
	if _, ok := t.at(boot, math.MaxUint64); ok || now.State == wire.Unknown {
		return nil
	}
	return t.add(t.apart(fix{Boot: boot, UnixMS: now.UnixMS, Clock: now.State, ErrS: claim(now, 0), AtMS: bootMS}, now.UnixMS <= newestMS))
}

// step gives the packs of this boot from seq on, none of which exists yet and
// whose oldest reading is of boot time oldestMS, a fix of their own where the
// clock has stepped, or is known better or worse than before.
func (t *timeline) step(boot string, seq uint64, now Offset, bootMS, newestMS, oldestMS int64) error {
	cur, ok := t.at(boot, seq)
	if !ok || now.State == wire.Unknown {
		return nil
	}
	off := abs(cur.UnixMS - now.UnixMS)
	next := fix{Boot: boot, FromSeq: seq, UnixMS: now.UnixMS, Clock: now.State, ErrS: claim(now, 0), AtMS: bootMS}
	var tolerance int64
	var better, worse bool
	if now.State == wire.Synced {
		tolerance = stepMS
		better = cur.Clock == wire.Estimated || now.ErrS+worthwhileSyncedErrS < cur.ErrS
		worse = now.ErrS > cur.ErrS+worthwhileSyncedErrS
	} else {
		tolerance = max(stepMS, int64(now.ErrS*1000))
		better = now.ErrS+worthwhileErrS < cur.ErrS/2
		worse = cur.Clock == wire.Synced || now.ErrS+float64(off)/1000 > cur.ErrS
	}
	switch {
	case off > tolerance, better:
		return t.add(t.apart(next, next.UnixMS+oldestMS <= newestMS))
	case worse:
		// The offset in use is as good as the new one, but no longer known as well.
		next.UnixMS, next.ErrS = cur.UnixMS, claim(now, float64(off)/1000)
		return t.add(next)
	}
	return nil
}

// claim is the possible error that packs state who take an offset that is off
// seconds from the one known now. An estimate gets worse while it is in use: so
// that it need not be renewed for every pack, it states somewhat more.
func claim(now Offset, off float64) float64 {
	errS := now.ErrS + off
	if now.State == wire.Estimated {
		errS = max(errS*1.25, errS+0.1)
	}
	return errS
}

// apart shifts a fix, where its readings may get times at which there are readings
// already (a clock that was set back), by the fewest milliseconds that make them
// differ: boot times of readings are multiples of stampMS, so two fixes that
// differ in the rest can never give two readings the same time. Else a step back
// by a multiple of the interval would overwrite what was measured before it.
func (t *timeline) apart(f fix, overlaps bool) fix {
	if !overlaps || f.Clock == wire.Untimed {
		return f // what is untimed is not stored
	}
	taken := map[int64]int{} // by which fix, the newest
	for i, other := range t.fixes {
		if other.Clock != wire.Untimed && (other.Boot != f.Boot || other.UnixMS != f.UnixMS) {
			taken[other.UnixMS%phases] = i + 1
		}
	}
	shift := int64(0)
	for k := range int64(phases) {
		if taken[(f.UnixMS+k)%phases] < taken[(f.UnixMS+shift)%phases] {
			shift = k
		}
		if taken[(f.UnixMS+shift)%phases] == 0 {
			break
		}
	}
	f.UnixMS += shift
	f.ErrS += float64(shift) / 1000
	return f
}

func (t *timeline) close() error {
	if err := t.file.Close(); err != nil {
		return fmt.Errorf("close timeline: %w", err)
	}
	return nil
}

func abs(v int64) int64 {
	if v < 0 {
		return -v
	}
	return v
}
