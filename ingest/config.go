package ingest

import (
	"errors"
	"fmt"
	"runtime"
	"time"

	"github.com/siaga-id/siaga/internal/reading"
)

// Config is what an operator may set. A zero field means its default.
type Config struct {
	// Name is this ingester among others, by the rule of node ids. It has no default.
	Name string `mapstructure:"name"`
	// Dir is where the spools are. It has no default.
	Dir string `mapstructure:"-"`
	// Demo makes it take simulated packs and nothing else. A real ingester takes
	// everything but simulated packs.
	Demo bool `mapstructure:"demo"`

	// QueuePacks and QueueBytes bound what waits to be decoded. Beyond them Offer
	// refuses. Defaults: 4096 and 64 MiB.
	QueuePacks int   `mapstructure:"queue_packs"`
	QueueBytes int64 `mapstructure:"queue_bytes"`
	// Workers decode. Default: as many as there are processors for Go.
	Workers int `mapstructure:"workers"`
	// SpoolBytes bounds the packs on disk that InfluxDB has not taken yet, and
	// ReserveBytes is the disk space to leave free (negative: none). Beyond them
	// nothing is accepted. Defaults: 8 GiB and 64 MiB.
	SpoolBytes   int64 `mapstructure:"spool_bytes"`
	ReserveBytes int64 `mapstructure:"reserve_bytes"`
	// ReportBytes bounds, each, the reports of stored and of refused packs that
	// the registry has not taken yet. Beyond it the oldest reports of stored packs
	// go (nodes tell the ledger again), while with refused ones nothing is
	// accepted. Default: 256 MiB.
	ReportBytes int64 `mapstructure:"report_bytes"`

	// MaxAhead is how far a reading's time may be ahead of the center's clock.
	// Default: 5 minutes.
	MaxAhead time.Duration `mapstructure:"max_ahead"`
	// MaxNodes bounds the nodes that are not enrolled; packs of more are neither
	// stored nor acknowledged. Default: 1000.
	MaxNodes int `mapstructure:"max_nodes"`
	// MaxSensors bounds the sensors of one node; readings of more are refused,
	// since each is series in InfluxDB. Default: 64.
	MaxSensors int `mapstructure:"max_sensors"`

	// BatchLines and BatchBytes bound one write to InfluxDB. Defaults: 5000 and 1 MiB.
	BatchLines int `mapstructure:"batch_lines"`
	BatchBytes int `mapstructure:"batch_bytes"`
	// AckInterval is how long acknowledgements to one node are collected.
	// Default 100 ms, which is also the most.
	AckInterval time.Duration `mapstructure:"ack_interval"`
}

const (
	// minSpoolBytes is room for some groups of the committer.
	minSpoolBytes  = 16 << 20
	maxAckInterval = 100 * time.Millisecond
	// stopWithin is how long Run goes on moving records after its context ended.
	stopWithin = 3 * time.Second
)

// Validate returns what is wrong with the settings, naming the key. Dir is not
// looked at: whoever runs the ingester decides it.
func (c Config) Validate() error {
	c.Dir = "."
	_, err := c.withDefaults()
	return err
}

func (c Config) withDefaults() (Config, error) {
	if !reading.ValidID(c.Name) {
		return c, fmt.Errorf("name: %q: want 2 to 31 of a-z, 0-9 and -, not starting with -", c.Name)
	}
	if c.Dir == "" {
		return c, errors.New("dir: missing")
	}
	for _, n := range []struct {
		key      string
		value    *int
		def, max int
	}{
		{"queue_packs", &c.QueuePacks, 4096, 1 << 20},
		{"workers", &c.Workers, runtime.GOMAXPROCS(0), 256},
		{"max_nodes", &c.MaxNodes, 1000, 1 << 20},
		{"max_sensors", &c.MaxSensors, 64, 4096},
		{"batch_lines", &c.BatchLines, 5000, 100_000},
		{"batch_bytes", &c.BatchBytes, 1 << 20, 16 << 20},
	} {
		if err := setDefault(n.key, n.value, n.def, n.max); err != nil {
			return c, err
		}
	}
	for _, n := range []struct {
		key   string
		value *int64
		def   int64
	}{
		{"queue_bytes", &c.QueueBytes, 64 << 20},
		{"spool_bytes", &c.SpoolBytes, 8 << 30},
		{"report_bytes", &c.ReportBytes, 256 << 20},
	} {
		if err := setDefault(n.key, n.value, n.def, 1<<50); err != nil {
			return c, err
		}
	}
	for key, value := range map[string]int64{"spool_bytes": c.SpoolBytes, "report_bytes": c.ReportBytes} {
		if value < minSpoolBytes {
			return c, fmt.Errorf("%s %d: want at least %d", key, value, minSpoolBytes)
		}
	}
	if err := setDefault("max_ahead", &c.MaxAhead, 5*time.Minute, 24*time.Hour); err != nil {
		return c, err
	}
	return c, setDefault("ack_interval", &c.AckInterval, maxAckInterval, maxAckInterval)
}

func setDefault[T int | int64 | time.Duration](key string, value *T, def, most T) error {
	if *value == 0 {
		*value = def
	}
	if *value < 0 || *value > most {
		return fmt.Errorf("%s: %v: want more than 0 and at most %v", key, *value, most)
	}
	return nil
}
