package drivertest

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/siaga-id/siaga/edge/driver"
)

// patience is what a Sense in the suite has, in the bubble's time.
const patience = 3 * time.Second

// Device is what every driver's Dev can do.
type Device interface {
	Sense(ctx context.Context) ([]driver.Value, error)
	Close() error
}

// Rig is a new device on a line that is silent so far, and the hands on that
// line. The suite calls them one at a time.
type Rig struct {
	Dev Device
	// Good makes the sensor measure once, so that the next Sense gives Want.
	Good func()
	Want []driver.Value
	// Silent is what Sense gives on the silent line: these values where
	// SilentErr is nil.
	Silent    []driver.Value
	SilentErr error
	// Garbage puts noise on the line; Sense then gives GarbageErr, or Silent
	// where that is nil.
	Garbage    func()
	GarbageErr error
	// Half cuts the sensor off in the middle of what it says; Sense then gives
	// HalfErr, and the next measurement is whole again. Where HalfErr is nil
	// Good follows at once.
	Half    func()
	HalfErr error
}

// Run holds a driver to the contract. open is called in a bubble of its own for
// each test (testing/synctest), so that time is the bubble's, and a goroutine
// that outlives Close fails the test.
func Run(t *testing.T, open func(t *testing.T) Rig) {
	each := func(name string, test func(t *testing.T, r Rig)) {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := open(t)
				test(t, r)
				if err := r.Dev.Close(); err != nil {
					t.Errorf("Close: %v", err)
				}
			})
		})
	}
	each("golden frame", func(t *testing.T, r Rig) {
		r.Good()
		wantValues(t, r, r.Want, nil)
	})
	each("silence", func(t *testing.T, r Rig) {
		wantValues(t, r, r.Silent, r.SilentErr)
	})
	each("garbage, then a good frame", func(t *testing.T, r Rig) {
		r.Garbage()
		wantValues(t, r, r.Silent, r.GarbageErr)
		r.Good()
		wantValues(t, r, r.Want, nil)
	})
	each("half a frame, then a good one", func(t *testing.T, r Rig) {
		r.Half()
		if r.HalfErr != nil {
			wantValues(t, r, nil, r.HalfErr)
		}
		r.Good()
		wantValues(t, r, r.Want, nil)
	})
	each("cancelled context", func(t *testing.T, r Rig) {
		r.Good()
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		v, err := r.Dev.Sense(ctx)
		if !errors.Is(err, context.Canceled) || v != nil {
			t.Errorf("Sense(cancelled) = %v, %v", v, err)
		}
		wantValues(t, r, r.Want, nil)
	})
	each("close while it waits", func(t *testing.T, r Rig) {
		sensed := make(chan error, 1)
		go func() {
			_, err := r.Dev.Sense(t.Context())
			sensed <- err
		}()
		synctest.Wait()
		if err := r.Dev.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
		if err := <-sensed; !errors.Is(err, driver.ErrClosed) && !errors.Is(err, r.SilentErr) {
			t.Errorf("Sense during Close: %v", err)
		}
		wantValues(t, r, nil, driver.ErrClosed)
	})
}

// wantValues calls Sense and compares; want counts only where wantErr is nil.
func wantValues(t *testing.T, r Rig, want []driver.Value, wantErr error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	got, err := r.Dev.Sense(ctx)
	if !errors.Is(err, wantErr) {
		t.Fatalf("Sense: error %v, want %v", err, wantErr)
	}
	if wantErr != nil {
		if got != nil {
			t.Errorf("Sense: values %v beside the error %v", got, err)
		}
		return
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("Sense (-want +got):\n%s", diff)
	}
}
