package quality

import (
	"testing"
	"time"

	"github.com/siaga-id/siaga/edge/driver"
	"github.com/siaga-id/siaga/internal/reading"
)

// corrected judges one temperature and hands its twin, of the flag that the
// correction gave it, through Inherit.
func corrected(c *Checks, at time.Duration, raw float64, twin reading.Quality) reading.Quality {
	values := []driver.Value{driver.Measured(reading.Temperature, raw)}
	c.Judge(at, values)
	values = append(values, driver.Value{Quantity: reading.Temperature.Corrected(), Value: 30, Quality: twin})
	c.Inherit(values)
	return values[1].Quality
}

func TestCorrectedValuesInherit(t *testing.T) {
	c := New(nil)
	for _, tc := range []struct {
		name       string
		at         time.Duration
		raw        float64
		twin, want reading.Quality
	}{
		{"a raw value that was not judged", 0, 25, good, unknown},
		{"one that is good", time.Second, 25.1, good, good},
		{"the correction does not hold", 2 * time.Second, 25.2, suspect, suspect},
		{"one that was not made from what is good", 3 * time.Second, 25.3, unknown, unknown},
		{"a raw value that jumped", 4 * time.Second, 35, good, suspect},
		{"and that is worse by the correction", 5 * time.Second, 35, bad, bad},
		{"a raw value outside its limits", 6 * time.Second, 46, unknown, unknown},
	} {
		if got := corrected(c, tc.at, tc.raw, tc.twin); got != tc.want {
			t.Errorf("%s: %v, want %v", tc.name, got, tc.want)
		}
	}
}

func TestATwinOfWhatIsStuckOutsideItsLimitsIsSuspect(t *testing.T) {
	c := New(map[string]Limits{"temperature": {StuckAfter: "10m"}})
	for at := time.Duration(0); at < 10*time.Minute; at += time.Minute {
		if got := corrected(c, at, 50, unknown); got != unknown {
			t.Fatalf("at %v: %v", at, got)
		}
	}
	if got := corrected(c, 10*time.Minute, 50, unknown); got != suspect {
		t.Errorf("%v, want %v", got, suspect)
	}
}

func TestATwinWithoutItsRawValueIsNotGood(t *testing.T) {
	values := []driver.Value{{Quantity: reading.PM2_5.Corrected(), Value: 5, Quality: good}}
	c := New(nil)
	c.Judge(0, values)
	c.Inherit(values)
	if values[0].Quality != unknown || len(c.series) != 0 {
		t.Errorf("%v, %d series", values[0].Quality, len(c.series))
	}
}

// TestSeriesDoNotMix tells two quantities by turns, of which one is stuck.
func TestSeriesDoNotMix(t *testing.T) {
	c := New(nil)
	var last [2]reading.Quality
	for i := range 200 {
		values := []driver.Value{
			driver.Measured(reading.Temperature, 25+0.01*float64(i%7)),
			driver.Measured(reading.Humidity, 80),
		}
		c.Judge(time.Duration(i)*time.Minute, values)
		last = [2]reading.Quality{values[0].Quality, values[1].Quality}
	}
	if last != [2]reading.Quality{good, suspect} {
		t.Errorf("flags %v", last)
	}
}

func weather(i int) []driver.Value {
	return []driver.Value{
		driver.Measured(reading.Temperature, 25+0.01*float64(i%7)),
		driver.Measured(reading.Humidity, 80+0.01*float64(i%5)),
		driver.Measured(reading.Pressure, 990+0.01*float64(i%3)),
	}
}

func TestJudgingAllocatesNothing(t *testing.T) {
	c, values := New(map[string]Limits{"humidity": {StuckAfter: "1h"}}), weather(0)
	values = append(values, driver.Value{Quantity: reading.Temperature.Corrected(), Value: 25, Quality: unknown})
	at := time.Duration(0)
	if n := testing.AllocsPerRun(100, func() {
		at += time.Second
		c.Judge(at, values)
		c.Inherit(values)
	}); n != 0 {
		t.Errorf("%g allocations for %d values", n, len(values))
	}
}

func BenchmarkJudge(b *testing.B) {
	c := New(nil)
	var rounds [7][]driver.Value
	for i := range rounds {
		rounds[i] = weather(i)
	}
	b.ReportAllocs()
	n := 0
	for b.Loop() {
		c.Judge(time.Duration(n)*5*time.Second, rounds[n%len(rounds)])
		n++
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(len(rounds[0])), "ns/value")
}
