package readout

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/fxamacker/cbor/v2"
)

// recordVersion is the layout of queued packs whose beginning is known here: an
// array that starts with the version, the boot, and when the pack was sealed in
// milliseconds of that boot.
const recordVersion = 1

// sealedAt reads the beginning of a queued pack.
func sealedAt(record []byte) (boot string, sealed time.Duration, err error) {
	var fields []cbor.RawMessage
	if err := cbor.Unmarshal(record, &fields); err != nil {
		return "", 0, fmt.Errorf("read queued pack: %w", err)
	}
	if len(fields) < 3 {
		return "", 0, fmt.Errorf("read queued pack: %d fields", len(fields))
	}
	var version uint
	var ms int64
	if err := errors.Join(cbor.Unmarshal(fields[0], &version), cbor.Unmarshal(fields[1], &boot), cbor.Unmarshal(fields[2], &ms)); err != nil {
		return "", 0, fmt.Errorf("read queued pack: %w", err)
	}
	if version != recordVersion {
		return "", 0, fmt.Errorf("read queued pack: version %d is not known to this program", version)
	}
	return boot, time.Duration(ms) * time.Millisecond, nil
}

// fix is a line of the node's timeline: what a boot's clock meant in UTC, for the
// packs from one on.
type fix struct {
	Boot    string `json:"boot"`
	FromSeq uint64 `json:"from_seq"`
	UnixMS  int64  `json:"unix_ms"`
}

// readFixes returns the node's timeline, the oldest first. Lines that cannot be
// read are none: a power cut can leave one.
func readFixes(dir string) ([]fix, error) {
	b, err := os.ReadFile(filepath.Join(dir, "timeline.jsonl"))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("read timeline: %w", err)
	}
	var fixes []fix
	for line := range bytes.Lines(b) {
		var f fix
		if json.Unmarshal(line, &f) == nil {
			fixes = append(fixes, f)
		}
	}
	return fixes, nil
}

func fixAt(fixes []fix, boot string, seq uint64) (fix, bool) {
	for _, f := range slices.Backward(fixes) {
		if f.Boot == boot && f.FromSeq <= seq {
			return f, true
		}
	}
	return fix{}, false
}
