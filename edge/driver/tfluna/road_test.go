package tfluna

import (
	"errors"
	"testing"
	"testing/synctest"

	"github.com/siaga-id/siaga/edge/driver"
	"github.com/siaga-id/siaga/edge/driver/drivertest"
	"github.com/siaga-id/siaga/internal/reading"
)

// TestSomethingThereFromTheBeginning: a lidar that is opened anew must not take
// what stands in its beam for a road without traffic.
func TestSomethingThereFromTheBeginning(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := drivertest.NewPort()
		d, err := New(p, opts)
		if err != nil {
			t.Fatal(err)
		}
		defer d.Close()
		see(p, 300, 900, s)
		want(t, d, nil) // a window opens
		for range 2 {
			see(p, 300, 900, 10*s)
			if v, err := d.Sense(t.Context()); !errors.Is(err, driver.ErrStuck) || v != nil {
				t.Errorf("%v, %v", v, err)
			}
		}
		see(p, 300, 900, 5*s)
		see(p, 600, 900, 5*s)
		want(t, d, values(reading.Count, 0., reading.Flow, 0., reading.Occupancy, 50.))
	})
}
