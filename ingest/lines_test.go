package ingest

import (
	"bytes"
	"fmt"
	"math"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/siaga-id/siaga/internal/reading"
	"github.com/siaga-id/siaga/internal/wire"
)

// point is one value of one field at one time: what InfluxDB holds.
type point struct {
	series string // measurement and tags
	field  string
	ms     int64
}

// parseLines is an independent reading of line protocol, as far as this package
// may write it; it fails the test on anything else.
func parseLines(t testing.TB, lines []byte) (points map[point]string, n int) {
	t.Helper()
	points = make(map[point]string)
	for line := range bytes.Lines(lines) {
		n++
		text, ok := strings.CutSuffix(string(line), "\n")
		parts := splitPlain(text, ' ')
		if !ok || len(parts) != 3 {
			t.Fatalf("line %q: want series, fields, time", line)
		}
		series := splitPlain(parts[0], ',')
		keys := ""
		for _, tag := range series[1:] {
			key, value, _ := strings.Cut(tag, "=")
			keys += key + " "
			if value == "" {
				t.Fatalf("line %q: empty tag", line)
			}
		}
		if series[0] == "" || keys != "district node sensor site " {
			t.Fatalf("line %q: series", line)
		}
		ms, err := strconv.ParseInt(parts[2], 10, 64)
		if err != nil {
			t.Fatalf("line %q: %v", line, err)
		}
		seen := map[string]bool{}
		for _, f := range strings.Split(parts[1], ",") {
			name, value, _ := strings.Cut(f, "=")
			if seen[name] {
				t.Fatalf("line %q: %s twice", line, name)
			}
			seen[name] = true
			q, isQC := strings.CutSuffix(name, "_qc")
			if _, ok := reading.Lookup(q); !ok {
				t.Fatalf("line %q: field %q", line, name)
			}
			if isQC {
				var ok bool
				if value, ok = strings.CutSuffix(value, "i"); !ok {
					t.Fatalf("line %q: %s is no integer", line, name)
				}
			}
			if v, err := strconv.ParseFloat(value, 64); err != nil || math.IsNaN(v) || math.IsInf(v, 0) {
				t.Fatalf("line %q: %s: %v", line, name, err)
			}
			points[point{parts[0], name, ms}] = value
		}
	}
	return points, n
}

// splitPlain splits at sep where it is not escaped.
func splitPlain(s string, sep byte) []string {
	var parts []string
	start := 0
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' {
			i++
		} else if s[i] == sep {
			parts = append(parts, s[start:i])
			start = i + 1
		}
	}
	return append(parts, s[start:])
}

// wantPoints is what a pack must leave in InfluxDB, worked out the long way.
func wantPoints(p *wire.Pack) map[point]string {
	want := make(map[point]string)
	for _, r := range p.Readings {
		in := r.Quantity.Info()
		series := fmt.Sprintf("%s,district=%s,node=%s,sensor=%s,site=%s", in.Domain, p.Site.District(), p.Node, r.Sensor, p.Site)
		want[point{series, in.Name, r.TimeMS}] = strconv.FormatFloat(r.Value, 'g', -1, 64)
		want[point{series, in.Name + "_qc", r.TimeMS}] = strconv.Itoa(int(r.Quality))
	}
	return want
}

