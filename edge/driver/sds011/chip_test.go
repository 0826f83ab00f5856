package sds011

import (
	"strings"
	"testing"

	"github.com/siaga-id/siaga/edge/driver"
)

func TestOptions(t *testing.T) {
	good := options{SerialPort: driver.SerialPort{Port: "/dev/serial0"}, Mode: active, PeriodMinutes: 5}
	if err := good.Validate(); err != nil {
		t.Error(err)
	}
	for key, change := range map[string]func(o *options){
		"port":           func(o *options) { o.Port = "" },
		"warm_up":        func(o *options) { o.WarmUp = -1 },
		"mode":           func(o *options) { o.Mode, o.PeriodMinutes = "passive", 0 },
		"period_minutes": func(o *options) { o.Mode = queried },
	} {
		bad := good
		change(&bad)
		if err := bad.Validate(); err == nil || !strings.HasPrefix(err.Error(), key+": ") {
			t.Errorf("%s: %v", key, err)
		}
	}
}

func TestScanRecognisesIt(t *testing.T) {
	if !Chip.UART.Recognise(append(unhex("2DAB"), golden...)) {
		t.Error("not recognised")
	}
	for _, b := range [][]byte{nil, golden[:9], unhex("424D001C00050008000A"), command(cmdQuery, 0, 0)} {
		if Chip.UART.Recognise(b) {
			t.Errorf("recognised in % x", b)
		}
	}
}
