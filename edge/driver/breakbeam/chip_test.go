package breakbeam

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"periph.io/x/conn/v3/gpio"

	"github.com/siaga-id/siaga/edge/driver"
	"github.com/siaga-id/siaga/edge/driver/pulse/pulsetest"
	"github.com/siaga-id/siaga/internal/config"
	"github.com/siaga-id/siaga/internal/reading"
)

// board has one pin.
type board struct {
	driver.Board
	pin gpio.PinIn
}

func (b board) Pin(string) (gpio.PinIn, error) { return b.pin, nil }

func TestChips(t *testing.T) {
	for _, tc := range []struct {
		chip  driver.Chip
		keys  map[string]any
		speed float64 // of what takes half a second
	}{
		{Chip, map[string]any{"pin": "GPIO17", "vehicle_length_m": 5, "stuck_after": "5m"}, 36},
		{Chip, map[string]any{"pin": "GPIO17", "vehicle_length_m": 5, "detector_length_m": 1, "active_high": false}, 43.2},
		{LoopRelay, map[string]any{"pin": "GPIO17", "vehicle_length_m": 3}, 36},
		{LoopRelay, map[string]any{"pin": "GPIO17", "vehicle_length_m": 3, "loop_length_m": 1.5, "debounce": "30ms"}, 32.4},
	} {
		t.Run(tc.chip.Name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				o := tc.chip.Options()
				if err := o.Validate(); err == nil || !strings.HasPrefix(err.Error(), "pin: ") {
					t.Errorf("defaults without a pin: %v", err)
				}
				if err := config.Decode(tc.keys, o); err != nil {
					t.Fatal(err)
				}
				if err := o.Validate(); err != nil {
					t.Fatal(err)
				}
				l := pulsetest.New()
				d, err := o.Open(board{pin: l}, l.Now)
				if err != nil {
					t.Fatal(err)
				}
				defer d.Close()
				if v, err := d.Sense(t.Context()); v != nil || err != nil {
					t.Errorf("first Sense: %v, %v", v, err)
				}
				l.Pulse(1*s, 1*s+500*ms)
				l.Until(10 * s)
				got, err := d.Sense(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				for i, q := range o.Quantities() {
					if got[i].Quantity != q {
						t.Errorf("value %d is %v, want %v", i, got[i].Quantity, q)
					}
				}
				if v := got[len(got)-1]; v != driver.Measured(reading.SpeedP85, tc.speed) {
					t.Errorf("%+v, want %v km/h", v, tc.speed)
				}
			})
		})
	}
}

func TestOptionsNameTheirKeys(t *testing.T) {
	err := (&beamOptions{road: road{StuckAfter: -1, VehicleLengthM: -1}, DetectorLengthM: -1}).Validate()
	for _, key := range []string{"pin", "stuck_after", "vehicle_length_m", "detector_length_m"} {
		if !strings.Contains("\n"+err.Error(), "\n"+key+": ") {
			t.Errorf("%s is not in: %v", key, err)
		}
	}
	err = (&loopOptions{LoopLengthM: -1, Debounce: time.Second}).Validate()
	for _, key := range []string{"loop_length_m", "debounce"} {
		if !strings.Contains("\n"+err.Error(), "\n"+key+": ") {
			t.Errorf("%s is not in: %v", key, err)
		}
	}
}

func TestOpenRefusesAPinThatCannotBeConfigured(t *testing.T) {
	o := Chip.Options()
	if d, err := o.Open(board{pin: gpio.INVALID}, nil); err == nil || d != nil {
		t.Errorf("%v, %v", d, err)
	}
}
