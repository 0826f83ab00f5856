package scd4x

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"periph.io/x/devices/v3/scd4x"

	"github.com/siaga-id/siaga/edge/driver"
)

// TestPeriphsLoopEndsOnAnError is about a bus that fails between this package's
// question and periph's, which would go on for 6 s.
func TestPeriphsLoopEndsOnAnError(t *testing.T) {
	for name, tc := range map[string]struct {
		spot func(s *sensor)
		err  error
	}{
		"no answer": {func(s *sensor) { s.absent = true }, driver.ErrNoAnswer},
		"garbled":   {func(s *sensor) { s.garble = true }, driver.ErrChecksum},
	} {
		synctest.Test(t, func(t *testing.T) {
			s := newSensor(SCD40)
			l := &link{Bus: s, ctx: t.Context()}
			chip, err := scd4x.NewI2C(l, Address)
			if err != nil {
				t.Fatal(err)
			}
			tc.spot(s)
			began := time.Now()
			var e scd4x.Env
			flat := chip.Sense(&e)
			if flat == nil || time.Since(began) > 0 {
				t.Errorf("%s: %v after %v", name, flat, time.Since(began))
			}
			if err := l.cause(flat); !errors.Is(err, tc.err) {
				t.Errorf("%s: %v", name, err)
			}
			s.absent, s.garble = false, false
			time.Sleep(every)
			if err := chip.Sense(&e); err != nil || e.CO2 != 500 {
				t.Errorf("%s, after that: %v, %v", name, e.CO2, err)
			}
		})
	}
}
