package ingest

import (
	"bytes"
	"context"
	"testing"
	"time"

	"github.com/siaga-id/siaga/internal/wire"
)

// BenchmarkExamine is what a pack of 60 readings costs between queue and fsync:
// decoding, checks and line protocol.
func BenchmarkExamine(b *testing.B) {
	payload := encode(b, referencePack())
	r := newRig(b)
	r.deps.Observer = nil
	r.deps.Now = time.Now
	r.open(b)
	defer r.Close()
	x := &examiner{in: r.Ingester}
	packet := Packet{Topic: "siaga/v1/n1/live", Payload: payload, Received: noon}
	b.ReportAllocs()
	for b.Loop() {
		v := x.examine(packet, nil)
		if v.readings != 60 {
			b.Fatalf("%+v", v)
		}
		verdicts.Put(v)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/60, "ns/reading")
}

// BenchmarkLines is the line protocol's part of it.
func BenchmarkLines(b *testing.B) {
	var p wire.Pack
	if err := new(wire.Decoder).Decode(encode(b, referencePack()), &p); err != nil {
		b.Fatal(err)
	}
	var dst []byte
	b.ReportAllocs()
	for b.Loop() {
		dst, _ = appendLines(dst[:0], &p)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/60, "ns/reading")
	b.ReportMetric(float64(len(dst))/60, "B/reading")
}

// nullStore takes everything at once.
type nullStore struct{}

func (nullStore) Write(context.Context, []byte) error { return nil }

// BenchmarkPipeline is a pack of 60 readings from Offer until its record has
// left the data spool, with every fsync, over a store that costs nothing.
func BenchmarkPipeline(b *testing.B) {
	r := newRig(b)
	r.deps.Observer, r.deps.Store = nil, nullStore{}
	r.start(b)
	p := referencePack()
	payloads := make([][]byte, 4096)
	for i := range payloads {
		p.Seq = uint64(i + 1)
		payloads[i] = encode(b, p)
	}
	b.ResetTimer()
	for i := range b.N {
		payload := payloads[i%len(payloads)]
		if i >= len(payloads) {
			payload = bytes.Clone(payload)
			payload[len(payload)-1] ^= byte(i / len(payloads)) // another value: not a duplicate
		}
		for !r.Offer(Packet{Topic: "siaga/v1/n1/live", Payload: payload, Received: noon}) {
			time.Sleep(time.Millisecond)
		}
	}
	until(b, "everything through", func() bool { return len(r.queue) == 0 && len(r.verdicts) == 0 && r.Status().WaitingPacks == 0 })
	b.ReportMetric(60*float64(b.N)/b.Elapsed().Seconds(), "readings/s")
}
