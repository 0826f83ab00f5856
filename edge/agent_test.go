package edge

import (
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"github.com/siaga-id/siaga/internal/wire"
)

func TestEveryPackIsAcknowledgedInTheEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		center := newFakeCenter(t)
		n := 0
		center.swallow = func(wire.Pack) bool { n++; return n%3 == 0 }
		center.loseAck = func(wire.Pack) bool { n++; return n%4 == 0 }
		r := start(t, testConfig(t), newTestClock("b1", wire.Synced), center)
		for i := range 40 {
			if i == 10 {
				center.setOffline(true)
			}
			if i == 30 {
				center.setOffline(false)
			}
			r.measure(float64(i))
		}
		r.eventually("all acknowledged", func() bool { return r.waiting() == 0 })
		r.stop()
		if len(center.stored) != 40 {
			t.Errorf("%d readings stored, want 40", len(center.stored))
		}
		if got := r.agent.Counts().QueuedReadings; got != 40 {
			t.Errorf("%d readings counted as queued, want 40", got)
		}
		for seq, payloads := range center.bytes {
			if len(payloads) != 1 {
				t.Errorf("pack %d went out with %d different contents", seq, len(payloads))
			}
		}
	})
}

func TestAfterAnOutageTheNewestGoesFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		center := newFakeCenter(t)
		r := start(t, testConfig(t), newTestClock("b1", wire.Synced), center)
		center.setOffline(true)
		for i := range 30 {
			r.measure(float64(i))
		}
		center.setOffline(false)
		r.eventually("backlog gone", func() bool { return r.waiting() == 0 })
		r.stop()
		if center.order[0] != 30 || center.order[1] != 1 {
			t.Errorf("order after the outage %v…, want the newest (30), then from the oldest (1)", center.order[:3])
		}
		if center.lanes[wire.Live] == 0 || center.lanes[wire.Fill] < 29 {
			t.Errorf("lanes %v", center.lanes)
		}
	})
}

func TestAReconnectGivesNothingUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		center := newFakeCenter(t)
		r := start(t, testConfig(t), newTestClock("b1", wire.Synced), center)
		r.measure(1)
		r.eventually("acknowledged", func() bool { return r.waiting() == 0 })
		// The newest pack is in the center: nothing is to be sent, nothing lost.
		center.setOffline(true)
		center.setOffline(false)
		time.Sleep(time.Minute)
		r.stop()
		for _, st := range center.states {
			if len(st.GivenUp) > 0 {
				t.Fatalf("given up: %+v", st.GivenUp)
			}
		}
		if n := len(center.order); n != 1 {
			t.Errorf("%d packs sent, want 1", n)
		}
	})
}

func TestARestartResendsTheSameBytesWhateverTheConfigurationSays(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		center := newFakeCenter(t)
		center.silent = true
		cfg := testConfig(t)
		clock := newTestClock("b1", wire.Synced)
		r := start(t, cfg, clock, center)
		for i := range 5 {
			r.measure(float64(i))
		}
		r.stop()
		cfg.Site = "35.05.10.1001"
		clock.set(wire.Synced, time.Hour) // a step must not move what was sent
		center.look(func() { center.silent = false })
		r = start(t, cfg, clock, center)
		r.measure(5)
		r.eventually("all acknowledged", func() bool { return r.waiting() == 0 })
		r.stop()
		for seq := uint64(1); seq <= 5; seq++ {
			if n := len(center.bytes[seq]); n != 1 {
				t.Errorf("pack %d went out with %d different contents", seq, n)
			}
		}
		if len(center.stored) != 6 {
			t.Errorf("%d points stored, want 6", len(center.stored))
		}
	})
}

