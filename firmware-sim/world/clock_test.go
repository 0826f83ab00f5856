package world

import (
	"context"
	"errors"
	"math"
	"testing"
	"testing/synctest"
	"time"
)

func TestScaledClock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, err := NewClock(wet, 60)
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Second)
		if got := c.Now(); !got.Equal(wet.Add(time.Minute)) || c.Boot() != time.Minute {
			t.Errorf("after a second at speed 60 it is %v, boot time %v", got, c.Boot())
		}
		begin := time.Now()
		<-c.After(time.Minute)
		if err := c.Sleep(t.Context(), time.Minute); err != nil {
			t.Error(err)
		}
		if took := time.Since(begin); took != 2*time.Second {
			t.Errorf("two world minutes took %v", took)
		}
		ctx, stop := context.WithCancel(t.Context())
		stop()
		if err := c.Sleep(ctx, time.Hour); !errors.Is(err, context.Canceled) {
			t.Errorf("Sleep returned %v", err)
		}
	})
}

func TestRealClock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := RealClock()
		time.Sleep(3 * time.Second)
		if !c.Now().Equal(time.Now()) || c.Boot() != 3*time.Second || c.Speed() != 1 {
			t.Errorf("it is %v, boot time %v, speed %v", c.Now(), c.Boot(), c.Speed())
		}
	})
}

func TestClockRefusesSpeeds(t *testing.T) {
	for _, speed := range []float64{0, 0.5, -1, 1e7, math.NaN(), math.Inf(1)} {
		if _, err := NewClock(wet, speed); err == nil {
			t.Errorf("speed %v was accepted", speed)
		}
	}
}
