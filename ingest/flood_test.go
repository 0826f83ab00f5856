package ingest

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/siaga-id/siaga/internal/reading"
	"github.com/siaga-id/siaga/internal/wire"
)

// TestFlood offers more than any disk takes, while nothing is committed: what is
// held in memory stays within its bounds, by packets and by bytes.
func TestFlood(t *testing.T) {
	r := newRig(t)
	r.conf.QueuePacks, r.conf.QueueBytes = 500, 8<<20
	r.open(t)
	ctx, cancel := context.WithCancel(context.Background())
	var workers sync.WaitGroup
	for range r.conf.Workers {
		workers.Go(func() { r.work(ctx) })
	}
	payload := encode(t, largePack())
	taken, held := 0, func() (n int) { return len(r.queue) + len(r.verdicts) }
	for deadline := time.Now().Add(20 * time.Second); ; {
		if r.Offer(Packet{Topic: "siaga/v1/n1/fill", Payload: payload, Received: noon}) {
			taken++
			continue
		}
		time.Sleep(time.Millisecond)
		if taken-held() == r.conf.Workers { // each holds one and waits
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("%d taken, %d held", taken, held())
		}
	}
	record := (<-r.verdicts)
	if most := maxPendingBytes/record.size() + int(r.conf.QueueBytes)/len(payload) + r.conf.Workers + 1; taken > most {
		t.Errorf("%d packs of %d bytes were taken, %d are in bounds", taken, len(payload), most)
	}
	t.Logf("%d packs of %d bytes, %d as lines", taken, len(payload), record.size())
	// Everybody goes home as when the committer works again.
	r.pending.Release(record.held)
	cancel()
	done := make(chan struct{})
	go func() { defer close(done); workers.Wait(); close(r.verdicts) }()
	for v := range r.verdicts {
		r.pending.Release(v.held)
	}
	<-done
	if n := r.queued.Load(); n != 0 {
		t.Errorf("%d bytes are still counted as queued", n)
	}
	if err := r.Close(); err != nil {
		t.Error(err)
	}
}

// largePack makes many times its own size of lines.
func largePack() *wire.Pack {
	p := pack(1)
	p.Readings = p.Readings[:0]
	for i := range 4000 {
		p.Readings = append(p.Readings, reading.Reading{
			Sensor: "pm-behind-the-old-district-hall", Quantity: reading.PM2_5, TimeMS: noon.UnixMilli() - int64(i), Value: float64(i), Quality: reading.Good,
		})
	}
	return p
}

// emptying takes all, once it is there, and looks at none of it.
type emptying struct{ away atomic.Bool }

func (s *emptying) Write(context.Context, []byte) error {
	if s.away.Load() {
		return errors.New("away")
	}
	return nil
}

// TestRoomIsFoundWithoutANewPack: nodes that wait do not come and try.
func TestRoomIsFoundWithoutANewPack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		r.conf.SpoolBytes = minSpoolBytes
		store := &emptying{}
		store.away.Store(true)
		r.deps.Store = store
		r.start(t)
		p := largePack()
		for full := false; !full; {
			p.Seq++
			r.Offer(Packet{Topic: "siaga/v1/n1/fill", Payload: encode(t, p), Received: noon})
			time.Sleep(gatherGroup)
			synctest.Wait()
			ok, why := r.Accepting()
			full = !ok
			if full && !strings.Contains(why, "data spool: ") {
				t.Errorf("it says %q", why)
			}
		}
		if s := r.centerState(); s.Accepting || !strings.Contains(s.Reason, "full") {
			t.Errorf("center state %+v", s)
		}
		time.Sleep(time.Minute)
		store.away.Store(false)
		time.Sleep(5 * time.Minute) // the store is tried again less and less often
		synctest.Wait()
		if s := r.centerState(); !s.Accepting || s.Reason != "" {
			t.Errorf("center state %+v", s)
		}
		if err := r.stop(); err != nil {
			t.Error(err)
		}
	})
}

// TestLongestLine holds the bounds of InfluxDB 1.8: series keys below 64 KiB
// (tsdb/store.go, MaxKeyLength), and lines far below one write.
func TestLongestLine(t *testing.T) {
	long := strings.Repeat("n", 31)
	p := pack(1)
	p.Node, p.Readings = reading.NodeID(long), p.Readings[:0]
	for _, q := range reading.Quantities() {
		p.Readings = append(p.Readings, reading.Reading{
			Sensor: reading.SensorID(long), Quantity: q, TimeMS: noon.UnixMilli(), Value: -123456789.123456789, Quality: reading.NotEvaluated,
		})
	}
	lines, n := appendLines(nil, p)
	longest := 0
	for line := range bytes.Lines(lines) {
		longest = max(longest, len(line))
	}
	if longest > 16<<10 || n == 0 {
		t.Errorf("a line of %d bytes", longest)
	}
	t.Logf("%d lines, the longest of %d bytes", n, longest)
}
