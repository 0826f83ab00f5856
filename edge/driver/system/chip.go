package system

import (
	"errors"
	"path"
	"time"

	"github.com/siaga-id/siaga/edge/driver"
	"github.com/siaga-id/siaga/internal/reading"
)

// Chip is the node itself as configurations know it.
var Chip = driver.Chip{
	Name:    "system",
	Model:   "The node itself (Linux)",
	Options: func() driver.Options { return &options{Path: DefaultPath} },
}

type options struct {
	Path string `mapstructure:"path"`
}

var _ driver.Options = (*options)(nil)

// Validate implements driver.Options.
func (o *options) Validate() error {
	if !path.IsAbs(o.Path) {
		return errors.New("path: not absolute: give the folder whose storage counts, such as " + DefaultPath)
	}
	return nil
}

// Quantities implements driver.Options: those that every Linux has.
func (o *options) Quantities() []reading.Quantity {
	return []reading.Quantity{reading.Load, reading.MemoryFree, reading.Uptime, reading.DiskFree}
}

// Open implements driver.Options.
func (o *options) Open(b driver.Board, _ func() time.Duration) (driver.Sensor, error) {
	dev, err := New(b.Files(), Opts{Path: o.Path})
	if err != nil {
		return nil, err
	}
	return dev, nil
}
