package standalone_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/siaga-id/siaga/ingest/standalone"
	"github.com/siaga-id/siaga/internal/config"
)

func TestDefaultsAreValid(t *testing.T) {
	if err := standalone.DefaultConfig().Validate(); err != nil {
		t.Error(err)
	}
}

// TestBadConfigurations has one bad file a rule, each with the message that an
// administrator sees.
func TestBadConfigurations(t *testing.T) {
	for name, tc := range map[string]struct{ text, want string }{
		"no data directory":        {"data_dir: \"\"\n", "data_dir: empty: name a directory on a disk that survives a power cut"},
		"no broker":                {"mqtt:\n  url: \"\"\n", "mqtt.url: empty: want an address such as tcp://127.0.0.1:1883"},
		"no group":                 {"mqtt:\n  group: \"\"\n", `mqtt.group: "": want a name without /, + and #`},
		"group with a wildcard":    {"mqtt:\n  group: \"siaga+\"\n", `mqtt.group: "siaga+": want a name without /, + and #`},
		"no InfluxDB":              {"influx:\n  url: \"\"\n", "influx.url: empty: want an address such as http://127.0.0.1:8086"},
		"no database":              {"influx:\n  database: \"\"\n", "influx.database: empty: want a name such as siaga"},
		"no center":                {"center:\n  url: \"\"\n", "center.url: empty: want an address such as http://127.0.0.1:8088"},
		"ingest bound":             {"ingest:\n  ack_interval: 1s\n", `ingest.ack_interval: 1s: want more than 0 and at most 100ms`},
		"bad name":                 {"ingest:\n  name: a\n", `ingest.name: "a": want 2 to 31 of a-z, 0-9 and -`},
		"misspelt key":             {"ingest:\n  nmae: ingest-2\n", "unknown key ingest: nmae: known here are name, demo,"},
		"key of the other program": {"registry: {x: 1}\n", "unknown key registry: known here are data_dir, mqtt, influx, center, ingest, devices, http"},
		"topics of nodes":          {"devices:\n  topics: [{filter: \"siaga/v1/+/live\"}]\n", `devices.topics[0].filter: "siaga/v1/+/live": topics under siaga/ are the nodes': name others`},
		"topics without a list":    {"devices:\n  topics: [{}]\n", `devices.topics[0].filter: "": empty: want a topic filter such as application/+/device/+/event/up`},
		"wrong type":               {"influx:\n  gzip: perhaps\n", "'influx.gzip'"},
	} {
		t.Run(name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "siaga-ingest.yaml")
			if err := os.WriteFile(file, []byte(tc.text), 0o600); err != nil {
				t.Fatal(err)
			}
			cfg := standalone.DefaultConfig()
			err := config.Load(file, nil, &cfg)
			if want := "configuration " + file + ": " + tc.want; err == nil || !strings.HasPrefix(err.Error(), want) {
				t.Errorf("error %v, want it to begin %q", err, want)
			}
		})
	}
}
