//go:build integration

package chaos

import (
	"bufio"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/fxamacker/cbor/v2"
)

// queued is one pack as it lies on a card.
type queued struct {
	boot     string
	sealedMS int64 // boot time
	site     string
	series   []queuedSeries
	sum      uint32 // of its bytes
}

// queuedSeries is what one sensor said of one quantity; times are boot times, the
// first whole, the others since the one before.
type queuedSeries struct {
	_        struct{} `cbor:",toarray"`
	Sensor   string
	Quantity string
	TimesMS  []int64
	Values   []float64
	Quality  []uint8
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

const (
	fileHeader   = 32
	recordHeader = 24
)

// readSegment returns every whole record of a spool's segment file by sequence,
// as internal/spool/README.md has the format. What is no record ends it: a killed
// program leaves no more than a torn end.
func readSegment(file string) (map[uint64][]byte, error) {
	b, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	if len(b) < fileHeader {
		return nil, nil // killed while it was made
	}
	marker := binary.LittleEndian.Uint32(b[24:])
	records := map[uint64][]byte{}
	for at := fileHeader; at+recordHeader <= len(b); {
		h := b[at:]
		length := int(binary.LittleEndian.Uint32(h[4:]))
		sum := crc32.Checksum(h[:20], castagnoli) ^ uint32(at)
		if binary.LittleEndian.Uint32(h) != marker || binary.LittleEndian.Uint32(h[20:]) != sum || len(h) < recordHeader+length {
			break
		}
		record := h[recordHeader : recordHeader+length]
		if crc32.Checksum(record, castagnoli) != binary.LittleEndian.Uint32(h[16:]) {
			break
		}
		records[binary.LittleEndian.Uint64(h[8:])] = record
		at += recordHeader + length
	}
	return records, nil
}

// readPack decodes a record.
func readPack(b []byte) (queued, error) {
	var r struct {
		_        struct{} `cbor:",toarray"`
		Version  uint
		Boot     string
		SealedMS int64
		Site     string
		Sim      bool
		Series   []queuedSeries
	}
	if err := cbor.Unmarshal(b, &r); err != nil {
		return queued{}, err
	}
	if r.Version != 1 || !r.Sim {
		return queued{}, fmt.Errorf("a pack of version %d, simulated %t: want 1, and simulated", r.Version, r.Sim)
	}
	return queued{r.Boot, r.SealedMS, r.Site, r.Series, crc32.Checksum(b, castagnoli)}, nil
}

// fix is what boot time meant in UTC for the packs of a boot from one on.
type fix struct {
	Boot    string `json:"boot"`
	FromSeq uint64 `json:"from_seq"`
	UnixMS  int64  `json:"unix_ms"`
	Clock   string `json:"clk"`
}

// readTimeline returns the fixes on a card, oldest first. Lines that are none are
// torn ends.
func readTimeline(dir string) ([]fix, error) {
	f, err := os.Open(filepath.Join(dir, "timeline.jsonl"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return fixes(f)
}

func fixes(r io.Reader) (all []fix, err error) {
	lines := bufio.NewScanner(r)
	for lines.Scan() {
		var f fix
		if json.Unmarshal(lines.Bytes(), &f) == nil {
			all = append(all, f)
		}
	}
	return all, lines.Err()
}