func TestLines(t *testing.T) {
	const at = 1767225600000
	r := func(sensor reading.SensorID, q reading.Quantity, s int64, v float64) reading.Reading {
		return reading.Reading{Sensor: sensor, Quantity: q, TimeMS: at + 1000*s, Value: v, Quality: reading.NotEvaluated}
	}
	const pm = "air,district=35.05.12,node=n1,sensor=pm-1,site=35.05.12.1001 "
	for _, tc := range []struct {
		name     string
		readings []reading.Reading
		want     []string
	}{
		{"series by series", []reading.Reading{
			r("pm-1", reading.PM1, 0, 8), r("pm-1", reading.PM1, 2, 9),
			r("pm-1", reading.PM2_5, 0, 12.3), r("pm-1", reading.PM2_5, 2, 13),
		}, []string{
			pm + "pm1=8,pm1_qc=2i,pm2_5=12.3,pm2_5_qc=2i 1767225600000",
			pm + "pm1=9,pm1_qc=2i,pm2_5=13,pm2_5_qc=2i 1767225602000",
		}},
		{"moment by moment", []reading.Reading{
			r("pm-1", reading.PM1, 0, 8), r("pm-1", reading.PM2_5, 0, 12.3),
			r("pm-1", reading.PM1, 2, 9), r("pm-1", reading.PM2_5, 2, 13),
		}, []string{
			pm + "pm1=8,pm1_qc=2i,pm2_5=12.3,pm2_5_qc=2i 1767225600000",
			pm + "pm1=9,pm1_qc=2i,pm2_5=13,pm2_5_qc=2i 1767225602000",
		}},
		{"times that do not meet", []reading.Reading{
			r("pm-1", reading.PM1, 0, 8), r("pm-1", reading.PM2_5, 1, 12.3),
		}, []string{
			pm + "pm1=8,pm1_qc=2i 1767225600000",
			pm + "pm2_5=12.3,pm2_5_qc=2i 1767225601000",
		}},
		{"the same twice: the later line is the later value", []reading.Reading{
			r("pm-1", reading.PM1, 0, 8), r("pm-1", reading.PM1, 0, -1.5e-7),
		}, []string{
			pm + "pm1=8,pm1_qc=2i 1767225600000",
			pm + "pm1=-1.5e-07,pm1_qc=2i 1767225600000",
		}},
		{"domains and sensors apart", []reading.Reading{
			r("all-1", reading.PM1, 0, 8), r("all-1", reading.Temperature, 0, 27.5), r("all-2", reading.Temperature, 0, 28),
		}, []string{
			"air,district=35.05.12,node=n1,sensor=all-1,site=35.05.12.1001 pm1=8,pm1_qc=2i 1767225600000",
			"weather,district=35.05.12,node=n1,sensor=all-1,site=35.05.12.1001 temperature=27.5,temperature_qc=2i 1767225600000",
			"weather,district=35.05.12,node=n1,sensor=all-2,site=35.05.12.1001 temperature=28,temperature_qc=2i 1767225600000",
		}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got, n := appendLines(nil, &wire.Pack{Node: "n1", Site: "35.05.12.1001", Readings: tc.readings})
			if want := strings.Join(tc.want, "\n") + "\n"; string(got) != want || n != len(tc.want) {
				t.Errorf("%d lines:\n%swant:\n%s", n, got, want)
			}
		})
	}
}

func TestTagsAreEscaped(t *testing.T) {
	if got, want := string(appendTag(nil, ",a=", "b c,d=e")), `,a=b\ c\,d\=e`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// Whatever the order of a pack, InfluxDB ends up with its readings, and the
// lines say how many there are.
func TestLinesHoldTheReadings(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		p := &wire.Pack{Node: "n1", Site: "35.05.12.1001"}
		taken := map[reading.Reading]bool{} // identities: with two values, which stays depends on the order
		for range rapid.IntRange(0, 200).Draw(rt, "n") {
			r := reading.Reading{
				Sensor:   rapid.SampledFrom([]reading.SensorID{"s1", "s2"}).Draw(rt, "sensor"),
				Quantity: rapid.SampledFrom(reading.Quantities()).Draw(rt, "quantity"),
				TimeMS:   rapid.Int64Range(-2, 5).Draw(rt, "ms"),
			}
			if taken[r] {
				continue
			}
			taken[r] = true
			r.Value = rapid.Float64().Draw(rt, "value")
			r.Quality = rapid.SampledFrom([]reading.Quality{1, 2, 3, 4, 9}).Draw(rt, "qc")
			p.Readings = append(p.Readings, r)
		}
		lines, n := appendLines(nil, p)
		got, parsed := parseLines(t, lines)
		if parsed != n {
			rt.Fatalf("%d lines, said %d", parsed, n)
		}
		if c := bytes.Count(lines, []byte(valueMark)); c != len(p.Readings) {
			rt.Fatalf("%d readings counted, there are %d", c, len(p.Readings))
		}
		want := wantPoints(p)
		if len(got) != len(want) {
			rt.Fatalf("%d values, want %d", len(got), len(want))
		}
		for at, v := range want {
			if got[at] != v {
				rt.Fatalf("%v = %q, want %q", at, got[at], v)
			}
		}
	})
}
