package wire

import (
	"testing"

	"github.com/siaga-id/siaga/internal/reading"
)

func benchmarkDecode(b *testing.B, p *Pack, payload []byte) {
	var d Decoder
	var got Pack
	b.ReportAllocs()
	for b.Loop() {
		if err := d.Decode(payload, &got); err != nil {
			b.Fatal(err)
		}
	}
	n := float64(len(p.Readings))
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/n, "ns/reading")
	b.ReportMetric(float64(len(payload))/n, "bytes/reading")
}

func BenchmarkDecodeCBOR(b *testing.B) {
	for name, p := range map[string]*Pack{"reference": referencePack(), "jitter": jitterPack(), "single": singlePack()} {
		b.Run(name, func(b *testing.B) {
			payload, err := p.AppendCBOR(nil)
			if err != nil {
				b.Fatal(err)
			}
			benchmarkDecode(b, p, payload)
		})
	}
}

func BenchmarkDecodeJSON(b *testing.B) {
	p := referencePack()
	payload, err := p.AppendJSON(nil)
	if err != nil {
		b.Fatal(err)
	}
	benchmarkDecode(b, p, payload)
}

func BenchmarkEncodeCBOR(b *testing.B) { benchmarkEncode(b, referencePack(), (*Pack).AppendCBOR) }

func BenchmarkEncodeJSON(b *testing.B) { benchmarkEncode(b, referencePack(), (*Pack).AppendJSON) }

func benchmarkEncode(b *testing.B, p *Pack, encode func(*Pack, []byte) ([]byte, error)) {
	var payload []byte
	b.ReportAllocs()
	for b.Loop() {
		var err error
		if payload, err = encode(p, payload[:0]); err != nil {
			b.Fatal(err)
		}
	}
	n := float64(len(p.Readings))
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/n, "ns/reading")
	b.ReportMetric(float64(len(payload))/n, "bytes/reading")
}

// jitterPack is the reference pack with each sensor's samples off by some
// milliseconds, as a busy board takes them.
func jitterPack() *Pack {
	p := referencePack()
	for i := range p.Readings {
		r := &p.Readings[i]
		r.TimeMS += int64(len(r.Sensor)*131 + i/12*7)
	}
	return p
}

// goodPack is the reference pack with every reading judged good.
func goodPack() *Pack {
	p := referencePack()
	for i := range p.Readings {
		p.Readings[i].Quality = reading.Good
	}
	return p
}

// singlePack has one sample of each series of the reference pack.
func singlePack() *Pack {
	p := referencePack()
	p.Readings = append([]reading.Reading(nil), p.Readings[:12]...)
	return p
}

// What the wire costs is a promise, not only a figure.
func TestPayloadPerReading(t *testing.T) {
	for _, tc := range []struct {
		name  string
		pack  *Pack
		limit float64
	}{{"reference", referencePack(), 16}, {"good", goodPack(), 16}, {"jitter", jitterPack(), 20}, {"single", singlePack(), 36}} {
		payload, err := tc.pack.AppendCBOR(nil)
		if err != nil {
			t.Fatal(err)
		}
		if got := float64(len(payload)) / float64(len(tc.pack.Readings)); got > tc.limit {
			t.Errorf("%s: %.2f bytes per reading, want at most %g", tc.name, got, tc.limit)
		}
	}
}

func TestDecodeAllocatesPerPackOnly(t *testing.T) {
	payload, err := referencePack().AppendCBOR(nil)
	if err != nil {
		t.Fatal(err)
	}
	var d Decoder
	var p Pack
	got := testing.AllocsPerRun(100, func() {
		if err := d.Decode(payload, &p); err != nil {
			t.Fatal(err)
		}
	})
	if got > 6 { // node, epoch, boot, site, and the visiting function
		t.Errorf("%g allocations for a pack of %d readings, want at most 6", got, len(p.Readings))
	}
}
