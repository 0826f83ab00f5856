package edge

import (
	"bytes"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/siaga-id/siaga/internal/reading"
	"github.com/siaga-id/siaga/internal/wire"
)

// anyReadings draws readings as a sampler makes them, in any order.
func anyReadings(t *rapid.T) []reading.Reading {
	quantities := reading.Quantities()
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) reading.Reading {
		q := rapid.SampledFrom(quantities).Draw(t, "quantity")
		return reading.Reading{
			Sensor:   rapid.SampledFrom([]reading.SensorID{"pm-1", "pm-2", "bme-1"}).Draw(t, "sensor"),
			Quantity: q,
			TimeMS:   rapid.Int64Range(0, 1<<40).Draw(t, "time"),
			Value:    q.Round(rapid.Float64Range(-1e6, 1e6).Draw(t, "value")),
			Quality:  rapid.SampledFrom([]reading.Quality{reading.Good, reading.NotEvaluated, reading.Suspect, reading.Bad, reading.Missing}).Draw(t, "quality"),
		}
	}), 1, 60).Draw(t, "readings")
}

// bySeries is the order in which a record keeps readings.
func bySeries(rs []reading.Reading) []reading.Reading {
	type key struct {
		sensor   reading.SensorID
		quantity reading.Quantity
	}
	first := map[key]int{}
	for i, r := range rs {
		k := key{r.Sensor, r.Quantity}
		if _, ok := first[k]; !ok {
			first[k] = i
		}
	}
	sorted := slices.Clone(rs)
	slices.SortStableFunc(sorted, func(a, b reading.Reading) int {
		return first[key{a.Sensor, a.Quantity}] - first[key{b.Sensor, b.Quantity}]
	})
	return sorted
}

// TestARecordGivesBackWhatWentIn goes the whole way of a reading: record, queue
// bytes, pack, wire bytes, center.
func TestARecordGivesBackWhatWentIn(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rs := anyReadings(t)
		sealed := rapid.Int64Range(0, 1<<40).Draw(t, "sealed")
		offset := rapid.Int64Range(1_500_000_000_000, 2_000_000_000_000).Draw(t, "offset")
		sim := rapid.Bool().Draw(t, "sim")
		b, err := newRecord("b1", sealed, "35.05.12.1001", sim, rs).encode()
		if err != nil {
			t.Fatal(err)
		}
		rec, err := decodeRecord(b)
		if err != nil {
			t.Fatal(err)
		}
		if again, err := rec.encode(); err != nil || !bytes.Equal(again, b) {
			t.Fatalf("encoded again it is % x, %v, was % x", again, err, b)
		}
		p, err := rec.pack("sutojayan-01", "e1", 7, offset, wire.Synced, 0.25)
		if err != nil {
			t.Fatal(err)
		}
		want := bySeries(rs)
		for i := range want {
			want[i].TimeMS += offset
		}
		if diff := cmp.Diff(want, p.Readings); diff != "" {
			t.Fatalf("readings (-queued +pack):\n%s", diff)
		}
		payload, err := p.AppendCBOR(nil)
		if err != nil {
			t.Fatal(err)
		}
		var got wire.Pack
		if err := new(wire.Decoder).Decode(payload, &got); err != nil || len(got.Rejects) > 0 {
			t.Fatalf("the center reads %v, rejects %v", err, got.Rejects)
		}
		if got.Node != "sutojayan-01" || got.Seq != 7 || got.Epoch != "e1" || got.Boot != "b1" || got.Sim != sim || got.Site != "35.05.12.1001" || got.SealedMS != sealed+offset {
			t.Errorf("head of the pack: %+v", got)
		}
		if diff := cmp.Diff(byTime(want), byTime(got.Readings)); diff != "" {
			t.Errorf("readings (-queued +arrived):\n%s", diff)
		}
	})
}

// byTime makes two lists comparable whatever the order of their series.
func byTime(rs []reading.Reading) map[reading.Reading]int {
	n := map[reading.Reading]int{}
	for _, r := range rs {
		n[r]++
	}
	return n
}

func TestADamagedRecordIsAnError(t *testing.T) {
	good, err := newRecord("b1", 1, "35.05.12.1001", false, []reading.Reading{{Sensor: "pm-1", Quantity: reading.PM1, Value: 1, Quality: reading.Good}}).encode()
	must(t, err)
	other := record{Version: recordVersion + 1, Boot: "b1"}
	newer, err := other.encode()
	must(t, err)
	uneven := record{Version: recordVersion, Boot: "b1", Series: []series{{Sensor: "pm-1", Quantity: "pm1", TimesMS: []int64{1, 2}, Values: []float64{1}, Quality: []uint8{2}}}}
	odd, err := uneven.encode()
	must(t, err)
	for name, tc := range map[string]struct {
		b    []byte
		want string
	}{
		"empty":           {nil, "decode queued pack"},
		"torn":            {good[:len(good)/2], "decode queued pack"},
		"newer version":   {newer, "a newer program made it: version 2"},
		"uneven series":   {odd, "series pm-1/pm1 is uneven"},
		"something else":  {[]byte{0x01}, "decode queued pack"},
		"bytes behind it": {append(slices.Clone(good), 0), "decode queued pack"},
	} {
		if _, err := decodeRecord(tc.b); err == nil || !hasText(err.Error(), tc.want) {
			t.Errorf("%s: error %v, want %q", name, err, tc.want)
		}
	}
}

func FuzzDecodeRecord(f *testing.F) {
	good, err := newRecord("b1", 1, "35.05.12.1001", true, []reading.Reading{{Sensor: "pm-1", Quantity: reading.PM1, Value: 1, Quality: reading.Good}}).encode()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good)
	f.Add(good[:5])
	f.Add([]byte{0x86, 1, 0x60, 0, 0x60, 0xF4, 0x9A, 0xFF, 0xFF, 0xFF, 0xFF})
	f.Fuzz(func(t *testing.T, b []byte) {
		rec, err := decodeRecord(b)
		if err == nil {
			_, _ = rec.pack("sutojayan-01", "e1", 1, 0, wire.Synced, 0)
		}
	})
}
