package wire

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/siaga-id/siaga/internal/reading"
)

// referencePack is ten seconds of an ordinary village node: four sensors, twelve
// series, five samples each, two seconds apart.
func referencePack() *Pack {
	const start = 1_790_000_000_000
	p := &Pack{
		Node: "sutojayan-01", Seq: 81234, Epoch: "k3v9x0q2m7ab", Boot: "4f1c9a7e2b60",
		Clock: Synced, ClockErrS: 0.01, Site: "35.05.12.1001", SealedMS: start + 8137,
	}
	for i := range 5 {
		k := float64(i)
		for _, s := range []struct {
			sensor   reading.SensorID
			quantity reading.Quantity
			value    float64
		}{
			{"pm-1", reading.PM1, 11 + k},
			{"pm-1", reading.PM2_5, 19 + k},
			{"pm-1", reading.PM10, 24 + k},
			{"bme-1", reading.Temperature, 27.43 + 0.01*k},
			{"bme-1", reading.Humidity, 81.27 - 0.03*k},
			{"bme-1", reading.Pressure, 993.12 + 0.01*k},
			{"air-1", reading.Level, 1.953 + 0.001*k},
			{"air-1", reading.Distance, 2547 - k},
			{"beam-1", reading.Count, 1 + k},
			{"beam-1", reading.Flow, 1800 + 60*k},
			{"beam-1", reading.Speed, 41.7 + 0.1*k},
			{"beam-1", reading.Occupancy, 12.34 + 0.01*k},
		} {
			p.Readings = append(p.Readings, reading.Reading{
				Sensor: s.sensor, Quantity: s.quantity, TimeMS: start + int64(i)*2000,
				Value: s.quantity.Round(s.value), Quality: reading.NotEvaluated,
			})
		}
	}
	return p
}

// bySeries returns the readings in an order that does not depend on how series
// follow each other in a pack.
func bySeries(readings []reading.Reading) []reading.Reading {
	return slices.SortedStableFunc(slices.Values(readings), func(a, b reading.Reading) int {
		return cmp.Or(cmp.Compare(a.Sensor, b.Sensor), cmp.Compare(a.Quantity, b.Quantity))
	})
}

// anyPack draws packs as agents may make them, and odder ones.
func anyPack() *rapid.Generator[*Pack] {
	return rapid.Custom(func(t *rapid.T) *Pack {
		p := &Pack{
			Node:      reading.NodeID(rapid.StringMatching(`[a-z0-9][a-z0-9-]{1,30}`).Draw(t, "node")),
			Seq:       rapid.Uint64Min(1).Draw(t, "seq"),
			Epoch:     rapid.StringMatching(`[0-9a-z]{1,32}`).Draw(t, "epoch"),
			Boot:      rapid.StringMatching(`[0-9a-z-]{1,36}`).Draw(t, "boot"),
			Clock:     rapid.SampledFrom([]Clock{Synced, Estimated, Unknown, Untimed}).Draw(t, "clock"),
			ClockErrS: rapid.Float64Range(0, maxClockErrS).Draw(t, "clockErr"),
			Site:      reading.SiteCode(rapid.StringMatching(`[0-9]{2}\.[0-9]{2}\.[0-9]{2}\.[0-9]{4}`).Draw(t, "site")),
			Sim:       rapid.Bool().Draw(t, "sim"),
		}
		from, to := int64(firstAbsoluteS*1000), int64(lastMS)
		if p.Clock == Unknown {
			from, to = -firstAbsoluteS*1000, 0
		}
		start := rapid.Int64Range(from, to).Draw(t, "start")
		times := rapid.OneOf(rapid.Int64Range(from, to), rapid.Int64Range(max(from, start-100_000), min(to, start+100_000)))
		if rapid.Bool().Draw(t, "sealed") {
			p.SealedMS = times.Draw(t, "sealed at")
		}
		sensors := rapid.SampledFrom([]reading.SensorID{"pm-1", "bme-1", "radar-1-masuk", "a0"})
		for range rapid.IntRange(1, 60).Draw(t, "readings") {
			p.Readings = append(p.Readings, reading.Reading{
				Sensor:   sensors.Draw(t, "sensor"),
				Quantity: rapid.SampledFrom(reading.Quantities()).Draw(t, "quantity"),
				TimeMS:   times.Draw(t, "time"),
				Value:    anyFinite().Draw(t, "value"),
				Quality:  rapid.SampledFrom([]reading.Quality{1, 2, 3, 4, 9}).Draw(t, "quality"),
			})
		}
		return p
	})
}

