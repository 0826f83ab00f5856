package registry

import (
	"fmt"
	"testing"
	"time"

	"github.com/siaga-id/siaga/internal/reading"
	"github.com/siaga-id/siaga/internal/wire"
)

// One operation is a batch of 100 nodes' reports, as ingest sends several times
// a second.
func BenchmarkStored(b *testing.B) {
	r, c := fresh(b)
	batch := make([]StoredRange, 100)
	for i := range batch {
		batch[i] = StoredRange{Node: reading.NodeID(fmt.Sprintf("node-%03d", i)), Epoch: "e1", Readings: 60}
		tell(b, r, c, batch[i].Node, sensors(time.Second, "pm1"))
	}
	seq := uint64(0)
	for b.Loop() {
		seq++
		c.add(5 * time.Second)
		for i := range batch {
			batch[i].From, batch[i].To, batch[i].Oldest, batch[i].Newest = seq, seq, c.now().Add(-4*time.Second), c.now()
		}
		if err := r.Stored(b.Context(), batch); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(batch)), "ns/range")
}

// One operation is the heartbeats of 100 nodes with four sensors each.
func BenchmarkStates(b *testing.B) {
	r, c := fresh(b)
	beats := make([]StateReport, 100)
	for i := range beats {
		st := sensors(time.Second, "pm1")
		for _, id := range []reading.SensorID{"air-1", "bme-1", "beam-1"} {
			st.Sensors = append(st.Sensors, wire.SensorState{ID: id, Driver: "sim", IntervalMS: 1000, Quantities: []string{"level"}})
		}
		beats[i] = StateReport{Node: reading.NodeID(fmt.Sprintf("node-%03d", i)), State: st}
	}
	for b.Loop() {
		c.add(time.Minute)
		for i := range beats {
			beats[i].State.NextSeq += 12
			beats[i].Received = c.now()
		}
		if err := r.States(b.Context(), beats); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(beats)), "ns/state")
}
