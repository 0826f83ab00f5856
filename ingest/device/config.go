package device

import (
	"errors"
	"fmt"
)

// Config is the part of a configuration file that names what devices of other
// makers may publish. Without topics nothing is taken.
type Config struct {
	// Topics are taken and no others.
	Topics []Topic `mapstructure:"topics"`
	// SpoolBytes bounds what waits on disk for a decoder. Default 1 GiB.
	SpoolBytes int64 `mapstructure:"spool_bytes"`
	// MaxMessageBytes bounds one payload. Of a longer one the beginning is kept,
	// marked; it is acknowledged, since it would come again for ever. Default
	// 64 KiB, at most 512 KiB.
	MaxMessageBytes int `mapstructure:"max_message_bytes"`
}

// Topic is one entry of the list.
type Topic struct {
	// Filter is an MQTT topic filter outside siaga/, such as
	// "application/+/device/+/event/up". Its first level is a name.
	Filter string `mapstructure:"filter"`
}

const (
	maxTopics         = 100
	minSpoolBytes     = 16 << 20
	defaultSpoolBytes = 1 << 30
	defaultMessage    = 64 << 10
	maxMessage        = 512 << 10
)

// Validate returns every mistake, each naming its key below "devices" and the
// remedy.
func (c Config) Validate() error {
	var errs []error
	if len(c.Topics) > maxTopics {
		errs = append(errs, fmt.Errorf("topics: %d entries: at most %d", len(c.Topics), maxTopics))
	}
	for i, t := range c.Topics {
		if err := checkFilter(t.Filter); err != nil {
			errs = append(errs, fmt.Errorf("topics[%d].filter: %q: %w", i, t.Filter, err))
			continue
		}
		for j, other := range c.Topics[:i] {
			if checkFilter(other.Filter) == nil && overlap(t.Filter, other.Filter) {
				errs = append(errs, fmt.Errorf("topics[%d].filter: %q: overlaps with topics[%d], so that messages would come twice: name each topic once", i, t.Filter, j))
			}
		}
	}
	if c.SpoolBytes != 0 && c.SpoolBytes < minSpoolBytes {
		errs = append(errs, fmt.Errorf("spool_bytes: %d: want at least %d", c.SpoolBytes, minSpoolBytes))
	}
	if c.MaxMessageBytes < 0 || c.MaxMessageBytes > maxMessage {
		errs = append(errs, fmt.Errorf("max_message_bytes: %d: want 1 to %d", c.MaxMessageBytes, maxMessage))
	}
	return errors.Join(errs...)
}

func (c Config) withDefaults() Config {
	if c.SpoolBytes == 0 {
		c.SpoolBytes = defaultSpoolBytes
	}
	if c.MaxMessageBytes == 0 {
		c.MaxMessageBytes = defaultMessage
	}
	return c
}
