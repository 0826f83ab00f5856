package sds011

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/siaga-id/siaga/edge/driver"
)

func TestPutToSleepItStaysAsleepUntilItIsWoken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSensor()
		s.answer = values(123, 432)
		d, err := New(s, Opts{Query: true})
		if err != nil {
			t.Fatal(err)
		}
		defer d.Close()
		sense := func() error {
			ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
			defer cancel()
			_, err := d.Sense(ctx)
			return err
		}
		if err := sense(); err != nil {
			t.Fatal(err)
		}
		if err := d.Sleep(t.Context()); err != nil {
			t.Fatal(err)
		}
		for range 3 {
			time.Sleep(time.Minute)
			if err := sense(); !errors.Is(err, driver.ErrAsleep) || !s.asleep {
				t.Fatalf("asleep %v: %v", s.asleep, err)
			}
		}
		if err := d.Wake(t.Context()); err != nil || s.asleep {
			t.Fatalf("asleep %v: %v", s.asleep, err)
		}
		if err := sense(); err != nil {
			t.Error(err)
		}
		s.deaf = true
		if err := d.Sleep(t.Context()); !errors.Is(err, driver.ErrNoAnswer) {
			t.Error(err)
		}
		s.deaf = false
		if err := sense(); err != nil {
			t.Errorf("a sensor that did not go to sleep: %v", err)
		}
	})
}
