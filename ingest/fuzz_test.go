package ingest

import (
	"bytes"
	"testing"

	"github.com/siaga-id/siaga/internal/wire"
)

// FuzzExamine sends any payload through decoding, checks and encoding: nothing
// panics, every payload has a fate, and lines are lines.
func FuzzExamine(f *testing.F) {
	p := pack(1)
	f.Add("siaga/v1/n1/live", encode(f, p), false)
	js, err := p.AppendJSON(nil)
	if err != nil {
		f.Fatal(err)
	}
	f.Add("siaga/v1/n1/fill", js, true)
	f.Add("siaga/v1/n1/live", []byte(jsonPack("", `{"n":"pm10","t":1,"v":1e300},{"n":"pm10","v":-0.0}`)), false)
	f.Add("siaga/v1/n1/live", []byte(jsonPack(`,"sim":true`, `{"n":"x","v":1}`)), false)
	f.Add("", []byte(nil), false)
	r := newRig(f)
	r.deps.Observer = nil
	r.open(f)
	f.Cleanup(func() { _ = r.Close() })
	x := &examiner{in: r.Ingester}
	f.Fuzz(func(t *testing.T, topic string, payload []byte, replay bool) {
		var opt *ReplayOptions
		if replay {
			opt = &ReplayOptions{AcceptSimulated: true, AcceptAhead: true}
		}
		v := x.examine(Packet{Topic: topic, Payload: payload, Received: noon}, opt)
		defer verdicts.Put(v)
		if v.result == "" {
			t.Fatal("no fate")
		}
		if (v.result == resultRefused || v.result == resultPartlyRefused) != (v.refusal != nil) {
			t.Fatalf("%s with %+v", v.result, v.refusal)
		}
		if v.refusal != nil {
			b, err := v.refusal.encode()
			if err != nil || len(b) > maxRecord {
				t.Fatalf("entry of %d bytes: %v", len(b), err)
			}
			ack := wire.Ack{Ingester: "center", TimeMS: noon.UnixMilli(), Refused: []wire.Refusal{{Epoch: v.id.epoch, Check: v.check, Length: v.length, Reason: v.refusal.Detail}}}
			if _, err := ack.Encode(); err != nil {
				t.Fatal(err)
			}
		}
		if len(v.record) == 0 {
			return
		}
		h, lines, err := parseRecord(v.record)
		if err != nil {
			t.Fatal(err)
		}
		if _, n := parseLines(t, lines); n != h.lines || bytes.Count(lines, []byte(valueMark)) != h.readings || h.readings == 0 {
			t.Fatalf("%d lines; header %+v", n, h)
		}
	})
}
