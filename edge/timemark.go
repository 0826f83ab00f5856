package edge

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// timeMark is what a boot without a clock wants to know of the time before it, as
// clock.json of the data directory has it: written at most once an hour and at an
// orderly end, to spare the card. Not for concurrent use.
type timeMark struct {
	path string
	kept time.Duration // boot time of the last writing
	once bool          // written in this process

	// Center is the newest synchronised center's time seen, in Unix milliseconds:
	// a lower bound of the present.
	Center int64 `json:"center_ms"`
	// Used is the newest UTC that readings of this node were given; where the
	// program did not close the file, they may have been given up to markEvery more.
	Used   int64 `json:"used_ms"`
	Closed bool  `json:"closed"`
}

const (
	markFile  = "clock.json"
	markEvery = time.Hour
)

// openTimeMark reads dir's mark. One that cannot be read is an error, and as none:
// the node does without.
func openTimeMark(dir string) (*timeMark, error) {
	none := &timeMark{path: filepath.Join(dir, markFile)}
	m := *none
	b, err := os.ReadFile(m.path)
	if errors.Is(err, fs.ErrNotExist) {
		return none, nil
	}
	if err == nil {
		err = json.Unmarshal(b, &m)
	}
	if err != nil {
		return none, fmt.Errorf("read clock mark: %w", err)
	}
	if !m.Closed {
		m.Used += (markEvery + time.Minute).Milliseconds() // a seal may be late
	}
	return &m, nil
}

func (m *timeMark) center(unixMS int64) { m.Center = max(m.Center, unixMS) }

func (m *timeMark) used(unixMS int64) { m.Used = max(m.Used, unixMS) }

// newest is a UTC after which no reading of this node lies yet.
func (m *timeMark) newest() int64 { return m.Used }

// keep writes the mark where it was not written for an hour, or now.
func (m *timeMark) keep(boot time.Duration, now bool) error {
	if m.once && boot-m.kept < markEvery && !now {
		return nil
	}
	m.once, m.kept = true, boot
	return m.store(false)
}

func (m *timeMark) close() error { return m.store(true) }

func (m *timeMark) store(closed bool) error {
	m.Closed = closed
	b, err := json.Marshal(m)
	if err != nil {
		return fmt.Errorf("encode clock mark: %w", err)
	}
	if err := writeDurably(m.path, b); err != nil {
		return fmt.Errorf("write clock mark: %w", err)
	}
	return nil
}
