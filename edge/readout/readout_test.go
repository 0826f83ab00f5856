package readout

import (
	"context"
	"math"
	"testing"
	"testing/synctest"
	"time"

	"github.com/siaga-id/siaga/edge"
	"github.com/siaga-id/siaga/edge/calibration"
	"github.com/siaga-id/siaga/edge/driver"
	"github.com/siaga-id/siaga/internal/reading"
)

func emptyStore(t *testing.T) *calibration.Store {
	t.Helper()
	s, err := calibration.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func value(t *testing.T, s edge.SensorSnapshot, quantity string) edge.ValueSnapshot {
	t.Helper()
	for _, v := range s.Values {
		if v.Quantity == quantity {
			return v
		}
	}
	t.Fatalf("%s gives no %s: %+v", s.ID, quantity, s)
	return edge.ValueSnapshot{}
}

func TestRawStandsBesideCorrected(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := emptyStore(t)
		for _, c := range []calibration.Correction{
			{Sensor: "air-1", Quantity: reading.Distance, Kind: calibration.Datum, DatumM: 3.2, Author: "Sari", Reason: "pemasangan"},
			{Sensor: "air-1", Quantity: reading.Level, Kind: calibration.Offset, Offset: 0.01, Author: "Sari", Reason: "papan duga"},
		} {
			if _, err := store.Set(c); err != nil {
				t.Fatal(err)
			}
		}
		ctx, cancel := context.WithCancel(t.Context())
		r := Direct(ctx, overWater(t, "air-1"), newPorts(), store)
		<-r.Settled()
		time.Sleep(10*time.Second + 300*time.Millisecond)
		s := r.Snapshot()[0]
		level := value(t, s, "level")
		if level.Raw != 1.247 || level.Corrected == nil || *level.Corrected != 1.257 || level.Calibration != 2 || level.AgeS > 1.5 {
			t.Errorf("level is %+v", level)
		}
		distance := value(t, s, "distance")
		if distance.Raw != 1953 || distance.Corrected != nil || distance.Quality != "not evaluated" || distance.Unit != "mm" {
			t.Errorf("distance is %+v", distance)
		}
		if s.Health != "ok" || s.Code != "" || s.Model == "" || s.IntervalS != 1 {
			t.Errorf("sensor is %+v", s)
		}
		cancel()
		r.Wait()
	})
}

func TestADeadSensorHoldsNoneUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		r := Direct(ctx, overWater(t, "mati", "air-1"), newPorts("mati"), emptyStore(t))
		time.Sleep(time.Second)
		if s := r.Snapshot(); s[1].Health != "ok" || s[0].Health != "starting" {
			t.Errorf("after a second: %+v", s)
		}
		select {
		case <-r.Settled():
			t.Error("settled before the dead sensor was waited for")
		default:
		}
		<-r.Settled()
		if s := r.Snapshot(); s[0].Health != "failing" || s[0].Code != "no_answer" || s[0].Error == "" || s[1].Health != "ok" {
			t.Errorf("when settled: %+v", s)
		}
		cancel()
		r.Wait()
	})
}

func TestAPluggedInSensorComesBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		board := newPorts()
		r := Direct(ctx, overWater(t, "air-1"), board, emptyStore(t))
		<-r.Settled()
		board.unplug("air-1")
		time.Sleep(1100 * time.Millisecond)
		if s := r.Snapshot()[0]; s.Health != "failing" || s.Code != "unplugged" || len(s.Values) == 0 {
			t.Errorf("unplugged: %+v", s)
		}
		time.Sleep(2 * reopenPause)
		if s := r.Snapshot()[0]; s.Health != "ok" || board.opened("air-1") != 2 {
			t.Errorf("plugged in: %+v", s)
		}
		cancel()
		r.Wait()
	})
}

func TestValuesThatAreNoNumbers(t *testing.T) {
	s := &sensor{
		cfg: edge.SensorConfig{ID: "air-1"}, store: emptyStore(t), newest: map[reading.Quantity]measured{},
		now: func() time.Duration { return 0 }, first: func() {},
	}
	err := s.take([]driver.Value{
		{Quantity: reading.Distance, Value: math.NaN()}, driver.Measured(reading.Level, 1.2),
	})
	if err == nil || len(s.newest) != 1 || s.newest[reading.Level].raw != 1.2 {
		t.Errorf("kept %+v: %v", s.newest, err)
	}
}
