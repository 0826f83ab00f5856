package edge

import (
	"os"
	"testing"
	"testing/synctest"
	"time"

	"github.com/siaga-id/siaga/internal/reading"
	"github.com/siaga-id/siaga/internal/wire"
)

// imageOf copies a node's card as it is.
func imageOf(t *testing.T, cfg Config) Config {
	t.Helper()
	dir := t.TempDir()
	must(t, os.CopyFS(dir, os.DirFS(cfg.DataDir)))
	cfg.DataDir = dir
	return cfg
}

// TestTwoBoardsWithOneCardLoseNothing: neither can see that the other exists, as
// with virtual machines, until an acknowledgement names what it did not send.
func TestTwoBoardsWithOneCardLoseNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		center := newFakeCenter(t)
		cfg := testConfig(t)
		r := start(t, cfg, newTestClock("b0", wire.Synced), center)
		r.measure(1)
		center.setOffline(true)
		r.measure(2)
		r.stop()
		twinCfg := imageOf(t, cfg)
		center.setOffline(false)

		one := start(t, cfg, newTestClock("b1", wire.Synced), center)
		first := one.agent.sender.id.Epoch
		twin := start(t, twinCfg, newTestClock("b2", wire.Synced), center)
		if twin.agent.sender.id.Epoch != first {
			t.Fatal("the twin has an epoch of its own: this test is about boards that have not")
		}
		for i := range 20 {
			if i == 5 {
				center.setOffline(true)
			}
			if i == 10 {
				center.setOffline(false)
			}
			measureOnly(one, float64(10+i))
			time.Sleep(7 * time.Millisecond) // two boards do not measure in the same millisecond
			measureOnly(twin, float64(50+i))
			time.Sleep(time.Second)
			synctest.Wait()
		}
		time.Sleep(2 * epochPause)
		one.eventually("all of the one acknowledged", func() bool { return one.waiting() == 0 })
		twin.eventually("all of the twin acknowledged", func() bool { return twin.waiting() == 0 })
		one.stop()
		twin.stop()
		if len(center.stored) != 2+2*20 {
			t.Errorf("%d readings stored, want %d", len(center.stored), 2+2*20)
		}
		if one.agent.sender.id.Epoch == twin.agent.sender.id.Epoch {
			t.Error("both still count in one epoch")
		}
		conflicts := 0
		for _, payloads := range center.bytes {
			if len(payloads) > 1 {
				conflicts++
			}
		}
		if conflicts == 0 {
			t.Error("no number came with two contents: the center could not show the clone")
		}
	})
}

// measureOnly adds one reading now.
func measureOnly(r *rig, value float64) {
	r.agent.sealer.add([]reading.Reading{{
		Sensor: "pm-1", Quantity: reading.PM2_5, TimeMS: r.clock.Boot().Milliseconds(), Value: value, Quality: reading.NotEvaluated,
	}})
}

// TestARestoredImageLosesNothing: acknowledged packs come again with the same
// bytes, and numbers that were used since come with others.
func TestARestoredImageLosesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		center := newFakeCenter(t)
		cfg := testConfig(t)
		r := start(t, cfg, newTestClock("b1", wire.Synced), center)
		r.measure(1)
		center.setOffline(true)
		r.measure(2)
		image := imageOf(t, cfg)
		center.setOffline(false)
		for i := range 4 {
			r.measure(float64(3 + i))
		}
		r.eventually("acknowledged", func() bool { return r.waiting() == 0 })
		epoch := r.agent.sender.id.Epoch
		r.stop()
		time.Sleep(time.Hour)

		r = start(t, image, newTestClock("b2", wire.Synced), center)
		for i := range 4 {
			r.measure(float64(20 + i))
		}
		r.eventually("acknowledged", func() bool { return r.waiting() == 0 })
		r.stop()
		if len(center.stored) != 10 {
			t.Errorf("%d readings stored, want 10", len(center.stored))
		}
		if r.agent.sender.id.Epoch != epoch {
			t.Error("a new epoch: this test is about an image that cannot be told from the card")
		}
		if n := len(center.bytes[2]); n != 1 {
			t.Errorf("pack 2 came with %d contents: what was stored before must come again as it was", n)
		}
		if n := len(center.bytes[3]); n != 2 {
			t.Errorf("pack 3 came with %d contents, want two: that is how the center sees a restored card", n)
		}
	})
}

func TestAnotherBoardUnderTheCardIsANewEpoch(t *testing.T) {
	disk := openDisk(t, t.TempDir())
	defer disk.Close()
	if _, err := disk.Append([]byte("x")); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	queued := []bootSpan{{boot: "b1", from: 1}}
	first, _, err := loadIdentity(dir, "n1", "board-1", disk, queued, false)
	must(t, err)
	same, why, err := loadIdentity(dir, "n1", "board-1", disk, queued, false)
	must(t, err)
	if same.Epoch != first.Epoch || why != "" {
		t.Errorf("the same board: %+v (%s), was %+v", same, why, first)
	}
	other, why, err := loadIdentity(dir, "n1", "board-2", disk, queued, false)
	must(t, err)
	if other.Epoch == first.Epoch || why == "" {
		t.Errorf("another board goes on in epoch %s", other.Epoch)
	}
}

// TestEachIngesterAcknowledgesWhatItHas: a shared subscription gives one pack to
// one of them, a resend perhaps to the other.
func TestEachIngesterAcknowledgesWhatItHas(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		center := newFakeCenter(t)
		center.silent = true
		r := start(t, testConfig(t), newTestClock("b1", wire.Synced), center)
		for i := range 6 {
			r.measure(float64(i))
		}
		ack := func(ingester string, from, to uint64) {
			a := wire.Ack{Ingester: ingester, TimeMS: time.Now().UnixMilli()}
			for seq := from; seq <= to; seq += 2 {
				a.Ranges = append(a.Ranges, wire.AckRange{
					Epoch: r.agent.sender.id.Epoch, From: seq, To: seq, Check: wire.Check([]byte(center.bytes[seq][0])),
				})
			}
			center.say(wire.Topic("sutojayan-01", wire.AckChannel), a)
		}
		center.look(func() { ack("center-1", 1, 5); ack("center-2", 2, 2); ack("center-2", 2, 4) })
		synctest.Wait()
		if n := r.waiting(); n != 1 {
			t.Errorf("%d packs wait, want the one that nobody acknowledged", n)
		}
		center.look(func() { ack("center-2", 1, 5); center.silent = false })
		r.eventually("the last", func() bool { return r.waiting() == 0 })
		r.stop()
		if len(center.stored) != 6 || len(r.agent.sender.id.Epoch) == 0 {
			t.Errorf("%d readings stored, want 6", len(center.stored))
		}
	})
}