func TestAnAcknowledgementOfOtherBytesRemovesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		center := newFakeCenter(t)
		center.falsify = 1
		r := start(t, testConfig(t), newTestClock("b1", wire.Synced), center)
		epoch := r.agent.sender.id.Epoch
		r.measure(1)
		if r.waiting() != 1 {
			t.Errorf("%d packs wait, want 1", r.waiting())
		}
		center.look(func() { center.falsify = 0 })
		r.eventually("sent again under a new epoch", func() bool { return r.waiting() == 0 })
		r.stop()
		if got := r.agent.sender.id.Epoch; got == epoch {
			t.Error("the epoch is the old one")
		}
		if len(center.stored) != 1 {
			t.Errorf("%d points stored, want 1", len(center.stored))
		}
	})
}

func TestARefusedPackIsNotResentForEver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		center := newFakeCenter(t)
		center.silent = true
		r := start(t, testConfig(t), newTestClock("b1", wire.Synced), center)
		r.measure(1)
		center.look(func() {
			b := center.bytes[1][0]
			center.say(wire.Topic("sutojayan-01", wire.AckChannel), wire.Ack{
				Ingester: "center-1", TimeMS: 1,
				Refused: []wire.Refusal{{Check: wire.Check([]byte(b)), Length: len(b), Reason: "test"}},
			})
		})
		r.eventually("taken out of the queue", func() bool { return r.waiting() == 0 })
		r.stop()
	})
}

func TestWithoutAClockThereAreOnlyPreviews(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		center := newFakeCenter(t)
		clock := newTestClock("b1", wire.Unknown)
		r := start(t, testConfig(t), clock, center)
		for i := range 3 {
			r.measure(float64(i))
		}
		center.look(func() {
			if len(center.stored) != 0 || len(center.previews) == 0 {
				t.Errorf("%d stored, %d previews", len(center.stored), len(center.previews))
			}
			for _, p := range center.previews {
				if age := p.Readings[0].TimeMS; age > 0 || age < -2000 {
					t.Errorf("preview's reading is %d ms from now", age)
				}
			}
		})
		clock.set(wire.Synced, 0)
		r.measure(3)
		r.eventually("all sent once the time is known", func() bool { return r.waiting() == 0 })
		r.stop()
		if len(center.stored) != 4 {
			t.Errorf("%d points stored, want 4", len(center.stored))
		}
	})
}

func TestTheCentersTimeServesWhereThereIsNoOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		center := newFakeCenter(t)
		r := start(t, testConfig(t), newTestClock("b1", wire.Unknown), center)
		r.measure(1)
		center.look(func() {
			center.say(wire.CenterTopic("center-1"), wire.CenterState{
				Ingester: "center-1", Online: true, Accepting: true, TimeMS: time.Now().UnixMilli(), ClockSynced: true,
			})
		})
		r.measure(2)
		r.eventually("sent", func() bool { return r.waiting() == 0 })
		r.stop()
		if len(center.stored) != 2 {
			t.Errorf("%d points stored, want 2", len(center.stored))
		}
	})
}

func TestWhatItsBootNeverTimedGoesUntimedWithItsBounds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		center := newFakeCenter(t)
		cfg := testConfig(t)
		time.Sleep(time.Until(buildTime.Add(24 * time.Hour)))
		r := start(t, cfg, newTestClock("b1", wire.Unknown), center)
		r.measure(1)
		r.measure(2)
		r.stop()
		time.Sleep(time.Hour)
		r = start(t, cfg, newTestClock("b2", wire.Synced), center)
		r.eventually("sent", func() bool { return r.waiting() == 0 })
		booted := r.clock.start.UnixMilli()
		r.stop()
		if len(center.untimed) == 0 || len(center.stored) != 0 {
			t.Fatalf("%d untimed, %d stored", len(center.untimed), len(center.stored))
		}
		for _, p := range center.untimed {
			last := p.Readings[0].TimeMS
			if last > booted || last-int64(p.ClockErrS*1000) > buildTime.UnixMilli()+2000 { // boot times in it
				t.Errorf("bounds %d less %.0f s do not span from the program's making to the boot at %d", last, p.ClockErrS, booted)
			}
		}
	})
}

