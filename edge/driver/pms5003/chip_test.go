package pms5003

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/siaga-id/siaga/edge/driver"
)

func TestOptions(t *testing.T) {
	good := options{SerialPort: driver.SerialPort{Port: "/dev/serial0"}, WarmUp: 30 * time.Second, Mode: modeActive}
	if err := good.Validate(); err != nil {
		t.Error(err)
	}
	if n := len(good.Quantities()); n != 3 {
		t.Errorf("%d quantities", n)
	}
	good.CF1 = true
	if n := len(good.Quantities()); n != 6 {
		t.Errorf("%d quantities with cf1", n)
	}
	for key, change := range map[string]func(o *options){
		"port":    func(o *options) { o.Port = "" },
		"warm_up": func(o *options) { o.WarmUp = -time.Second },
		"mode":    func(o *options) { o.Mode = "pasif" },
		"sleep":   func(o *options) { o.Sleep = true },
	} {
		bad := good
		change(&bad)
		if err := bad.Validate(); err == nil || !strings.HasPrefix(err.Error(), key+": ") {
			t.Errorf("%s: %v", key, err)
		}
	}
}

func TestScanRecognisesIt(t *testing.T) {
	for _, tc := range []struct {
		name  string
		heard []byte
		want  bool
	}{
		{"in the middle", append(append(bytes.Clone(golden[9:]), golden...), golden[:4]...), true},
		{"cut off", golden[:31], false},
		{"only an answer to a command", unhex("424D0004E1000174"), false},
		{"nothing", nil, false},
		{"an SDS011", unhex("AAC07B00B001A1602DAB"), false},
	} {
		if got := Chip.UART.Recognise(tc.heard); got != tc.want {
			t.Errorf("%s: %v", tc.name, got)
		}
	}
}
