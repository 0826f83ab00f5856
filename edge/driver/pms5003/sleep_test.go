package pms5003

import (
	"bytes"
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/siaga-id/siaga/edge/driver"
	"github.com/siaga-id/siaga/edge/driver/drivertest"
)

func try(t *testing.T, d *Dev) error {
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	_, err := d.Sense(ctx)
	return err
}

func TestPutToSleepAPassiveSensorStaysAsleepUntilItIsWoken(t *testing.T) {
	for _, rests := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			s := &passiveSensor{Port: drivertest.NewPort(), answer: golden}
			d, err := New(s, Opts{Passive: true, Sleep: rests})
			if err != nil {
				t.Fatal(err)
			}
			defer d.Close()
			for range 3 { // so that one that rests knows how far readings are apart
				if err := try(t, d); err != nil {
					t.Fatal(err)
				}
				time.Sleep(10 * time.Minute)
			}
			if err := d.Sleep(t.Context()); err != nil {
				t.Fatal(err)
			}
			for range 3 {
				time.Sleep(10 * time.Minute)
				if err := try(t, d); !errors.Is(err, driver.ErrAsleep) || !s.asleep {
					t.Fatalf("asleep %v: %v", s.asleep, err)
				}
			}
			if err := d.Wake(t.Context()); err != nil || s.asleep {
				t.Fatalf("asleep %v: %v", s.asleep, err)
			}
			if err := try(t, d); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestPutToSleepAnActiveSensorIsNotWokenByItsSilence(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		port := drivertest.NewPort()
		d, err := New(port, Opts{})
		if err != nil {
			t.Fatal(err)
		}
		defer d.Close()
		sensed := make(chan error)
		go func() { sensed <- try(t, d) }() // is under way when the command comes
		synctest.Wait()
		if err := d.Sleep(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := <-sensed; !errors.Is(err, driver.ErrAsleep) {
			t.Error(err)
		}
		if err := try(t, d); !errors.Is(err, driver.ErrAsleep) {
			t.Error(err)
		}
		if got := port.Written(); !bytes.Equal(got, cmdSleep) {
			t.Errorf("written % x", got)
		}
		if err := d.Wake(t.Context()); err != nil {
			t.Fatal(err)
		}
		port.Send(golden...)
		if err := try(t, d); err != nil {
			t.Error(err)
		}
	})
}
