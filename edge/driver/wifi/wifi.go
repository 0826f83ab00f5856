package wifi

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strconv"
	"strings"
	"sync/atomic"

	"github.com/siaga-id/siaga/edge/driver"
	"github.com/siaga-id/siaga/internal/reading"
)

// file is Linux's list of Wi-Fi interfaces.
const file = "proc/net/wireless"

// weakest is the level, in dBm, below which nothing is received: cards say -256
// while they are not connected.
const weakest = -120

// Opts is which interface.
type Opts struct {
	// Interface is its name, such as wlan0; "" is the first one.
	Interface string
}

// Dev is a Wi-Fi interface. Its methods may be called concurrently.
type Dev struct {
	files  fs.FS
	opts   Opts
	closed atomic.Bool
}

// New looks at a machine by its files, whose paths have no leading slash.
func New(files fs.FS, opts Opts) *Dev { return &Dev{files: files, opts: opts} }

// Sense returns signal (dBm). Errors: driver.ErrNoAnswer where the machine has no
// such interface or it is not connected, ErrChecksum where the file cannot be
// understood, ErrOutOfRange where the level is no dBm, ErrClosed, or ctx's own when
// it is cancelled.
func (d *Dev) Sense(ctx context.Context) ([]driver.Value, error) {
	dBm, err := d.level(ctx)
	if err != nil {
		return nil, fmt.Errorf("sense wifi: %w", err)
	}
	return []driver.Value{driver.Measured(reading.Signal, dBm)}, nil
}

// Close makes later calls fail.
func (d *Dev) Close() error {
	d.closed.Store(true)
	return nil
}

func (d *Dev) level(ctx context.Context) (float64, error) {
	if d.closed.Load() {
		return 0, driver.ErrClosed
	}
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	b, err := fs.ReadFile(d.files, file)
	if errors.Is(err, fs.ErrNotExist) {
		return 0, fmt.Errorf("%w: this machine has no Wi-Fi (no /%s)", driver.ErrNoAnswer, file)
	}
	if err != nil {
		return 0, err
	}
	name, dBm, err := find(string(b), d.opts.Interface)
	switch {
	case err != nil:
		return 0, err
	case dBm > 0:
		return 0, fmt.Errorf("%w: %s: level %v is no dBm: its driver does not tell them", driver.ErrOutOfRange, name, dBm)
	case dBm == 0 || dBm < weakest:
		return 0, fmt.Errorf("%w: %s is not connected: see nmcli device", driver.ErrNoAnswer, name)
	}
	return dBm, nil
}

// find returns the level of an interface, or of the first one.
func find(table, want string) (name string, level float64, err error) {
	lines := strings.Split(table, "\n")
	if len(lines) < 2 || !strings.HasPrefix(lines[0], "Inter-") {
		return "", 0, fmt.Errorf("%w: /%s: %.40q", driver.ErrChecksum, file, lines[0])
	}
	for _, line := range lines[2:] {
		name, rest, ok := strings.Cut(line, ":")
		name = strings.TrimSpace(name)
		if !ok || want != "" && name != want {
			continue
		}
		fields := strings.Fields(rest)
		if len(fields) < 3 {
			return "", 0, fmt.Errorf("%w: /%s: %.40q", driver.ErrChecksum, file, line)
		}
		level, err := strconv.ParseInt(strings.TrimSuffix(fields[2], "."), 10, 16)
		if err != nil {
			return "", 0, fmt.Errorf("%w: /%s: level %.20q", driver.ErrChecksum, file, fields[2])
		}
		return name, float64(level), nil
	}
	if want == "" {
		want = "any interface"
	}
	return "", 0, fmt.Errorf("%w: no Wi-Fi on %s: see nmcli device", driver.ErrNoAnswer, want)
}
