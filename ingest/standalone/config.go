package standalone

import (
	"errors"
	"fmt"
	"strings"

	"github.com/siaga-id/siaga/ingest"
	"github.com/siaga-id/siaga/ingest/center"
	"github.com/siaga-id/siaga/ingest/device"
	"github.com/siaga-id/siaga/ingest/influx"
	"github.com/siaga-id/siaga/internal/mqtt"
)

// Config is the configuration file of `siaga ingest`. Keys are the struct tags.
type Config struct {
	// DataDir holds the spools: a disk that survives a power cut.
	DataDir string          `mapstructure:"data_dir"`
	MQTT    BrokerConfig    `mapstructure:"mqtt"`
	Influx  influx.Settings `mapstructure:"influx"`
	Center  center.Settings `mapstructure:"center"`
	Ingest  ingest.Config   `mapstructure:"ingest"`
	// Devices names what devices of other makers publish at the broker. Where
	// several ingesters name the same, each stores every message.
	Devices device.Config `mapstructure:"devices"`
	HTTP    HTTPConfig    `mapstructure:"http"`
}

// HTTPConfig is where /metrics and /healthz are.
type HTTPConfig struct {
	// Addr is such as 127.0.0.1:9187. Empty: there is no server.
	Addr string `mapstructure:"addr"`
}

// BrokerConfig is the broker and the share group in it.
type BrokerConfig struct {
	mqtt.Config `mapstructure:",squash"`
	// Group is the share group of all ingesters of one center.
	Group string `mapstructure:"group"`
}

// DefaultConfig is what a configuration file is decoded over.
func DefaultConfig() Config {
	return Config{
		DataDir: "/var/lib/siaga-ingest",
		MQTT:    BrokerConfig{Config: mqtt.Config{URL: "tcp://127.0.0.1:1883"}, Group: "siaga"},
		Influx:  influx.Settings{URL: "http://127.0.0.1:8086", Database: "siaga"},
		Center:  center.Settings{URL: "http://127.0.0.1:8088"},
		Ingest:  ingest.Config{Name: "ingest-1"},
	}
}

// Validate returns every mistake in c that can be known without opening
// anything, each naming its key and the remedy. New finds the others: files that
// cannot be read, and bounds of the ingester.
func (c Config) Validate() error {
	var errs []error
	bad := func(key, format string, args ...any) {
		errs = append(errs, fmt.Errorf("%s: %s", key, fmt.Sprintf(format, args...)))
	}
	if c.DataDir == "" {
		bad("data_dir", "empty: name a directory on a disk that survives a power cut")
	}
	if c.MQTT.URL == "" {
		bad("mqtt.url", "empty: want an address such as tcp://127.0.0.1:1883")
	}
	// It is one level of a subscription: $share/<group>/siaga/…
	if c.MQTT.Group == "" || strings.ContainsAny(c.MQTT.Group, "/+#") {
		bad("mqtt.group", "%q: want a name without /, + and #, the same for all ingesters of a center", c.MQTT.Group)
	}
	if c.Influx.URL == "" {
		bad("influx.url", "empty: want an address such as http://127.0.0.1:8086")
	}
	if c.Influx.Database == "" && c.Influx.Bucket == "" {
		bad("influx.database", "empty: want a name such as siaga")
	}
	if c.Center.URL == "" {
		bad("center.url", "empty: want an address such as http://127.0.0.1:8088")
	}
	if err := c.Ingest.Validate(); err != nil {
		errs = append(errs, fmt.Errorf("ingest.%w", err))
	}
	if err := c.Devices.Validate(); err != nil {
		errs = append(errs, fmt.Errorf("devices.%w", err))
	}
	return errors.Join(errs...)
}
