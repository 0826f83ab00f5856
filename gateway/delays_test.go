package gateway

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/siaga-id/siaga/ingest"
	"github.com/siaga-id/siaga/internal/reading"
	"github.com/siaga-id/siaga/internal/wire"
)

func TestDelays(t *testing.T) {
	d := newDelays()
	now := minuteOf
	seal := func(id reading.NodeID, seq uint64, lane wire.Channel, clock wire.Clock, age time.Duration) {
		d.sealed(&wire.Pack{Node: id, Epoch: "e1", Seq: seq, Clock: clock, SealedMS: now.Add(-age).UnixMilli()}, lane)
	}
	stored := func(id reading.NodeID, epoch string, from, to uint64) {
		d.stored([]ingest.StoredRange{{Node: id, Epoch: epoch, From: from, To: to}}, now)
	}
	for seq := uint64(1); seq <= 4; seq++ {
		seal("aa", seq, wire.Live, wire.Synced, time.Duration(seq)*100*time.Millisecond)
	}
	seal("aa", 5, wire.Fill, wire.Synced, time.Hour)     // backlog
	seal("aa", 6, wire.Live, wire.Unknown, time.Hour)    // a preview
	seal("bb", 1, wire.Live, wire.Estimated, -time.Hour) // its clock is ahead
	stored("aa", "e2", 1, 9)                             // another epoch's
	stored("aa", "e1", 1, 3)
	stored("aa", "e1", 1, 3) // told twice, measured once
	stored("bb", "e1", 1, 1)
	stored("cc", "e1", 1, 1) // of nobody
	ms := time.Millisecond
	want := map[reading.NodeID]delay{"aa": {true, 200 * ms, 300 * ms}, "bb": {true, 0, 0}}
	for range 2 { // a minute that is tried again
		if diff := cmp.Diff(want, d.quantiles(now), cmp.AllowUnexported(delay{})); diff != "" {
			t.Fatalf("delays (-want +got):\n%s", diff)
		}
	}
	// Pack 4 waited for an InfluxDB that was away.
	for range 3 {
		now = now.Add(time.Minute)
		if got := d.quantiles(now); len(got) != 0 {
			t.Fatalf("delays of a minute without packs: %v", got)
		}
	}
	stored("aa", "e1", 4, 9)
	now = now.Add(time.Minute)
	if got := d.quantiles(now)["aa"]; got.p99 != 3*time.Minute+400*ms {
		t.Fatalf("delay of the pack that waited: %v", got)
	}
	now = now.Add(time.Minute)
	d.quantiles(now)
	if len(d.nodes) != 0 {
		t.Errorf("%d nodes are remembered for nothing", len(d.nodes))
	}
}

func TestDelaysAreBounded(t *testing.T) {
	d := newDelays()
	for seq := uint64(1); seq <= 10_000; seq++ {
		d.sealed(&wire.Pack{Node: "aa", Epoch: "e1", Seq: seq, Clock: wire.Synced, SealedMS: 1}, wire.Live)
		d.stored([]ingest.StoredRange{{Node: "aa", Epoch: "e1", From: seq, To: seq}}, minuteOf)
	}
	if n := len(d.nodes["aa"].samples); n != delaySamples {
		t.Errorf("%d samples", n)
	}
}
