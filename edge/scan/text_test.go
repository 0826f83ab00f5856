package scan

import (
	"errors"
	"strings"
	"testing"

	"github.com/siaga-id/siaga/edge/explain"
)

func TestPrint(t *testing.T) {
	c := configured(t)
	for _, tc := range []struct {
		name string
		f    Finding
		id   []string
		en   []string
	}{
		{
			"sure, with a value, configured",
			Finding{Place: Place{Bus: "1", Address: 0x76}, Chip: "bme280", Model: "Bosch BME280", Sure: true, Values: []Value{{"temperature", "°C", 27.5, false}, {"humidity", "%RH", 101, true}}},
			[]string{"✓ pasti", "1 0x76", "Bosch BME280", "[sudah ada: bme-1]", "Suhu 27.5 °C", "Kelembapan 101 %RH (meragukan)"},
			[]string{"✓ sure", "[configured: bme-1]", "Temperature 27.5 °C"},
		},
		{
			"likely",
			Finding{Place: Place{Port: "/dev/ttyUSB1", Baud: 9600}, Chip: "a02yyuw", Model: "DFRobot A02YYUW", Also: []string{"jsnsr04t"}},
			[]string{"✓ mungkin", "/dev/ttyUSB1 9600 baud", "dapat juga jsnsr04t"},
			[]string{"✓ likely", "may also be jsnsr04t"},
		},
		{
			"two chips",
			Finding{Place: Place{Bus: "1", Address: 0x77}, Chip: "bme280", Model: "Bosch BME280", Problem: explain.TwoChips, Error: "id 0x40"},
			[]string{"✗ masalah", "Ada dua chip", "(id 0x40)", "→ Ubah alamat"},
			[]string{"✗ problem", "pin ADDR or SDO"},
		},
		{
			"held",
			Finding{Place: Place{Port: "/dev/serial0"}, Problem: explain.InUse, Sensor: "pm-1"},
			[]string{"– dipakai", "sensor: pm-1", "systemctl stop siaga-edge"},
			[]string{"– in use"},
		},
		{
			"warming up",
			Finding{Place: Place{Bus: "1", Address: 0x62}, Chip: "scd4x", Model: "Sensirion SCD4x", Problem: "warming_up"},
			[]string{"! perhatikan", "pemanasan"},
			[]string{"! note", "warming up"},
		},
		{
			"unknown",
			Finding{Place: Place{Bus: "1", Address: 0x20}, Problem: explain.UnknownChip},
			[]string{"? tak kenal", "1 0x20", "tidak dikenal"},
			[]string{"? unknown"},
		},
		{
			"no bus",
			Finding{Problem: explain.NoI2C},
			[]string{"✗ masalah", "raspi-config"},
			[]string{"I2C bus"},
		},
	} {
		for lang, want := range map[explain.Lang][]string{explain.ID: tc.id, explain.EN: tc.en} {
			var b strings.Builder
			if err := Print(&b, []Finding{tc.f}, c, lang); err != nil {
				t.Fatal(err)
			}
			for _, w := range want {
				if !strings.Contains(b.String(), w) {
					t.Errorf("%s: does not say %q:\n%s", tc.name, w, b.String())
				}
			}
		}
	}
}

func TestPrintSuggestions(t *testing.T) {
	var b strings.Builder
	if err := PrintSuggestions(&b, newcomers, configured(t), explain.ID); err != nil {
		t.Fatal(err)
	}
	if err := PrintNext(&b, newcomers, explain.ID); err != nil {
		t.Fatal(err)
	}
	if err := PrintSuggestions(&b, nil, Configured{}, explain.EN); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"  - id: sungai-1\n", "    address: 0x77\n", "GPIO", "hujan-1 (GPIO17)", "calibrate level --sensor sungai-1 --measured", "siaga-edge doctor",
		"There is no new sensor",
	} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("does not say %q:\n%s", want, b.String())
		}
	}
	if strings.Contains(b.String(), "systemctl restart") {
		t.Error("the service needs no restart")
	}
	if strings.Contains(b.String(), "calibrate level --sensor bme-2") {
		t.Error("a climate sensor has no level")
	}
}

type full struct{}

func (full) Write([]byte) (int, error) { return 0, errors.New("no space left on device") }

func TestPrintingFails(t *testing.T) {
	if Print(full{}, []Finding{{}}, Configured{}, explain.ID) == nil ||
		PrintSuggestions(full{}, newcomers, Configured{}, explain.ID) == nil || PrintNext(full{}, nil, explain.ID) == nil {
		t.Error("a full disk looks like success")
	}
}
