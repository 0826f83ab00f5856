package edge

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/siaga-id/siaga/internal/wire"
)

func TestRefusalsAreToldUntilALaterPackIsStored(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		center := newFakeCenter(t)
		center.silent = true
		r := start(t, testConfig(t), newTestClock("b1", wire.Synced), center)
		defer r.stop()
		refuse := func(seq uint64, reason string) {
			r.eventually("the pack was sent", func() bool { return len(center.bytes[seq]) > 0 })
			center.look(func() {
				b := center.bytes[seq][0]
				center.say(wire.Topic("sutojayan-01", wire.AckChannel), wire.Ack{
					Ingester: "center-1", TimeMS: time.Now().UnixMilli(),
					Refused: []wire.Refusal{{Epoch: r.agent.sender.id.Epoch, Seq: seq, Check: wire.Check([]byte(b)), Length: len(b), Reason: reason}},
				})
			})
			synctest.Wait()
		}
		r.measure(1)
		refuse(1, "ahead")
		r.measure(2)
		refuse(2, "holds real readings")
		refuse(2, "holds real readings") // it came twice
		if got := r.agent.Snapshot().Refused; got == nil || got.Packs != 2 || got.Reason != "holds real readings" || got.AgoS > 1 {
			t.Errorf("after two refusals: %+v", got)
		}
		center.look(func() { center.silent = false })
		r.measure(3)
		r.eventually("stored", func() bool { return r.waiting() == 0 })
		if got := r.agent.Snapshot().Refused; got != nil {
			t.Errorf("after a pack was stored: %+v", got)
		}
	})
}

func TestAnOlderPackThatIsStoredDoesNotHideRefusals(t *testing.T) {
	var r refusals
	r.refused(7, "ahead", time.Time{})
	r.stored(6)
	if r.note.packs != 1 {
		t.Errorf("after pack 6: %+v", r.note)
	}
	r.stored(8)
	if r.note != (refusalNote{}) {
		t.Errorf("after pack 8: %+v", r.note)
	}
}
