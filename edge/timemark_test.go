package edge

import (
	"bytes"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"github.com/siaga-id/siaga/internal/wire"
)

// TestARebootKnowsTheLastCenterTime, which is what TLS is verified by while the
// board thinks that it is 1970.
func TestARebootKnowsTheLastCenterTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(time.Until(buildTime.AddDate(0, 1, 0)))
		center := newFakeCenter(t)
		cfg := testConfig(t)
		r := start(t, cfg, newTestClock("b1", wire.Synced), center)
		if at := r.agent.sender.time.earliest(); !at.Equal(buildTime) {
			t.Errorf("before any center it is after %v, want the making of the program", at)
		}
		for range 3 {
			r.measure(1)
			time.Sleep(time.Hour)
		}
		last := time.Now()
		r.measure(1)
		crashed := imageOf(t, cfg)
		r.stop()
		for name, tc := range map[string]struct {
			cfg  Config
			want time.Duration
		}{"orderly": {cfg, time.Minute}, "power cut": {crashed, markEvery + time.Minute}} {
			r := start(t, tc.cfg, newTestClock("b2", wire.Unknown), center)
			if at := center.options.Earliest(); at.Before(last.Add(-tc.want)) || at.After(last.Add(time.Minute)) {
				t.Errorf("%s: it is after %v, want up to %v before %v", name, at, tc.want, last)
			}
			r.stop()
		}
	})
}

func TestTheMarkSparesTheCard(t *testing.T) {
	dir := t.TempDir()
	m, err := openTimeMark(dir)
	must(t, err)
	writes := 0
	for minute := range 600 {
		must(t, os.RemoveAll(filepath.Join(dir, markFile)))
		must(t, m.keep(time.Duration(minute)*time.Minute, false))
		if _, err := os.Stat(filepath.Join(dir, markFile)); err == nil {
			writes++
		}
	}
	if writes != 10 {
		t.Errorf("%d writes in 10 hours", writes)
	}
	must(t, os.WriteFile(filepath.Join(dir, markFile), []byte("{torn"), 0o600))
	if m, err := openTimeMark(dir); err == nil || m == nil || m.Center != 0 {
		t.Errorf("a torn mark: %+v, %v; want an error and an empty one", m, err)
	}
}

func TestAWrongSystemClockIsSaidOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		clock := newTestClock("b1", wire.Unknown)
		clock.set(wire.Unknown, -48*time.Hour)
		k := newTimekeeper(Deps{Clock: clock, Logger: slog.New(slog.NewTextHandler(&log, nil))}, t.TempDir(), openTestTimeline(t, t.TempDir()))
		for range 100 {
			k.heard(time.Now().UnixMilli(), unaskedErrS)
			time.Sleep(10 * time.Second)
		}
		if n := bytes.Count(log.Bytes(), []byte("ahead_by=-48h0m0s")); n != 1 {
			t.Errorf("said %d times, want once:\n%s", n, log.String())
		}
		if _, o := k.now(); o.State != wire.Estimated || o.UnixMS-clock.start.UnixMilli() > 10_000 || o.UnixMS < clock.start.UnixMilli()-10_000 {
			t.Errorf("%+v, want the center's time", o)
		}
		log.Reset()
		clock.set(wire.Synced, 0)
		k.heard(time.Now().UnixMilli(), unaskedErrS)
		clock.set(wire.Synced, time.Minute)
		k.heard(time.Now().UnixMilli(), unaskedErrS)
		if n := bytes.Count(log.Bytes(), []byte("ahead_by=1m0s")); n != 1 {
			t.Errorf("a synchronised clock a minute off was said %d times:\n%s", n, log.String())
		}
	})
}
