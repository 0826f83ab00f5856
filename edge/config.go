package edge

import (
	"cmp"
	"errors"
	"fmt"
	"net"
	"path/filepath"
	"time"

	"github.com/siaga-id/siaga/edge/quality"
	"github.com/siaga-id/siaga/internal/enrolment"
	"github.com/siaga-id/siaga/internal/mqtt"
	"github.com/siaga-id/siaga/internal/reading"
)

// Config is a node's configuration file. Keys are the struct tags; durations are
// written as Go writes them ("10s").
type Config struct {
	// Node is this node's id and Site the desa it stands in. Both are part of
	// every point's identity. Where they are left out, an enrolled node takes them
	// from its identity.
	Node string `mapstructure:"node"`
	Site string `mapstructure:"site"`
	// DataDir holds the queue and the node's identity.
	DataDir string `mapstructure:"data_dir"`
	// PackInterval is how often readings are closed into a pack.
	PackInterval time.Duration `mapstructure:"pack_interval"`
	// MQTT is the broker. Without a URL an enrolled node goes to the addresses of
	// its identity, another one to PlainBroker.
	MQTT  mqtt.Config `mapstructure:"mqtt"`
	Enrol EnrolConfig `mapstructure:"enrol"`
	// Center is how an enrolled node reaches and knows its center, where that is not
	// as its identity was told.
	Center enrolment.Center `mapstructure:"center"`
	Queue  QueueConfig      `mapstructure:"queue"`
	Send   SendConfig       `mapstructure:"send"`
	Page   PageConfig       `mapstructure:"page"`
	// Socket is where the tools of this program reach it while it runs; "" is
	// agent.sock in DataDir.
	Socket  string         `mapstructure:"socket"`
	Sensors []SensorConfig `mapstructure:"sensors"`
}

// EnrolConfig is how a node comes to its identity by itself.
type EnrolConfig struct {
	// TokenFiles are patterns of files with a token, as path/filepath's Match has
	// them. They are looked for when the node starts, and deleted once they were
	// used.
	TokenFiles []string `mapstructure:"token_files"`
}

// PlainBroker is where a node sends that was told nothing.
const PlainBroker = "tcp://127.0.0.1:1883"

// PageConfig is the page that the node itself shows.
type PageConfig struct {
	// Listen is host:port; beyond loopback everybody in that network sees the
	// page. "" is no page.
	Listen string `mapstructure:"listen"`
	// PINFile holds the PIN that changes want; without it the page only shows.
	PINFile string `mapstructure:"pin_file"`
}

// SocketPath is where the tools of this program reach it while it runs.
func (c Config) SocketPath() string {
	if c.Socket != "" {
		return c.Socket
	}
	return filepath.Join(c.DataDir, "agent.sock")
}

// QueueConfig bounds the queue on disk. When it is full the oldest packs go and
// are reported as lost.
type QueueConfig struct {
	MaxBytes int64 `mapstructure:"max_bytes"`
	// ReserveBytes of the disk are left to others; 0 is none.
	ReserveBytes int64 `mapstructure:"reserve_bytes"`
	// Durability is DurableAlways or DurableSpill.
	Durability string `mapstructure:"durability"`
}

// What a pack is before it is sent.
const (
	// DurableAlways: every pack is on the disk before it is sent. A power cut costs
	// what was measured since the last pack was closed.
	DurableAlways = "always"
	// DurableSpill spares the card: a pack waits in memory for its acknowledgement
	// and goes to the disk when that has not come after 5 s. A power cut costs
	// besides what was closed in those seconds and had not been acknowledged.
	DurableSpill = "spill"
)

// SensorConfig is one sensor: which chip, how often it is read, and the chip's own
// options, such as where it is wired.
type SensorConfig struct {
	ID       string        `mapstructure:"id"`
	Driver   string        `mapstructure:"driver"`
	Interval time.Duration `mapstructure:"interval"`
	// PowerPin is a GPIO line that switches the sensor's supply: where it stays
	// dead, it is switched off for PowerOff and on again. High is on, with
	// PowerActiveLow low.
	PowerPin       string        `mapstructure:"power_pin"`
	PowerActiveLow bool          `mapstructure:"power_active_low"`
	PowerOff       time.Duration `mapstructure:"power_off"`
	// Checks are, by quantity's name, how its values are judged where that is not
	// as usual.
	Checks map[string]quality.Limits `mapstructure:"checks"`
	// Options are all other keys. The chip decodes them exactly: one that it does
	// not know is an error.
	Options map[string]any `mapstructure:",remain"`
}

