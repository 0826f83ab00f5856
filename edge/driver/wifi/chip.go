package wifi

import (
	"errors"
	"strings"
	"time"

	"github.com/siaga-id/siaga/edge/driver"
	"github.com/siaga-id/siaga/internal/reading"
)

// Chip is the node's Wi-Fi as configurations know it.
var Chip = driver.Chip{
	Name:    "wifi",
	Model:   "The node's Wi-Fi (Linux)",
	Options: func() driver.Options { return &options{} },
}

type options struct {
	Interface string `mapstructure:"interface"`
}

var _ driver.Options = (*options)(nil)

// Validate implements driver.Options.
func (o *options) Validate() error {
	if strings.ContainsAny(o.Interface, " :/\n") {
		return errors.New("interface: not a name: give one that ip link shows, such as wlan0, or leave it out for the first")
	}
	return nil
}

// Quantities implements driver.Options.
func (o *options) Quantities() []reading.Quantity { return []reading.Quantity{reading.Signal} }

// Open implements driver.Options.
func (o *options) Open(b driver.Board, _ func() time.Duration) (driver.Sensor, error) {
	return New(b.Files(), Opts{Interface: o.Interface}), nil
}
