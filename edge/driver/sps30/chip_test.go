package sps30

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/siaga-id/siaga/edge/driver"
	"github.com/siaga-id/siaga/internal/config"
)

func TestOptions(t *testing.T) {
	for chip, wiring := range map[*driver.Chip]map[string]any{
		&Chip:    {"port": "/dev/serial0"},
		&ChipI2C: {"i2c": "1"},
	} {
		for key, value := range map[string]string{
			"": "", "warm_up": "-1s", "clean_interval": "30m",
		} {
			settings := map[string]any{}
			for k, v := range wiring {
				settings[k] = v
			}
			if key != "" {
				settings[key] = value
			}
			o := chip.Options()
			if err := config.Decode(settings, o); err != nil {
				t.Fatal(err)
			}
			err := o.Validate()
			if key == "" && err != nil || key != "" && (err == nil || !strings.HasPrefix(err.Error(), key+": ")) {
				t.Errorf("%s, %q: %v", chip.Name, key, err)
			}
		}
		if err := chip.Options().Validate(); err == nil {
			t.Errorf("%s: valid without wiring", chip.Name)
		}
	}
}

func TestScanRecognisesItOnASerialPort(t *testing.T) {
	u := unhex("7E00D000 07 31413242334300 99 7E")
	u[len(u)-2] = checksum(u[1 : len(u)-2])
	if !Chip.UART.Recognise(append(unhex("00FF"), u...)) {
		t.Error("not recognised")
	}
	for _, b := range [][]byte{nil, u[:8], unhex("7E0003 00 00 FC7E"), Chip.UART.Ask} {
		if Chip.UART.Recognise(b) {
			t.Errorf("recognised in % x", b)
		}
	}
}

func TestScanRecognisesItOnABus(t *testing.T) {
	i := newI2CSensor()
	detail, err := ChipI2C.I2C.Identify(i, Address)
	if err != nil || detail != "serial 1A2B3C" || i.starts != 0 {
		t.Errorf("%q, %v", detail, err)
	}
	i.old = true
	if _, err := ChipI2C.I2C.Identify(i, Address); err != nil {
		t.Errorf("early firmware: %v", err)
	}
	i.old, i.garble = false, true
	if _, err := ChipI2C.I2C.Identify(i, Address); !errors.Is(err, driver.ErrWrongDevice) {
		t.Errorf("garbled: %v", err)
	}
	i.absent = true
	if _, err := ChipI2C.I2C.Identify(i, Address); !errors.Is(err, driver.ErrNoAnswer) {
		t.Errorf("absent: %v", err)
	}
	if DefaultOpts.CleanInterval != 7*24*time.Hour {
		t.Error("another default than the sensor's own")
	}
}
