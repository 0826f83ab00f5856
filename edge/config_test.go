package edge

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/siaga-id/siaga/internal/config"
)

// goodConfig is a file with one sensor of each driver.
const goodConfig = `node: sutojayan-01
site: 35.05.12.1001
data_dir: /tmp/siaga
pack_interval: 10s
queue:
  max_bytes: 1048576
  reserve_bytes: 0
send:
  window: 64
  fill_packs_per_second: 50
sensors:
  - {id: pm-1, driver: pms5003, port: /dev/ttyS0, interval: 5s}
  - {id: bme-1, driver: bme280, i2c: "1", address: 0x76, interval: 5s}
  - {id: sungai-1, driver: a02yyuw, port: /dev/ttyS1, datum_m: 6.5, interval: 2s}
  - {id: jalan-1, driver: breakbeam, pin: GPIO17, interval: 20s}
`

// load reads a configuration from text as siaga-edge does.
func load(t *testing.T, text string) (Config, error) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "siaga-edge.yaml")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	cfg := DefaultConfig()
	if err := config.Load(file, nil, &cfg); err != nil {
		return cfg, err
	}
	return cfg, cfg.Validate()
}

func TestGoodConfig(t *testing.T) {
	cfg, err := load(t, goodConfig)
	if err != nil {
		t.Fatal(err)
	}
	if len(cfg.Sensors) != 4 || cfg.Sensors[2].Options["datum_m"] != 6.5 || cfg.Sensors[1].Options["address"] != 0x76 {
		t.Errorf("sensors %+v", cfg.Sensors)
	}
}

func TestDefaultsHoldWhatTheFileLeavesOut(t *testing.T) {
	cfg, err := load(t, "node: sutojayan-01\nsite: 35.05.12.1001\nsensors: [{id: pm-1, driver: pms5003, port: /dev/ttyS0, interval: 5s}]\n")
	if err != nil {
		t.Fatal(err)
	}
	want := DefaultConfig()
	if cfg.PackInterval != want.PackInterval || cfg.Queue != want.Queue || cfg.Send != want.Send || !cmp.Equal(cfg.MQTT, want.MQTT) || !cmp.Equal(cfg.Enrol, want.Enrol) || cfg.DataDir != want.DataDir {
		t.Errorf("%+v, want the defaults", cfg)
	}
}

