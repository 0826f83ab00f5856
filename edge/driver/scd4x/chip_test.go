package scd4x

import (
	"errors"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/siaga-id/siaga/edge/driver"
	"github.com/siaga-id/siaga/internal/config"
)

func TestOptions(t *testing.T) {
	for key, settings := range map[string]map[string]any{
		"":                     {"i2c": "1", "temperature_offset_c": 2.5, "altitude_m": 200, "asc": false},
		"i2c":                  {},
		"address":              {"i2c": "1", "address": 0x61},
		"temperature_offset_c": {"i2c": "1", "temperature_offset_c": -1},
		"altitude_m":           {"i2c": "1", "altitude_m": 5000},
		"pressure_hpa":         {"i2c": "1", "altitude_m": 200, "pressure_hpa": 990},
	} {
		for _, chip := range []driver.Chip{ChipSCD40, ChipSCD41} {
			o := chip.Options()
			if err := config.Decode(settings, o); err != nil {
				t.Fatalf("%s: %v", key, err)
			}
			err := o.Validate()
			if key == "" && err != nil || key != "" && (err == nil || !strings.HasPrefix(err.Error(), key+": ")) {
				t.Errorf("%s %q: %v", chip.Name, key, err)
			}
		}
	}
	if o, ok := ChipSCD41.Options().(*options); !ok || !o.ASC || o.variant != SCD41 {
		t.Errorf("defaults %+v", o)
	}
}

func TestScanDoesNotDisturbAMeasurement(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSensor(SCD41)
		d := open(t, s, Opts{Variant: SCD41, SelfCalibrate: true})
		if _, err := ChipSCD41.I2C.Identify(s, Address); err != nil {
			t.Error(err)
		}
		if _, err := sense(t, d); err != nil || !s.measuring {
			t.Errorf("after the scan: %v", err)
		}
		s.garble = true
		if _, err := ChipSCD41.I2C.Identify(s, Address); !errors.Is(err, driver.ErrWrongDevice) {
			t.Errorf("garbled: %v", err)
		}
		s.absent = true
		if _, err := ChipSCD41.I2C.Identify(s, Address); !errors.Is(err, driver.ErrNoAnswer) {
			t.Errorf("absent: %v", err)
		}
	})
}