// DefaultConfig is what a configuration file is decoded over.
func DefaultConfig() Config {
	return Config{
		DataDir:      "/var/lib/siaga-edge",
		PackInterval: 10 * time.Second,
		Enrol:        EnrolConfig{TokenFiles: []string{"/boot/firmware/siaga-token*.txt", "/boot/siaga-token*.txt"}},
		Queue:        QueueConfig{MaxBytes: 512 << 20, ReserveBytes: 256 << 20, Durability: DurableAlways},
		Page:         PageConfig{Listen: "127.0.0.1:8087"},
		Send:         SendConfig{Profile: ProfileLAN},
	}
}

// ErrNoSensors: there is nothing to read. Where it is the only mistake, it is what
// Validate returns.
var ErrNoSensors = errors.New("sensors: none: list at least one, or let siaga-edge scan --write do it")

// Validate returns every mistake in c, each naming its key and the remedy. Node and
// Site may be empty: Enrolled fills them.
func (c Config) Validate() error {
	var errs []error
	bad := func(key, format string, args ...any) {
		errs = append(errs, fmt.Errorf("%s: %s", key, fmt.Sprintf(format, args...)))
	}
	if _, err := reading.ParseNodeID(c.Node); err != nil && c.Node != "" {
		bad("node", "%v", err)
	}
	if _, err := reading.ParseSiteCode(c.Site); err != nil && c.Site != "" {
		bad("site", "%v", err)
	}
	if m := c.MQTT; m.URL == "" && (len(m.URLs) > 0 || cmp.Or(m.ServerName, m.CAFile, m.CertFile, m.KeyFile) != "") {
		bad("mqtt.url", "empty, so that the node's identity says where the broker is and how it is known: name the broker, or leave out urls, server_name, ca_file, cert_file and key_file")
	}
	for i, pattern := range c.Enrol.TokenFiles {
		if _, err := filepath.Match(pattern, ""); err != nil {
			bad(fmt.Sprintf("enrol.token_files[%d]", i), "%q: %v", pattern, err)
		}
	}
	if err := c.Center.Validate(); err != nil {
		errs = append(errs, fmt.Errorf("center.%w", err))
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
	if c.Queue.Durability != DurableAlways && c.Queue.Durability != DurableSpill {
		bad("queue.durability", "%q: use %s or %s", c.Queue.Durability, DurableAlways, DurableSpill)
	}
	if c.Page.Listen != "" {
		if _, _, err := net.SplitHostPort(c.Page.Listen); err != nil {
			bad("page.listen", "%q: want host:port, such as 127.0.0.1:8087, or \"\" for no page", c.Page.Listen)
		}
	}
	if _, err := c.Send.resolved(); err != nil {
		errs = append(errs, err)
	}
	if len(c.Sensors) == 0 {
		errs = append(errs, ErrNoSensors)
	}
	seen, taken := map[string]bool{}, wires{}
	for i, s := range c.Sensors {
		key := fmt.Sprintf("sensors[%d]", i)
		if seen[s.ID] {
			bad(key+".id", "%q stands twice", s.ID)
		}
		seen[s.ID] = true
		for _, err := range append(s.validate(), taken.take(s)...) {
			errs = append(errs, fmt.Errorf("%s.%w", key, err))
		}
	}
	if len(errs) == 1 {
		return errs[0]
	}
	return errors.Join(errs...)
}

// validate returns every mistake, each beginning with its key.
func (s SensorConfig) validate() (errs []error) {
	bad := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }
	if _, err := reading.ParseSensorID(s.ID); err != nil {
		bad("id: %w", err)
	}
	if s.Interval < 100*time.Millisecond || s.Interval > 24*time.Hour {
		bad("interval: %v is outside 100ms to 24h", s.Interval)
	}
	if s.PowerOff < 0 || s.PowerOff > time.Hour {
		bad("power_off: %v is outside 0s to 1h", s.PowerOff)
	}
	if s.PowerPin == "" && (s.PowerActiveLow || s.PowerOff != 0) {
		bad("power_pin: missing: name the GPIO line that switches the sensor's supply, or leave power_off and power_active_low out")
	}
	if _, _, err := s.Chip(); err != nil {
		errs = append(errs, err)
	}
	return append(errs, quality.Validate(s.Checks, s.Interval)...)
}
