package wire

import (
	"bytes"
	"cmp"
	"math"
	"math/big"
	"slices"
	"testing"

	fx "github.com/fxamacker/cbor/v2"
	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/siaga-id/siaga/internal/reading"
)

// plain is a resolved record as an ordinary SenML reader sees it.
type plain struct {
	Name, Unit string
	MS         int64
	Value      float64
	QC         uint64
}

// readPlainly resolves a pack with another CBOR library and the RFC's rules,
// written down a second time.
func readPlainly(t *rapid.T, payload []byte) []plain {
	mode, err := fx.DecOptions{DupMapKey: fx.DupMapKeyEnforcedAPF, IndefLength: fx.IndefLengthForbidden, TagsMd: fx.TagsAllowed}.DecMode()
	if err != nil {
		t.Fatal(err)
	}
	var records []map[any]any
	if err := mode.Unmarshal(payload, &records); err != nil {
		t.Fatal(err)
	}
	var (
		out    []plain
		bn, bu string
		bt     float64
		bqc    uint64 = 2
	)
	for i, r := range records {
		if v, ok := r[int64(-2)]; ok {
			bn = v.(string)
		}
		if v, ok := r[int64(-4)]; ok {
			bu = v.(string)
		}
		if v, ok := r[int64(-3)]; ok {
			bt = number(v)
		}
		_, secondary := r[int64(-1)]
		if q, ok := r["bqc"]; ok && i == 0 {
			bqc = q.(uint64)
		}
		if i > 0 && (secondary || r["seq"] != nil || r["bqc"] != nil) {
			t.Fatalf("record %d describes the pack", i)
		}
		x := plain{Name: bn, Unit: bu, QC: bqc, Value: number(r[uint64(2)])}
		if n, ok := r[uint64(0)]; ok {
			x.Name += n.(string)
		}
		seconds := bt
		if v, ok := r[uint64(6)]; ok {
			seconds += number(v)
		}
		x.MS = int64(math.Round(seconds * 1000))
		if q, ok := r["qc"]; ok {
			x.QC = q.(uint64)
		}
		out = append(out, x)
	}
	return out
}

func number(v any) float64 {
	switch v := v.(type) {
	case uint64:
		return float64(v)
	case int64:
		return float64(v)
	case float64:
		return v
	}
	parts := v.(fx.Tag).Content.([]any)
	text, _ := new(big.Rat).SetString(toInt(parts[1]).String() + "e" + toInt(parts[0]).String())
	f, _ := text.Float64()
	return f
}

func TestCBORReadsTheSameElsewhere(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := anyPack().Draw(t, "pack")
		payload, err := p.AppendCBOR(nil)
		if err != nil {
			t.Fatal(err)
		}
		var want []plain
		for _, r := range p.Readings {
			want = append(want, plain{
				string(p.Node) + "/" + string(r.Sensor) + "/" + r.Quantity.String(),
				r.Quantity.Info().Unit, r.TimeMS, r.Value, uint64(r.Quality),
			})
		}
		byName := func(a, b plain) int { return cmp.Compare(a.Name, b.Name) }
		slices.SortStableFunc(want, byName)
		got := readPlainly(t, payload)
		slices.SortStableFunc(got, byName)
		if diff := gocmp.Diff(want, got, sameFloats); diff != "" {
			t.Fatal(diff)
		}
	})
}

// The other library, told to encode deterministically, gives the same bytes:
// labels are in order and no item is longer than its value needs.
func TestCBORIsDeterministic(t *testing.T) {
	mode, err := fx.CoreDetEncOptions().EncMode()
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(t *rapid.T) {
		payload, err := anyPack().Draw(t, "pack").AppendCBOR(nil)
		if err != nil {
			t.Fatal(err)
		}
		var generic any
		if err := fx.Unmarshal(payload, &generic); err != nil {
			t.Fatal(err)
		}
		again, err := mode.Marshal(generic)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(payload, again) {
			t.Fatalf("%x\nelsewhere\n%x", payload, again)
		}
	})
}

func TestSecondaryUnitsNeedVersion26(t *testing.T) {
	for _, tc := range []struct {
		quantity reading.Quantity
		want     any
	}{{reading.PM2_5, uint64(26)}, {reading.Temperature, nil}, {reading.Flow, nil}} {
		p := referencePack()
		p.Readings = p.Readings[:1]
		p.Readings[0].Quantity = tc.quantity
		payload, err := p.AppendCBOR(nil)
		if err != nil {
			t.Fatal(err)
		}
		var records []map[any]any
		if err := fx.Unmarshal(payload, &records); err != nil {
			t.Fatal(err)
		}
		if got := records[0][int64(-1)]; got != tc.want {
			t.Errorf("%s: bver %v, want %v", tc.quantity, got, tc.want)
		}
	}
}