func TestRoundTrip(t *testing.T) {
	var d Decoder
	var got Pack
	rapid.Check(t, func(t *rapid.T) {
		want := anyPack().Draw(t, "pack")
		for name, encode := range map[string]func([]byte) ([]byte, error){"CBOR": want.AppendCBOR, "JSON": want.AppendJSON} {
			payload, err := encode(nil)
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			if err := d.Decode(payload, &got); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			if diff := gocmp.Diff(normal(want), normal(&got), cmpopts.EquateEmpty(), sameFloats); diff != "" {
				t.Fatalf("%s: %s", name, diff)
			}
		}
	})
}

func normal(p *Pack) Pack {
	n := *p
	n.Readings = bySeries(p.Readings)
	return n
}

var sameFloats = gocmp.Comparer(func(a, b float64) bool { return math.Float64bits(a) == math.Float64bits(b) })

func TestAppendKeepsWhatIsThere(t *testing.T) {
	p := referencePack()
	for name, encode := range map[string]func([]byte) ([]byte, error){"CBOR": p.AppendCBOR, "JSON": p.AppendJSON} {
		alone, err := encode(nil)
		if err != nil {
			t.Fatal(err)
		}
		after, err := encode([]byte("before"))
		if err != nil || string(after) != "before"+string(alone) {
			t.Errorf("%s: %q, %v", name, after, err)
		}
	}
}

func TestEncodeRefuses(t *testing.T) {
	for _, tc := range []struct {
		change func(p *Pack)
		want   string
	}{
		{func(p *Pack) { p.Node = "Sutojayan" }, `"Sutojayan" is not a node id`},
		{func(p *Pack) { p.Seq = 0 }, "seq is 0, it counts from 1"},
		{func(p *Pack) { p.Epoch = "" }, `epoch "": want 1 to 32 of a-z and 0-9`},
		{func(p *Pack) { p.Epoch = "a-b" }, `epoch "a-b": want 1 to 32 of a-z and 0-9`},
		{func(p *Pack) { p.Boot = "a b" }, `boot "a b": want 1 to 36 of a-z, 0-9 and -`},
		{func(p *Pack) { p.Clock = "" }, `clk "" is not a clock state`},
		{func(p *Pack) { p.ClockErrS = -1 }, "clk_err -1: want seconds from 0 to 1e+09"},
		{func(p *Pack) { p.ClockErrS = math.NaN() }, "clk_err NaN: want seconds from 0 to 1e+09"},
		{func(p *Pack) { p.Site = "35.05" }, `parse site code "35.05": want a Kemendagri desa code such as 35.05.12.1001`},
		{func(p *Pack) { p.SealedMS = 5 }, "seal: its time has no date"},
		{func(p *Pack) { p.Readings = nil }, "0 readings, want 1 to 5000"},
		{func(p *Pack) { p.Readings = make([]reading.Reading, 5001) }, "5001 readings, want 1 to 5000"},
		{func(p *Pack) { p.Readings[7].Sensor = "X" }, `reading 7 of X/distance: "X" is not a sensor id`},
		{func(p *Pack) { p.Readings[7].Quantity = 0 }, "reading 7 of air-1/: it has no quantity"},
		{func(p *Pack) { p.Readings[7].Quality = 0 }, "reading 7 of air-1/distance: qc 0 is not a quality flag"},
		{func(p *Pack) { p.Readings[7].Value = math.Inf(1) }, "reading 7 of air-1/distance: its value is not a finite number"},
		{func(p *Pack) { p.Readings[7].TimeMS = 12 }, "reading 7 of air-1/distance: its time has no date"},
		{func(p *Pack) { p.Readings[7].TimeMS = math.MaxInt64 }, "reading 7 of air-1/distance: its time is out of range"},
		{func(p *Pack) { p.Clock = Unknown; p.SealedMS = 0 }, "reading 0 of pm-1/pm1: its time is a date, but the pack's clock is not known"},
	} {
		p := referencePack()
		tc.change(p)
		dst := []byte("before")
		for _, encode := range []func([]byte) ([]byte, error){p.AppendCBOR, p.AppendJSON} {
			got, err := encode(dst)
			if err == nil || err.Error() != "encode pack: "+tc.want {
				t.Errorf("error %v, want %s", err, tc.want)
			}
			if string(got) != "before" {
				t.Errorf("%s: dst became %q", tc.want, got)
			}
		}
	}
}

func TestEncodeRefusesWhatIsTooLong(t *testing.T) {
	p := referencePack()
	p.Readings = make([]reading.Reading, MaxPackRecords)
	for i := range p.Readings {
		p.Readings[i] = reading.Reading{
			Sensor: reading.SensorID(fmt.Sprintf("radar-1-from-the-north-%04d", i)), Quantity: reading.SpeedP85,
			TimeMS: 1_790_000_000_000 + int64(i)*1001, Value: math.Pi, Quality: reading.Good,
		}
	}
	if _, err := p.AppendCBOR(nil); err == nil || !strings.Contains(err.Error(), "bytes long, more than 262144") {
		t.Errorf("error %v", err)
	}
}