// TestEveryRuleHasItsMessage breaks the good file in one place each.
func TestEveryRuleHasItsMessage(t *testing.T) {
	for _, tc := range []struct{ old, broken, want string }{
		{"node: sutojayan-01", "node: Sutojayan", `node: parse node id "Sutojayan"`},
		{"pack_interval: 10s", "mqtt: {ca_file: /etc/siaga/ca.pem}", "mqtt.url: empty, so that the node's identity says"},
		{"pack_interval: 10s", "enrol: {token_files: ['/boot/[']}", `enrol.token_files[0]: "/boot/["`},
		{"site: 35.05.12.1001", "site: 35.05.12", "site: parse site code"},
		{"data_dir: /tmp/siaga", `data_dir: ""`, "data_dir: empty"},
		{"pack_interval: 10s", "pack_interval: 50ms", "pack_interval: 50ms is outside 100ms to 1h"},
		{"pack_interval: 10s", "pack_interval: 2h", "pack_interval: 2h0m0s is outside"},
		{"pack_interval: 10s", "pack_interval: ten", "pack_interval"},
		{"pack_interval: 10s", "pack_intervall: 10s", "pack_intervall"},
		{"max_bytes: 1048576", "max_bytes: 1000", "queue.max_bytes: 1000 is less than 1 MiB"},
		{"reserve_bytes: 0", "reserve_bytes: -1", "queue.reserve_bytes: -1 is negative"},
		{"reserve_bytes: 0", "durability: never", `queue.durability: "never": use always or spill`},
		{"pack_interval: 10s", "page: {listen: here}", `page.listen: "here": want host:port`},
		{"port: /dev/ttyS1", "port: /dev/ttyS0", "sensors[2].port: sensor pm-1 has port /dev/ttyS0 already"},
		{"pin: GPIO17", "pin: GPIO17, power_pin: GPIO17", "sensors[3].power_pin: sensor jalan-1 has pin GPIO17 already"},
		{"pin: GPIO17", "pin: GPIO17, power_off: 5s", "sensors[3].power_pin: missing"},
		{"pin: GPIO17", "pin: GPIO17, power_pin: GPIO5, power_off: 2h", "sensors[3].power_off: 2h0m0s is outside"},
		{"window: 64", "window: -1", "send.window: -1 is outside 1 to 1024"},
		{"window: 64", "window: 1025", "send.window: 1025 is outside"},
		{"fill_packs_per_second: 50", "fill_packs_per_second: -1", "send.fill_packs_per_second: -1 is not above 0"},
		{"fill_packs_per_second: 50", "fill_bytes_per_second: -1", "send.fill_bytes_per_second: -1 is not above 0"},
		{"fill_packs_per_second: 50", "profile: 5g", `send.profile: "5g": use lan or cellular`},
		{"fill_packs_per_second: 50", "resend_min: 10ms", "send.resend_min: 10ms is less than 100ms"},
		{"fill_packs_per_second: 50", "resend_max: 500ms", "send.resend_max: 500ms is outside resend_min (1s) to 1h"},
		{"id: pm-1", "id: PM 1", "sensors[0].id: parse sensor id"},
		{"id: bme-1", "id: pm-1", `sensors[1].id: "pm-1" stands twice`},
		{"driver: pms5003", "driver: pms5004", `sensors[0].driver: "pms5004" is unknown: use one of pms5003, `},
		{"interval: 20s", "interval: 10ms", "sensors[3].interval: 10ms is outside 100ms to 24h"},
		{"interval: 20s", "interval: 25h", "sensors[3].interval: 25h0m0s is outside"},
		{"interval: 20s", "intervall: 20s", "intervall"},
		{"i2c: \"1\"", "i2c: \"1\", checks: {temperatur: {min: 15}}", `sensors[1].checks.temperatur: "temperatur" is no quantity`},
		{"i2c: \"1\"", "i2c: \"1\", checks: {temperature: {stuck_after: 3}}", `sensors[1].checks.temperature.stuck_after: "3": want`},
		{"i2c: \"1\"", "i2c: \"1\", checks: {temperature: {stuck_afer: off}}", "sensors[1].checks[temperature]: stuck_afer"},
		{"port: /dev/ttyS0, ", "", "sensors[0].port: empty: name the serial port"},
		{`i2c: "1", `, "", "sensors[1].i2c: empty: name the bus"},
		{"port: /dev/ttyS1, ", "", "sensors[2].port: empty"},
		{"pin: GPIO17, ", "", "sensors[3].pin: empty: name the GPIO line"},
		{"pin: GPIO17", "pin: GPIO17, vehicle_length_m: -1", "sensors[3].vehicle_length_m"},
	} {
		if !strings.Contains(goodConfig, tc.old) {
			t.Fatalf("the good file has no %q", tc.old)
		}
		_, err := load(t, strings.Replace(goodConfig, tc.old, tc.broken, 1))
		if err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%q for %q: error %v, want %q", tc.broken, tc.old, err, tc.want)
		}
	}
	if _, err := load(t, goodConfig[:strings.Index(goodConfig, "sensors:")]); err == nil || !strings.Contains(err.Error(), "sensors: none") {
		t.Errorf("no sensors: error %v", err)
	}
}

func TestAllMistakesAreNamedAtOnce(t *testing.T) {
	_, err := load(t, strings.NewReplacer("sutojayan-01", "X", "window: 64", "window: -1", "pms5003", "none").Replace(goodConfig))
	for _, want := range []string{"node:", "send.window:", "sensors[0].driver:"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q in it", err, want)
		}
	}
}
