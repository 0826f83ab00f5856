package scan

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/siaga-id/siaga/edge/driver"
	"github.com/siaga-id/siaga/edge/driver/a02yyuw"
	"github.com/siaga-id/siaga/edge/driver/bme280"
	"github.com/siaga-id/siaga/edge/driver/pms5003"
	"github.com/siaga-id/siaga/edge/explain"
	"github.com/siaga-id/siaga/internal/reading"
)

var known = []driver.Chip{pms5003.Chip, bme280.Chip, a02yyuw.Chip}

const station = `# Sutojayan, di jembatan
node: sutojayan-01

sensors:
  - id: pm-1          # di atap
    driver: pms5003
    port: /dev/serial0
  - id: bme-1
    driver: bme280
    i2c: "1"
  - id: hujan-1
    driver: tippingbucket
    pin: GPIO17
`

func configured(t *testing.T) Configured {
	t.Helper()
	c, err := Read([]byte(station), known, func(p string) string {
		if p == "/dev/serial0" {
			return "/dev/ttyAMA0"
		}
		return p
	})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestWhereSensorsAreConfigured(t *testing.T) {
	c := configured(t)
	for place, want := range map[Place]string{
		{Port: "/dev/ttyAMA0"}:                 "pm-1",
		{Port: "/dev/serial0", Baud: 9600}:     "pm-1",
		{Port: "/dev/ttyUSB0"}:                 "",
		{Bus: "/dev/i2c-1", Address: 0x76}:     "bme-1",
		{Bus: "I2C1", Address: 0x76}:           "bme-1",
		{Bus: "1", Address: 0x77}:              "",
		{Bus: "/dev/i2c-11", Address: 0x76}:    "",
		{Bus: "/dev/i2c-0", Address: 0x76}:     "",
		{Bus: "another bus", Address: 0x76}:    "",
		{Bus: "/dev/i2c-1", Address: 0x76 + 8}: "",
	} {
		if got := c.At(place); got != want {
			t.Errorf("%s: %q, want %q", place, got, want)
		}
	}
	if got := c.Pins(); len(got) != 1 || got[0] != "hujan-1 (GPIO17)" {
		t.Errorf("pins %v", got)
	}
}

func TestSuggest(t *testing.T) {
	got := Suggest([]Finding{
		{Place: Place{Bus: "/dev/i2c-1", Address: 0x76}, Chip: "bme280"},
		{Place: Place{Bus: "/dev/i2c-1", Address: 0x77}, Chip: "bme280", Sure: true},
		{Place: Place{Bus: "/dev/i2c-3", Address: 0x76}, Chip: "bme280", Problem: explain.TwoChips},
		{Place: Place{Bus: "/dev/i2c-1", Address: 0x20}, Problem: explain.UnknownChip},
		{Place: Place{Port: "/dev/ttyAMA0", Baud: 9600}, Chip: "pms5003"},
		{Place: Place{Port: "/dev/ttyUSB0", Baud: 9600}, Chip: "a02yyuw", Also: []string{"jsnsr04t"}},
		{Place: Place{Port: "/dev/ttyUSB1", Baud: 9600}, Chip: "a02yyuw", Problem: "no_answer"},
	}, known, configured(t))
	want := []Suggestion{
		{ID: "bme-2", Driver: "bme280", Interval: often, Place: Place{Bus: "/dev/i2c-1", Address: 0x77}, Model: "Bosch BME280"},
		{ID: "sungai-1", Driver: "a02yyuw", Interval: often, Place: Place{Port: "/dev/ttyUSB0", Baud: 9600}, Model: "DFRobot A02YYUW", Also: []string{"jsnsr04t"}, Level: true},
		{ID: "sungai-2", Driver: "a02yyuw", Interval: often, Place: Place{Port: "/dev/ttyUSB1", Baud: 9600}, Model: "DFRobot A02YYUW", Level: true},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestIDsSayWhatASensorTells(t *testing.T) {
	for _, tc := range []struct {
		name string
		q    reading.Quantity
		want string
	}{
		{"sds011", reading.PM2_5, "pm"},
		{"scd4x", reading.CO2, "co2"},
		{"sgp30", reading.ECO2, "voc"},
		{"bme280", reading.Temperature, "bme"},
		{"aht20", reading.Temperature, "aht"},
		{"tippingbucket", reading.Rain, "hujan"},
		{"maxbotix", reading.Distance, "sungai"},
		{"ops243", reading.Count, "lalin"},
		{"ina219", reading.Voltage, "daya"},
		{"123", reading.Temperature, "123"},
	} {
		if got := prefix(tc.name, tc.q); got != tc.want {
			t.Errorf("%s: %q, want %q", tc.name, got, tc.want)
		}
		if id := prefix(tc.name, tc.q) + "-1"; tc.want != "" {
			if _, err := reading.ParseSensorID(id); err != nil {
				t.Errorf("%s: %v", id, err)
			}
		}
	}
	if interval(reading.Water) != often || interval(reading.Power) != eachMinute {
		t.Error("intervals")
	}
}
