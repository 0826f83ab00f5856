package pms5003

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/siaga-id/siaga/edge/driver"
	"github.com/siaga-id/siaga/edge/driver/drivertest"
)

// TestSilenceOfAnActiveSensor: where its supply was gone for some seconds, its fan
// has just started again. Nobody may have asked it meanwhile.
func TestSilenceOfAnActiveSensor(t *testing.T) {
	for _, tc := range []struct {
		name   string
		silent time.Duration
		want   error
	}{
		{"its slowest cadence", 2300 * time.Millisecond, nil},
		{"a dip of its supply", 6 * time.Second, driver.ErrWarmingUp},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				port := drivertest.NewPort()
				d, err := New(port, DefaultOpts)
				if err != nil {
					t.Fatal(err)
				}
				defer d.Close()
				ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
				defer cancel()
				talk := func(after time.Duration, want error) {
					t.Helper()
					time.Sleep(after)
					port.Send(golden...)
					if v, err := d.Sense(ctx); !errors.Is(err, want) {
						t.Errorf("%v, %v, want %v", v, err, want)
					}
				}
				talk(0, nil)
				talk(tc.silent, tc.want)
				for range 13 {
					talk(2300*time.Millisecond, tc.want)
				}
				talk(2300*time.Millisecond, nil) // 30 s are over
			})
		})
	}
}
