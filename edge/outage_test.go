package edge

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/siaga-id/siaga/internal/reading"
	"github.com/siaga-id/siaga/internal/wire"
)

// measureAll is one round of twelve sensors at a boot time, sealed.
func measureAll(r *rig, boot time.Duration, value float64) {
	r.t.Helper()
	var rs []reading.Reading
	for _, id := range []reading.SensorID{"s-01", "s-02", "s-03", "s-04", "s-05", "s-06", "s-07", "s-08", "s-09", "s-10", "s-11", "s-12"} {
		rs = append(rs, reading.Reading{
			Sensor: id, Quantity: reading.PM2_5, TimeMS: boot.Milliseconds(), Value: value, Quality: reading.NotEvaluated,
		})
	}
	r.agent.sealer.add(rs)
	must(r.t, r.agent.sealer.seal())
}

// TestAfterThreeDaysTheWallIsCurrentAtOnce: 72 h of twelve sensors every 10 s are
// 25,920 packs. Live packs go out at once while they refill.
func TestAfterThreeDaysTheWallIsCurrentAtOnce(t *testing.T) {
	const rounds = 72 * 360
	synctest.Test(t, func(t *testing.T) {
		center := newFakeCenter(t)
		center.collect = 100 * time.Millisecond
		center.setOfflineQuietly()
		cfg := testConfig(t)
		cfg.PackInterval = time.Hour        // the test seals
		cfg.Queue.Durability = DurableSpill // here for its speed
		r := start(t, cfg, newTestClock("b1", wire.Synced), center)
		time.Sleep(rounds * 10 * time.Second)
		for i := range rounds {
			measureAll(r, time.Duration(i+1)*10*time.Second, float64(i))
		}
		if n := r.waiting(); n != rounds {
			t.Errorf("%d packs wait, want %d", n, rounds)
		}
		newest := r.clock.start.Add(r.clock.Boot()).UnixMilli()
		back := time.Now()
		center.setOffline(false)
		var worst, emptied time.Duration
		for i := range 6 {
			time.Sleep(2 * time.Second)
			synctest.Wait()
			center.look(func() {
				if center.newestMS < newest {
					t.Errorf("2 s after the reconnect the newest reading is %d s old", (newest-center.newestMS)/1000)
				}
			})
			measureAll(r, r.clock.Boot(), float64(i))
			newest = r.clock.start.Add(r.clock.Boot()).UnixMilli()
			sealed := time.Now()
			for range 80 {
				time.Sleep(100 * time.Millisecond)
				synctest.Wait()
				if emptied == 0 && r.waiting() <= 1 {
					emptied = time.Since(back)
				}
			}
			center.look(func() { worst = max(worst, center.newestAt.Sub(sealed)) })
		}
		r.eventually("the rest", func() bool { return r.waiting() == 0 })
		r.stop()
		t.Logf("backlog gone %v after the reconnect, live packs at most %v after their seal", emptied, worst)
		if emptied == 0 || emptied > time.Minute {
			t.Errorf("the backlog took %v, want at most a minute", emptied)
		}
		if worst > time.Second {
			t.Errorf("a live pack came %v after its seal", worst)
		}
		if want := 12 * (rounds + 6); len(center.stored) != want {
			t.Errorf("%d readings stored, want %d", len(center.stored), want)
		}
		if n := len(center.order); n > rounds+20 {
			t.Errorf("%d packs were sent for %d: nothing was lost", n, rounds)
		}
	})
}

// TestALossyLinkIsNotFlooded: while every acknowledgement is lost, traffic falls;
// once they come again, all is delivered.
func TestALossyLinkIsNotFlooded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		center := newFakeCenter(t)
		center.collect = 100 * time.Millisecond
		center.setOfflineQuietly()
		cfg := testConfig(t)
		cfg.Queue.Durability = DurableSpill
		cfg.Send.Profile = ProfileCellular
		r := start(t, cfg, newTestClock("b1", wire.Synced), center)
		for i := range 500 {
			r.agent.sealer.add(manyReadings(r.clock, i))
			must(t, r.agent.sealer.seal())
		}
		center.look(func() { center.silent = true })
		center.setOffline(false)
		time.Sleep(10 * time.Minute)
		synctest.Wait()
		var sent int
		center.look(func() { sent = len(center.order); center.silent = false })
		// Ten of the first window, and their resends, ever more seldom.
		if sent > 100 {
			t.Errorf("%d packs sent in 10 minutes without an answer", sent)
		}
		began, before := time.Now(), center.traffic
		r.eventually("all acknowledged", func() bool { return r.waiting() == 0 })
		took := time.Since(began)
		r.stop()
		perSecond := float64(center.traffic-before) / took.Seconds()
		t.Logf("%d packs sent in vain; then %.0f B/s over %v", sent, perSecond, took)
		if perSecond > 8<<10*1.3 {
			t.Errorf("%.0f B/s, the profile has 8 KiB/s", perSecond)
		}
	})
}

// TestALostLivePackGoesAgainAtOnce: the newest does not wait behind the backlog,
// which a slow pace holds up.
func TestALostLivePackGoesAgainAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		center := newFakeCenter(t)
		center.setOfflineQuietly()
		cfg := testConfig(t)
		cfg.PackInterval = time.Hour
		cfg.Send.FillPacksPerSecond = 0.01
		r := start(t, cfg, newTestClock("b1", wire.Synced), center)
		for i := range 20 {
			measureAll(r, time.Duration(i+1)*time.Second, float64(i))
		}
		lost := 0
		center.look(func() {
			center.swallow = func(p wire.Pack) bool {
				lost++
				return p.Seq == 20 && lost <= 2
			}
		})
		center.setOffline(false)
		// Three seconds and half as much at first, then twice of that.
		time.Sleep(15 * time.Second)
		synctest.Wait()
		center.look(func() {
			if len(center.bytes[20]) != 1 || center.lanes[wire.Live] != 1 {
				t.Errorf("the newest arrived %d times, lanes %v; want it once, on live, the third time", len(center.bytes[20]), center.lanes)
			}
			if center.lanes[wire.Fill] > 2 {
				t.Errorf("%d of the backlog went in 15 s at a pack every 100 s", center.lanes[wire.Fill])
			}
		})
		r.stop()
	})
}
