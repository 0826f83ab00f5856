package edge

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"github.com/siaga-id/siaga/edge/calibration"
	"github.com/siaga-id/siaga/edge/driver"
	"github.com/siaga-id/siaga/internal/reading"
	"github.com/siaga-id/siaga/internal/wire"
)

func TestSnapshotSaysHowThingsStand(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		center := newFakeCenter(t)
		r := start(t, testConfig(t), newTestClock("b1", wire.Synced), center)
		defer r.stop()
		r.measure(1)
		r.eventually("acknowledged", func() bool { return r.waiting() == 0 })
		time.Sleep(heartbeatInterval)
		synctest.Wait()
		s := r.agent.Snapshot()
		if !s.Broker.Connected || s.Broker.AckAgoS == nil || *s.Broker.AckAgoS > 10 || s.Clock != wire.Synced || s.Time.IsZero() {
			t.Errorf("while all is well: %+v", s)
		}
		if s.Queue.Packs != 0 || s.Queue.OldestAgeS != nil || s.Queue.QueuedReadings != 1 || s.Queue.Durability != DurableAlways {
			t.Errorf("queue %+v", s.Queue)
		}
		center.setOffline(true)
		r.measure(2)
		r.measure(3)
		time.Sleep(2 * time.Minute)
		synctest.Wait()
		s = r.agent.Snapshot()
		if s.Broker.Connected || s.Broker.LastError == "" {
			t.Errorf("without a center: %+v", s.Broker)
		}
		q := s.Queue
		if q.Packs != 2 || len(q.Ranges) != 1 || q.OldestAgeS == nil || *q.OldestAgeS < 120 || *q.OldestAgeS > 130 {
			t.Errorf("queue %+v", q)
		}
		if q.DaysLeft == nil || *q.DaysLeft < 1 || q.RoomBytes == 0 || q.RoomBytes > q.MaxBytes {
			t.Errorf("room %+v", q)
		}
		if _, err := json.Marshal(s); err != nil {
			t.Error(err)
		}
	})
}

func TestSnapshotShowsRawBesideCorrected(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		center := newFakeCenter(t)
		r := start(t, testConfig(t), newTestClock("b1", wire.Synced), center)
		defer r.stop()
		sm, err := r.agent.sampler(r.cfg.Sensors[0])
		if err != nil {
			t.Fatal(err)
		}
		measure := func() ValueSnapshot {
			values := sm.correct([]driver.Value{driver.Measured(reading.PM2_5, 10)})
			rs, err := sm.stamp(r.clock.Boot(), values)
			if err != nil {
				t.Fatal(err)
			}
			sm.note(rs)
			return sm.snapshot(r.clock.Boot() + time.Second).Values[0]
		}
		if v := measure(); v.Raw != 10 || v.Corrected != nil || v.Calibration != 0 || v.AgeS != 1 || v.Unit != "µg/m³" {
			t.Errorf("uncorrected: %+v", v)
		}
		version, err := r.agent.Calibrations().Set(calibration.Correction{
			Sensor: "pm-1", Quantity: reading.PM2_5, Kind: calibration.Linear, Gain: 0.5, Offset: 1, Author: "Sari", Reason: "beside the reference",
		})
		if err != nil {
			t.Fatal(err)
		}
		if v := measure(); v.Raw != 10 || v.Corrected == nil || *v.Corrected != 6 || v.Calibration != version {
			t.Errorf("corrected: %+v", v)
		}
		if err := r.agent.Calibrations().Replace("pm-1", "Sari", "a new sensor"); err != nil {
			t.Fatal(err)
		}
		if v := measure(); v.Corrected != nil || v.Calibration != 0 {
			t.Errorf("after it was replaced: %+v", v)
		}
	})
}

// TestAMeasuredDatumGoesBeforeTheFile: and what the sensor promises changes with
// it, so that completeness expects the level.
func TestAMeasuredDatumGoesBeforeTheFile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cfg := testConfig(t)
		cfg.Sensors = []SensorConfig{{ID: "sungai-1", Driver: "a02yyuw", Interval: time.Second, Options: map[string]any{"port": "/dev/none"}}}
		r := start(t, cfg, newTestClock("b1", wire.Synced), newFakeCenter(t))
		defer r.stop()
		promised := func() []string {
			_, options, err := r.agent.mounted(cfg.Sensors[0]).Chip()
			if err != nil {
				t.Fatal(err)
			}
			return quantityNames(r.agent.promised("sungai-1", options))
		}
		if got := promised(); len(got) != 1 || got[0] != "distance" {
			t.Errorf("without a datum it promises %v", got)
		}
		if _, err := r.agent.Calibrations().Set(calibration.Correction{
			Sensor: "sungai-1", Quantity: reading.Distance, Kind: calibration.Datum, DatumM: 6.4, Author: "Sari", Reason: "tape measure",
		}); err != nil {
			t.Fatal(err)
		}
		if got := promised(); len(got) != 2 {
			t.Errorf("with one it promises %v", got)
		}
		if m := r.agent.mounted(cfg.Sensors[0]).Options["datum_m"]; m != 6.4 || cfg.Sensors[0].Options["datum_m"] != nil {
			t.Errorf("opened with datum %v, the configuration has %v", m, cfg.Sensors[0].Options["datum_m"])
		}
	})
}

func TestALoopThatStandsStillIsNotAlive(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var h heartbeat
		if h.still() {
			t.Error("it has not begun")
		}
		h.beat()
		time.Sleep(standstill)
		if h.still() {
			t.Error("it is slow, no more")
		}
		time.Sleep(time.Second)
		if !h.still() {
			t.Error("it stands still")
		}
		h.end()
		if h.still() {
			t.Error("it has ended")
		}
		r := start(t, testConfig(t), newTestClock("b1", wire.Synced), newFakeCenter(t))
		time.Sleep(time.Hour)
		if !r.agent.Alive() {
			t.Error("a node with nothing to do is not alive")
		}
		r.stop()
	})
}

func TestADamagedCalibrationCostsNoReadings(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cfg := testConfig(t)
		if err := os.WriteFile(filepath.Join(cfg.DataDir, "calibration.json"), []byte("{"), 0o600); err != nil {
			t.Fatal(err)
		}
		center := newFakeCenter(t)
		r := start(t, cfg, newTestClock("b1", wire.Synced), center)
		r.measure(1)
		r.eventually("acknowledged", func() bool { return r.waiting() == 0 })
		s := r.agent.Snapshot()
		r.stop()
		if len(center.stored) != 1 || s.CalibrationError == "" {
			t.Errorf("%d points stored, the snapshot says %q", len(center.stored), s.CalibrationError)
		}
	})
}
