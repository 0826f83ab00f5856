package edge

import (
	"errors"
	"fmt"
	"time"

	"github.com/siaga-id/siaga/internal/mqtt"
	"github.com/siaga-id/siaga/internal/reading"
)

// Config is a node's configuration file. Keys are the struct tags; durations are
// written as Go writes them ("10s").
type Config struct {
	// Node is this node's id and Site the desa it stands in. Both are part of
	// every point's identity.
	Node string `mapstructure:"node"`
	Site string `mapstructure:"site"`
	// DataDir holds the queue and the node's identity.
	DataDir string `mapstructure:"data_dir"`
	// PackInterval is how often readings are closed into a pack.
	PackInterval time.Duration  `mapstructure:"pack_interval"`
	MQTT         mqtt.Config    `mapstructure:"mqtt"`
	Queue        QueueConfig    `mapstructure:"queue"`
	Send         SendConfig     `mapstructure:"send"`
	Sensors      []SensorConfig `mapstructure:"sensors"`
}

// QueueConfig bounds the queue on disk. When it is full the oldest packs go and
// are reported as lost.
type QueueConfig struct {
	MaxBytes     int64 `mapstructure:"max_bytes"`
	ReserveBytes int64 `mapstructure:"reserve_bytes"`
}

// SendConfig paces the fill lane.
type SendConfig struct {
	// Window is how many packs may be under way without acknowledgement.
	Window int `mapstructure:"window"`
	// FillPacksPerSecond is the pace of the backlog; the live lane is not paced.
	FillPacksPerSecond float64 `mapstructure:"fill_packs_per_second"`
}

// SensorConfig is one sensor: which driver, where it is wired, how often it is
// read. Keys that a driver does not use must be left out.
type SensorConfig struct {
	ID       string        `mapstructure:"id"`
	Driver   string        `mapstructure:"driver"`
	Interval time.Duration `mapstructure:"interval"`
	// Port is a serial device path, I2C a bus name or number with Address, Pin a
	// GPIO line's name such as GPIO17.
	Port    string `mapstructure:"port"`
	I2C     string `mapstructure:"i2c"`
	Address uint16 `mapstructure:"address"`
	Pin     string `mapstructure:"pin"`
	// DatumM is the height of a down-looking level sensor above gauge zero.
	DatumM *float64 `mapstructure:"datum_m"`
	// VehicleLengthM and DetectorLengthM turn a beam's on-time into a speed.
	VehicleLengthM  float64 `mapstructure:"vehicle_length_m"`
	DetectorLengthM float64 `mapstructure:"detector_length_m"`
	// ActiveHigh is for beams whose output is high while something stands in them;
	// an open collector, which most have, is low then.
	ActiveHigh bool `mapstructure:"active_high"`
	// WarmUp overrides how long a particulate sensor is given after it was woken.
	WarmUp *time.Duration `mapstructure:"warm_up"`
}

// DefaultConfig is what a configuration file is decoded over.
func DefaultConfig() Config {
	return Config{
		DataDir:      "/var/lib/siaga-edge",
		PackInterval: 10 * time.Second,
		MQTT:         mqtt.Config{URL: "tcp://127.0.0.1:1883"},
		Queue:        QueueConfig{MaxBytes: 512 << 20, ReserveBytes: 256 << 20},
		Send:         SendConfig{Window: 64, FillPacksPerSecond: 50},
	}
}

// Validate returns every mistake in c, each naming its key and the remedy.
func (c Config) Validate() error {
	var errs []error
	bad := func(key, format string, args ...any) {
		errs = append(errs, fmt.Errorf("%s: %s", key, fmt.Sprintf(format, args...)))
	}
	if _, err := reading.ParseNodeID(c.Node); err != nil {
		bad("node", "%v", err)
	}
	if _, err := reading.ParseSiteCode(c.Site); err != nil {
		bad("site", "%v", err)
	}
	if c.DataDir == "" {
		bad("data_dir", "empty: name a directory on a disk that survives a power cut")
	}
	if c.PackInterval < 100*time.Millisecond || c.PackInterval > time.Hour {
		bad("pack_interval", "%v is outside 100ms to 1h", c.PackInterval)
	}
	if c.Queue.MaxBytes < 1<<20 {
		bad("queue.max_bytes", "%d is less than 1 MiB", c.Queue.MaxBytes)
	}
	if c.Queue.ReserveBytes < 0 {
		bad("queue.reserve_bytes", "%d is negative", c.Queue.ReserveBytes)
	}
	if c.Send.Window < 1 || c.Send.Window > 1024 {
		bad("send.window", "%d is outside 1 to 1024", c.Send.Window)
	}
	if c.Send.FillPacksPerSecond <= 0 {
		bad("send.fill_packs_per_second", "%v is not above 0", c.Send.FillPacksPerSecond)
	}
	if len(c.Sensors) == 0 {
		bad("sensors", "none: list at least one")
	}
	seen := map[string]bool{}
	for i, s := range c.Sensors {
		key := fmt.Sprintf("sensors[%d]", i)
		if seen[s.ID] {
			bad(key+".id", "%q stands twice", s.ID)
		}
		seen[s.ID] = true
		if err := s.validate(); err != nil {
			errs = append(errs, fmt.Errorf("%s.%w", key, err))
		}
	}
	return errors.Join(errs...)
}

func (s SensorConfig) validate() error {
	if _, err := reading.ParseSensorID(s.ID); err != nil {
		return fmt.Errorf("id: %w", err)
	}
	if s.Interval < 100*time.Millisecond || s.Interval > 24*time.Hour {
		return fmt.Errorf("interval: %v is outside 100ms to 24h", s.Interval)
	}
	d, ok := drivers[s.Driver]
	if !ok {
		return fmt.Errorf("driver: %q is unknown: use one of %s", s.Driver, driverNames())
	}
	return d.check(s)
}
