package modem

import (
	"errors"
	"strings"
	"time"

	"github.com/siaga-id/siaga/edge/driver"
	"github.com/siaga-id/siaga/internal/reading"
)

// Chip is the node's modem as configurations know it.
var Chip = driver.Chip{
	Name:    "modem",
	Model:   "The node's mobile modem (ModemManager)",
	Options: func() driver.Options { return &options{} },
}

type options struct {
	Modem string `mapstructure:"modem"`
}

var _ driver.Options = (*options)(nil)

// Validate implements driver.Options.
func (o *options) Validate() error {
	if strings.HasPrefix(o.Modem, "-") || strings.ContainsAny(o.Modem, " \n") {
		return errors.New("modem: not a modem: give a number or path that mmcli -L shows, or leave it out for any")
	}
	return nil
}

// Quantities implements driver.Options.
func (o *options) Quantities() []reading.Quantity { return []reading.Quantity{reading.Signal} }

// Open implements driver.Options.
func (o *options) Open(b driver.Board, _ func() time.Duration) (driver.Sensor, error) {
	return New(b.Command, Opts{Modem: o.Modem}), nil
}
