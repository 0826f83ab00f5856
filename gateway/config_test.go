package gateway_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/siaga-id/siaga/gateway"
	"github.com/siaga-id/siaga/internal/config"
)

func TestDefaultsAreValid(t *testing.T) {
	if err := gateway.DefaultConfig().Validate(); err != nil {
		t.Error(err)
	}
}

// TestBadConfigurations has one bad file a rule, each with the message that an
// administrator sees.
func TestBadConfigurations(t *testing.T) {
	for name, tc := range map[string]struct{ text, want string }{
		"no address for the wall":              {"http:\n  addr: \"\"\n", "http.addr: empty: want an address such as 127.0.0.1:8088"},
		"the wall for the whole network":       {"http:\n  addr: 0.0.0.0:8088\n", "http.addr: 0.0.0.0:8088: it is not encrypted and stays on this machine"},
		"no address for the broker":            {"mqtt:\n  addr: \"\"\n", "mqtt.addr: empty: want an address such as 127.0.0.1:1883, or mqtt.url for an external broker"},
		"no address for InfluxDB":              {"influx:\n  addr: \"\"\n", "influx.addr: empty: want an address such as 127.0.0.1:8086, or influx.url for an external InfluxDB"},
		"group with a level":                   {"mqtt:\n  group: siaga/a\n", `mqtt.group: "siaga/a": want a name without /, + and #`},
		"no group":                             {"mqtt:\n  group: \"\"\n", `mqtt.group: "": want a name`},
		"retention below a shard":              {"influx:\n  retention: 10m\n", "influx.retention: 10m0s is below 1h: 0 keeps readings for ever"},
		"negative retention":                   {"influx:\n  retention: -1h\n", "influx.retention: -1h0m0s is below 1h"},
		"no database":                          {"influx:\n  database: \"\"\n", "influx.database: empty: want a name such as siaga"},
		"ingest bound":                         {"ingest:\n  queue_packs: -1\n", `ingest.queue_packs: -1: want more than 0`},
		"bad ingester name":                    {"ingest:\n  name: Pusat Blitar\n", `ingest.name: "Pusat Blitar": want 2 to 31 of a-z, 0-9 and -`},
		"two mistakes":                         {"http:\n  addr: \"\"\ningest:\n  name: \"\"\n", `http.addr: empty: want an address such as 127.0.0.1:8088; ingest.name: "": want`},
		"secure address without a port":        {"secure:\n  addrs: [10.20.0.2]\n", `secure.addrs: "10.20.0.2": want host:port, such as 0.0.0.0:8883`},
		"secure name that is none":             {"secure:\n  names: [\"https://pusat\"]\n", `secure.names: "https://pusat": want a name or address`},
		"certificate without key":              {"secure:\n  cert_file: a.pem\n", "secure.cert_file, secure.key_file: want both or neither"},
		"misspelt key":                         {"mqtt:\n  adress: 127.0.0.1:1883\n", "unknown key mqtt: adress: known here are addr, url,"},
		"directory that only the program sets": {"ingest:\n  dir: /tmp\n", "unknown key ingest: dir"},
		"no duration":                          {"ingest:\n  max_ahead: soon\n", "'ingest.max_ahead'"},
		"secret in the file":                   {"influx:\n  password: rahasia\n", "unknown key influx: password: known here are addr, retention, reserve_bytes, url, token_file, username, password_file"},
	} {
		t.Run(name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "siaga.yaml")
			if err := os.WriteFile(file, []byte(tc.text), 0o600); err != nil {
				t.Fatal(err)
			}
			cfg := gateway.DefaultConfig()
			err := config.Load(file, nil, &cfg)
			if want := "configuration " + file + ": " + tc.want; err == nil || !strings.HasPrefix(err.Error(), want) {
				t.Errorf("error %v, want it to begin %q", err, want)
			}
		})
	}
}
