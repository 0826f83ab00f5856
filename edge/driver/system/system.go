package system

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"sync/atomic"

	"github.com/siaga-id/siaga/edge/driver"
	"github.com/siaga-id/siaga/internal/reading"
)

// DefaultPath is the root: on a node there is one storage.
const DefaultPath = "/"

// Opts is what to look at.
type Opts struct {
	// Path is a folder on the storage whose free space counts.
	Path string
	// Free returns the bytes that can be written under a folder; nil asks the
	// machine that runs this program.
	Free func(path string) (uint64, error)
}

// Dev is the machine. Its methods may be called concurrently.
type Dev struct {
	files  fs.FS
	opts   Opts
	closed atomic.Bool
}

// New looks at a machine by its files, whose paths have no leading slash.
func New(files fs.FS, opts Opts) (*Dev, error) {
	if opts.Path == "" {
		return nil, errors.New("open system: no path")
	}
	if opts.Free == nil {
		opts.Free = free
	}
	return &Dev{files: files, opts: opts}, nil
}

// probe reads one thing. An fs.ErrNotExist means that the machine does not have
// it.
type probe struct {
	name string
	read func(files fs.FS) ([]driver.Value, error)
}

var probes = []probe{
	{"load", load},
	{"memory_free", memory},
	{"uptime", uptime},
	{"cpu_temperature", temperature},
	{"throttled", throttled},
	{"disk_wear", wear},
}

// Sense returns what the machine has of load (%), memory_free (B), uptime (s),
// disk_free (B), cpu_temperature (°C), throttled, undervoltage (0 or 1) and
// disk_wear (%). Errors, beside the values that are good: driver.ErrChecksum
// where a file's content cannot be understood, and the file's or folder's own
// where it cannot be read; driver.ErrNoAnswer where there is nothing at all,
// ErrClosed, or ctx's own when it is cancelled.
func (d *Dev) Sense(ctx context.Context) ([]driver.Value, error) {
	if d.closed.Load() {
		return nil, fmt.Errorf("sense system: %w", driver.ErrClosed)
	}
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("sense system: %w", err)
	}
	var values []driver.Value
	var failed error
	for _, p := range probes {
		vs, err := p.read(d.files)
		values = append(values, vs...)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			failed = errors.Join(failed, fmt.Errorf("sense system: %s: %w", p.name, err))
		}
	}
	bytes, err := d.opts.Free(d.opts.Path)
	switch {
	case err == nil:
		values = append(values, driver.Measured(reading.DiskFree, float64(bytes)))
	case errors.Is(err, fs.ErrNotExist):
		failed = errors.Join(failed, fmt.Errorf("sense system: disk_free: %w: let path name the agent's data_dir", err))
	default:
		failed = errors.Join(failed, fmt.Errorf("sense system: disk_free: %w", err))
	}
	if len(values) == 0 && failed == nil {
		failed = fmt.Errorf("sense system: %w: no file of Linux is there", driver.ErrNoAnswer)
	}
	return values, failed
}

// Close makes later calls fail.
func (d *Dev) Close() error {
	d.closed.Store(true)
	return nil
}