func TestWhenNoIngesterAcceptsFillStops(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		center := newFakeCenter(t)
		r := start(t, testConfig(t), newTestClock("b1", wire.Synced), center)
		state := wire.CenterState{Ingester: "center-1", Online: true, TimeMS: time.Now().UnixMilli(), Reason: "spool full"}
		center.look(func() { center.say(wire.CenterTopic("center-1"), state); center.silent = true })
		for i := range 20 {
			r.measure(float64(i))
		}
		center.look(func() {
			if n := len(center.order); n > 1 {
				t.Errorf("%d packs sent in 20 s though nobody accepts, want one a minute", n)
			}
			state.Accepting, center.silent = true, false
			center.say(wire.CenterTopic("center-1"), state)
		})
		r.eventually("sent once one accepts", func() bool { return r.waiting() == 0 })
		r.stop()
	})
}

func TestAFullQueueGivesUpTheOldestAndSaysSo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		center := newFakeCenter(t)
		center.setOfflineQuietly()
		cfg := testConfig(t)
		cfg.Queue.MaxBytes = 1 << 20
		r := start(t, cfg, newTestClock("b1", wire.Synced), center)
		const packs = 2200
		for i := range packs {
			r.agent.sealer.add(manyReadings(r.clock, i))
			r.agent.sealer.seal()
		}
		center.setOffline(false)
		r.eventually("the rest sent", func() bool { return r.waiting() == 0 })
		r.stop()
		center.look(func() {
			last := center.states[len(center.states)-1]
			if len(last.GivenUp) == 0 || last.GivenUp[0].From != 1 || last.GivenUp[0].Reason != "queue full" {
				t.Fatalf("given up: %+v", last.GivenUp)
			}
			lost := int(last.GivenUp[0].To)
			if got := len(center.bytes); got+lost != packs {
				t.Errorf("%d packs arrived and %d were given up, want %d in all", got, lost, packs)
			}
		})
	})
}

func TestADirectoryOfAnotherNodeIsRefusedWhileItHoldsPacks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		center := newFakeCenter(t)
		center.silent = true
		cfg := testConfig(t)
		r := start(t, cfg, newTestClock("b1", wire.Synced), center)
		r.measure(1)
		r.stop()
		cfg.Node = "bacem-01"
		_, err := New(cfg, Deps{Clock: newTestClock("b2", wire.Synced), connect: center.connect})
		if err == nil || !hasText(err.Error(), "sutojayan-01") {
			t.Errorf("error %v, want it to name the other node", err)
		}
	})
}

func TestADamagedIdentityMeansANewEpoch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		center := newFakeCenter(t)
		center.silent = true
		cfg := testConfig(t)
		r := start(t, cfg, newTestClock("b1", wire.Synced), center)
		r.measure(1)
		epoch := r.agent.sender.id.Epoch
		r.stop()
		if err := os.WriteFile(filepath.Join(cfg.DataDir, identityFile), []byte("{torn"), 0o600); err != nil {
			t.Fatal(err)
		}
		center.look(func() { center.silent = false })
		r = start(t, cfg, newTestClock("b1", wire.Synced), center)
		r.eventually("sent", func() bool { return r.waiting() == 0 })
		if r.agent.sender.id.Epoch == epoch {
			t.Error("the epoch is the old one")
		}
		r.stop()
	})
}

func TestTheLastStateSaysThatTheNodeStopped(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		center := newFakeCenter(t)
		r := start(t, testConfig(t), newTestClock("b1", wire.Synced), center)
		r.measure(1)
		r.stop()
		first, last := center.states[0], center.states[len(center.states)-1]
		if !first.Online || last.Online {
			t.Errorf("first state online %v, last %v", first.Online, last.Online)
		}
		if last.NextSeq != 2 || last.Queue.QueuedReadings != 1 {
			t.Errorf("last state: next %d, queued readings %d", last.NextSeq, last.Queue.QueuedReadings)
		}
	})
}
