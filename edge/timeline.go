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
}

const timelineFile = "timeline.jsonl"

// openTimeline reads dir's timeline and keeps the fixes of the boots in keep;
// the others have no pack left. A torn last line is dropped: its pack was not
// sent, since the line was not yet durable.
func openTimeline(dir string, keep map[string]bool) (*timeline, error) {
	t := &timeline{path: filepath.Join(dir, timelineFile)}
	b, err := os.ReadFile(t.path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("read timeline: %w", err)
	}
	var kept []byte
	for line := range bytes.Lines(b) {
		var f fix
		if json.Unmarshal(line, &f) != nil || !keep[f.Boot] {
			continue
		}
		t.fixes = append(t.fixes, f)
		kept = append(append(kept, bytes.TrimSpace(line)...), '\n')
	}
	if err := writeDurably(t.path, kept); err != nil {
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
// packs, where the time is known.
func (t *timeline) first(boot string, now Offset) error {
	if _, ok := t.at(boot, math.MaxUint64); ok || now.State == wire.Unknown {
		return nil
	}
	return t.add(fix{Boot: boot, UnixMS: now.UnixMS, Clock: now.State, ErrS: now.ErrS})
}

// step gives the packs of this boot from seq on, none of which exists yet, a fix
// of their own where the clock has stepped or is known better than before.
func (t *timeline) step(boot string, seq uint64, now Offset) error {
	cur, ok := t.at(boot, seq)
	switch {
	case !ok, now.State == wire.Unknown,
		cur.Clock == wire.Synced && now.State == wire.Estimated,
		cur.Clock == now.State && abs(cur.UnixMS-now.UnixMS) <= stepMS:
		return nil
	}
	return t.add(fix{Boot: boot, FromSeq: seq, UnixMS: now.UnixMS, Clock: now.State, ErrS: now.ErrS})
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
