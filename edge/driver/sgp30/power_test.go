package sgp30

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/siaga-id/siaga/edge/driver"
)

func TestLostSupplyMeansANewStart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSensor()
		d := open(t, s)
		time.Sleep(20 * time.Second)
		s.change(func() { s.absent = true })
		time.Sleep(10*time.Second + 100*time.Millisecond)
		s.change(func() { s.absent = false })
		for _, want := range []error{driver.ErrReset, driver.ErrWarmingUp} {
			if _, err := sense(t, d); !errors.Is(err, want) {
				t.Errorf("%v, want %v", err, want)
			}
		}
		time.Sleep(warmUp)
		if _, err := sense(t, d); err != nil || len(s.inits) != 2 {
			t.Errorf("%v, started %d times", err, len(s.inits))
		}
	})
}

// TestPowerLostBetweenTwoMeasurements is noticed by nothing but the baseline.
func TestPowerLostBetweenTwoMeasurements(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSensor()
		s.baseline = 0x8973
		d := open(t, s)
		time.Sleep(20*time.Second + 500*time.Millisecond)
		s.change(func() { s.cut = true })
		time.Sleep(every)
		if v, err := sense(t, d); !errors.Is(err, driver.ErrReset) {
			t.Errorf("%v, %v, want a reset", v, err)
		}
		time.Sleep(warmUp + 2*every)
		if _, err := sense(t, d); err != nil || len(s.inits) != 2 {
			t.Errorf("%v, started %d times", err, len(s.inits))
		}
	})
}

// TestASilenceIsNoReset where the baseline is still there.
func TestASilenceIsNoReset(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSensor()
		s.baseline = 0x8973
		d := open(t, s)
		time.Sleep(20*time.Second + 500*time.Millisecond)
		s.change(func() { s.absent = true })
		time.Sleep(2 * time.Second)
		s.change(func() { s.absent, s.eco2, s.tvoc = false, lowestCO2, 0 })
		if _, err := sense(t, d); err != nil || len(s.inits) != 1 {
			t.Errorf("%v, started %d times", err, len(s.inits))
		}
	})
}

// TestPowerLostBeforeTheFirstBaseline is noticed when there should be one.
func TestPowerLostBeforeTheFirstBaseline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSensor()
		d := open(t, s)
		time.Sleep(20*time.Second + 500*time.Millisecond)
		s.change(func() { s.cut = true })
		time.Sleep(basedIn)
		s.change(func() {
			if len(s.inits) != 2 {
				t.Errorf("started %d times", len(s.inits))
			}
		})
		if v, err := sense(t, d); err != nil || v[0] != goldenValues[0] {
			t.Errorf("%v, %v", v, err)
		}
	})
}

func TestCleanAirIsNoReset(t *testing.T) {
	for _, baseline := range []uint16{0, 0x8973} { // found late, found at once
		synctest.Test(t, func(t *testing.T) {
			s := newSensor()
			s.baseline, s.eco2, s.tvoc = baseline, lowestCO2, 0
			d := open(t, s)
			time.Sleep(time.Hour)
			if _, err := sense(t, d); err != nil || len(s.inits) != 1 {
				t.Errorf("%v, started %d times", err, len(s.inits))
			}
		})
	}
}

func TestAFailureOrTwoDoNotRestartIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSensor()
		d := open(t, s)
		time.Sleep(20*time.Second + 500*time.Millisecond)
		s.change(func() { s.absent = true })
		time.Sleep(2 * time.Second)
		s.change(func() { s.absent = false })
		if _, err := sense(t, d); err != nil || len(s.inits) != 1 {
			t.Errorf("%v, started %d times", err, len(s.inits))
		}
	})
}
