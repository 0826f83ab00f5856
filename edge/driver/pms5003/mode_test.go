package pms5003

import (
	"bytes"
	"context"
	"errors"
	"io"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/siaga-id/siaga/edge/driver"
	"github.com/siaga-id/siaga/edge/driver/drivertest"
	"github.com/siaga-id/siaga/internal/reading"
)

// passiveSensor answers commands as the manual says.
type passiveSensor struct {
	*drivertest.Port
	mu     sync.Mutex
	asleep bool
	answer []byte // to a read; nil is none
	slept  []time.Duration
	since  time.Time
}

func (s *passiveSensor) Write(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := 0; i+7 <= len(b); i += 7 {
		switch c := b[i : i+7]; {
		case bytes.Equal(c, cmdWake):
			if s.asleep {
				s.asleep = false
				s.slept = append(s.slept, time.Since(s.since))
			}
		case s.asleep:
		case bytes.Equal(c, cmdSleep):
			s.asleep, s.since = true, time.Now()
			s.Send(unhex("424D0004E4000177")...)
		case bytes.Equal(c, cmdPassive):
			s.Send(unhex("424D0004E1000174")...)
		case bytes.Equal(c, cmdRead):
			s.Send(s.answer...)
		}
	}
	return s.Port.Write(b)
}

func (s *passiveSensor) say(b []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.answer = b
}

func TestPassiveContract(t *testing.T) {
	drivertest.Run(t, func(t *testing.T) drivertest.Rig {
		s := &passiveSensor{Port: drivertest.NewPort()}
		d, err := New(s, Opts{Passive: true, Sleep: true})
		if err != nil {
			t.Fatal(err)
		}
		return drivertest.Rig{
			Dev:        d,
			Good:       func() { s.say(golden) },
			Want:       goldenValues,
			SilentErr:  driver.ErrNoAnswer,
			Garbage:    func() { s.say(unhex("00FF424D424D001C00050042FF4D")) },
			GarbageErr: driver.ErrChecksum,
			Half:       func() { s.say(golden[:17]) },
			HalfErr:    driver.ErrChecksum,
		}
	})
}

// openPassive opens a Dev on a sensor that answers with the golden frame.
func openPassive(t *testing.T, opts Opts) (*Dev, *passiveSensor) {
	t.Helper()
	s := &passiveSensor{Port: drivertest.NewPort(), answer: golden}
	d, err := New(s, opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	})
	return d, s
}

func senseFor(t *testing.T, d *Dev) ([]driver.Value, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	return d.Sense(ctx)
}

func TestPassiveAsksOnceForEachReading(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, s := openPassive(t, Opts{Passive: true, WarmUp: 30 * time.Second})
		for range 2 {
			if _, err := senseFor(t, d); err != nil {
				t.Fatal(err)
			}
		}
		if w := s.Written(); !bytes.Equal(w, unhex("424DE100000170 424DE200000171 424DE200000171")) {
			t.Errorf("wrote % x", w)
		}
	})
}

func TestSleepsBetweenReadingsAndIsWarmInTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, s := openPassive(t, Opts{Passive: true, Sleep: true, WarmUp: 30 * time.Second})
		for i := range 5 {
			if _, err := senseFor(t, d); err != nil {
				t.Errorf("reading %d: %v", i, err)
			}
			time.Sleep(10 * time.Minute)
		}
		synctest.Wait()
		if len(s.slept) != 4 { // after each but the first, when the interval is not known yet
			t.Fatalf("slept %v", s.slept)
		}
		for _, d := range s.slept {
			if d < 9*time.Minute || d > 9*time.Minute+25*time.Second {
				t.Errorf("slept %v of 10 minutes, which leaves less than the warm-up, or much more", d)
			}
		}
	})
}

func TestNeverSleepsBetweenReadingsThatAreClose(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, s := openPassive(t, Opts{Passive: true, Sleep: true, WarmUp: 30 * time.Second})
		for range 10 {
			if _, err := senseFor(t, d); err != nil {
				t.Error(err)
			}
			time.Sleep(time.Minute)
		}
		if s.asleep || s.slept != nil {
			t.Errorf("slept %v", s.slept)
		}
	})
}

func TestEarlyReadingWakesIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, s := openPassive(t, Opts{Passive: true, Sleep: true, WarmUp: 30 * time.Second})
		for range 2 {
			if _, err := senseFor(t, d); err != nil {
				t.Error(err)
			}
			time.Sleep(10 * time.Minute)
		}
		if _, err := senseFor(t, d); err != nil {
			t.Error(err)
		}
		time.Sleep(time.Minute)
		if !s.asleep {
			t.Fatal("awake")
		}
		if _, err := senseFor(t, d); !errors.Is(err, driver.ErrWarmingUp) {
			t.Errorf("asked early: %v", err)
		}
		time.Sleep(30 * time.Second)
		if _, err := senseFor(t, d); err != nil {
			t.Errorf("warm again: %v", err)
		}
	})
}

func TestPassiveSensorFoundAsleepIsWoken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, s := openPassive(t, Opts{Passive: true, WarmUp: 30 * time.Second})
		s.asleep = true
		if _, err := senseFor(t, d); !errors.Is(err, driver.ErrWarmingUp) {
			t.Errorf("just woken: %v", err)
		}
		time.Sleep(30 * time.Second)
		if _, err := senseFor(t, d); err != nil {
			t.Error(err)
		}
	})
}

func TestPassivePortThatIsGone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, s := openPassive(t, Opts{Passive: true})
		s.Unplug(io.ErrUnexpectedEOF)
		if _, err := senseFor(t, d); !errors.Is(err, driver.ErrUnplugged) {
			t.Errorf("Sense = %v", err)
		}
	})
}

func TestCF1(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, s := openPassive(t, Opts{Passive: true, CF1: true})
		s.say(edited(map[int]uint16{0: 7, 1: 11, 2: 14, 12: 0x9701}))
		got, err := senseFor(t, d)
		if err != nil {
			t.Fatal(err)
		}
		want := []driver.Value{
			{Quantity: reading.PM1, Value: 5, Quality: reading.Suspect},
			{Quantity: reading.PM2_5, Value: 8, Quality: reading.Suspect},
			{Quantity: reading.PM10, Value: 10, Quality: reading.Suspect},
			{Quantity: reading.PM1CF1, Value: 7, Quality: reading.Suspect},
			{Quantity: reading.PM2_5CF1, Value: 11, Quality: reading.Suspect},
			{Quantity: reading.PM10CF1, Value: 14, Quality: reading.Suspect},
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
}
