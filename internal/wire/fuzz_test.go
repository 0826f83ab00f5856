package wire

import (
	"bytes"
	"encoding/json"
	"errors"
	"reflect"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// FuzzDecode: whatever comes, there is no panic, each record is a reading, a
// reject or neither, and what was read can be written and read again.
func FuzzDecode(f *testing.F) {
	for _, p := range []*Pack{smallPack(), referencePack(), singlePack()} {
		for _, encode := range []func([]byte) ([]byte, error){p.AppendCBOR, p.AppendJSON} {
			payload, err := encode(nil)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(payload)
		}
	}
	for _, text := range []string{
		`[{` + head + `,` + good[1:] + `,{"v":"x"},{"v":1,"t":1,"t":2},{"bn":"sutojayan-01/x/y","v":1}]`,
		`[{"epoch":"e1","boot":"b1","clk":"none","site":"35.05.12.1001","bn":"sutojayan-01/air-1/level","v":1,"t":-2.5}]`,
		`[{` + head + `,"x":[[{}]],"y_":1}]`,
	} {
		f.Add([]byte(text))
		f.Add(asCBOR(f, text))
	}
	f.Add(cborValue(f, "c4821b7fffffffffffffff01"))
	f.Add([]byte{0x9b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff})
	f.Add(append(bytes.Repeat([]byte{0x81, 0xa1}, 200), 0))
	f.Fuzz(decodesOrRefuses)
}

func decodesOrRefuses(t *testing.T, payload []byte) {
	var d Decoder
	var p, again Pack
	if err := d.Decode(payload, &p); err != nil {
		if _, ok := errors.AsType[*DecodeError](err); !ok || len(p.Readings)+len(p.Rejects) > 0 {
			t.Fatalf("%v with %+v", err, p)
		}
		return
	}
	if text := bytes.TrimLeft(payload, " \t\r\n"); text[0] == '[' && !json.Valid(payload) {
		t.Fatalf("%q is not JSON", payload)
	}
	for _, r := range p.Rejects {
		if r.Reason == "" || len(r.Reason) > 300 || len(r.Name) > 300 {
			t.Fatalf("%+v", r)
		}
	}
	if len(p.Readings) == 0 {
		return
	}
	for _, encode := range []func([]byte) ([]byte, error){p.AppendCBOR, p.AppendJSON} {
		b, err := encode(nil)
		if err != nil {
			t.Fatalf("%v: %+v", err, p)
		}
		if err := d.Decode(b, &again); err != nil || len(again.Rejects) > 0 {
			t.Fatalf("%q: %v, %v", b, err, again.Rejects)
		}
		want := normal(&p)
		want.Rejects = nil
		if diff := gocmp.Diff(want, normal(&again), cmpopts.EquateEmpty(), sameFloats); diff != "" {
			t.Fatal(diff)
		}
	}
}

// TestFlippedBits is a small fuzz on every run: each bit of a pack, wrong.
func TestFlippedBits(t *testing.T) {
	p := smallPack()
	for _, encode := range []func([]byte) ([]byte, error){p.AppendCBOR, p.AppendJSON} {
		payload, err := encode(nil)
		if err != nil {
			t.Fatal(err)
		}
		for i := range payload {
			for bit := range 8 {
				payload[i] ^= 1 << bit
				decodesOrRefuses(t, payload)
				payload[i] ^= 1 << bit
			}
		}
	}
}

func FuzzParseAck(f *testing.F) {
	f.Add([]byte(goldenAck))
	f.Fuzz(func(t *testing.T, b []byte) { parsedAgain(t, b, ParseAck, Ack.Encode) })
}

func FuzzParseNodeState(f *testing.F) {
	f.Add([]byte(goldenNode))
	f.Add([]byte(goldenCarried))
	f.Fuzz(func(t *testing.T, b []byte) { parsedAgain(t, b, ParseNodeState, NodeState.Encode) })
}

func FuzzParseCenterState(f *testing.F) {
	f.Add([]byte(goldenCenter))
	f.Fuzz(func(t *testing.T, b []byte) { parsedAgain(t, b, ParseCenterState, CenterState.Encode) })
}

// parsedAgain holds that what parses also encodes, and that encoding settles it:
// parsed and encoded once more it stays the same.
func parsedAgain[M any](t *testing.T, b []byte, parse func([]byte) (M, error), encode func(M) ([]byte, error)) {
	m, err := parse(b)
	if err != nil {
		return
	}
	once, err := encode(m)
	if err != nil {
		t.Fatalf("%+v: %v", m, err)
	}
	m, err = parse(once)
	if err != nil {
		t.Fatalf("%s: %v", once, err)
	}
	twice, err := encode(m)
	if err != nil || !reflect.DeepEqual(once, twice) {
		t.Fatalf("%s, then %s: %v", once, twice, err)
	}
}
