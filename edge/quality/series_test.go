package quality

import (
	"math"
	"testing"
	"time"

	"github.com/siaga-id/siaga/edge/driver"
	"github.com/siaga-id/siaga/internal/reading"
)

const (
	good    = reading.Good
	unknown = reading.NotEvaluated
	suspect = reading.Suspect
	bad     = reading.Bad
)

// said is one value of a series, and the flag that it should get.
type said struct {
	at    time.Duration
	value float64
	want  reading.Quality
}

// only has one test besides the gross range.
func only(step, stuck string) Limits { return Limits{StepPerMinute: step, StuckAfter: stuck} }

// tell gives one value to the checks and returns its flag.
func tell(c *Checks, at time.Duration, q reading.Quantity, v float64) reading.Quality {
	values := []driver.Value{driver.Measured(q, v)}
	c.Judge(at, values)
	return values[0].Quality
}

type seriesCase struct {
	name   string
	q      reading.Quantity
	limits Limits
	values []said
}

func (tc seriesCase) run(t *testing.T) {
	t.Helper()
	t.Run(tc.name, func(t *testing.T) {
		c := New(map[string]Limits{tc.q.String(): tc.limits})
		for i, v := range tc.values {
			if got := tell(c, v.at, tc.q, v.value); got != v.want {
				t.Errorf("value %d, %v at %v: %v, want %v", i, v.value, v.at, got, v.want)
			}
		}
	})
}

func TestGrossRange(t *testing.T) {
	limits := only(Off, Off)
	limits.Min, limits.Max = new(15.0), new(40.0)
	for _, tc := range []seriesCase{
		{"the quantity's own limits", reading.Temperature, only(Off, Off), []said{
			{0, 9.99, suspect},
			{1, 10, good},
			{2, 45, good},
			{3, 45.01, suspect},
			{4, 30, good},
		}},
		{"the channel's limits", reading.Temperature, limits, []said{
			{0, 14.99, suspect},
			{1, 15, good},
			{2, 40, good},
			{3, 40.01, suspect},
		}},
		{"the digit that travels counts", reading.Temperature, only(Off, Off), []said{{0, 45.004, good}, {1, 45.006, suspect}}},
		{"rain has no other test", reading.Rain, Limits{}, []said{{0, 0, good}, {time.Hour, 0, good}, {90 * time.Hour, 0, good}, {91 * time.Hour, 101, suspect}}},
		{"nor has counted traffic", reading.Count, Limits{}, []said{{0, 0, good}, {9 * time.Hour, 0, good}, {10 * time.Hour, 7, good}}},
	} {
		tc.run(t)
	}
}

func TestRateOfChange(t *testing.T) {
	const s, m = time.Second, time.Minute
	for _, tc := range []seriesCase{
		{"the first value has none before it", reading.Temperature, only("5", Off), []said{{0, 25, unknown}, {5 * s, 25, good}}},
		{"a minute's step at once is allowed", reading.Temperature, only("5", Off), []said{{0, 20.1, unknown}, {5 * s, 25.1, good}, {10 * s, 25.11, suspect}}},
		{"a fall is a change", reading.Temperature, only("5", Off), []said{{0, 25, unknown}, {5 * s, 19.9, suspect}}},
		{"a spike is flagged, what comes after it is not", reading.Temperature, only("5", Off), []said{
			{0, 25, unknown},
			{m, 25, good},
			{2 * m, 45, suspect},
			{3 * m, 25, good},
		}},
		{"a change that stays is believed after a while", reading.Temperature, only("5", Off), []said{
			{0, 25, unknown},
			{1 * m, 40, suspect},
			{2 * m, 40, suspect},
			{3 * m, 40, good},
			{4 * m, 40, good},
		}},
		{"twenty minutes at most", reading.Level, only("0.1", Off), []said{
			{0, 1, unknown},
			{10 * m, 9, suspect},
			{20 * m, 9, suspect},
			{21 * m, 9, unknown},
			{22 * m, 9, good},
		}},
		{"a ramp that is too steep is seen over the minute", reading.Temperature, only("6", Off), []said{
			{0, 20, unknown},
			{20 * s, 23, good},
			{40 * s, 26, good},
			{60 * s, 29, suspect},
			{80 * s, 32, suspect},
		}},
		{"one that is not passes for ever", reading.Temperature, only("6", Off), []said{
			{0, 10, unknown},
			{30 * s, 13, good},
			{60 * s, 16, good},
			{90 * s, 19, good},
			{120 * s, 22, good},
			{180 * s, 28, good},
		}},
		{"a rare value may have moved further", reading.Level, only("1", Off), []said{{0, 1, unknown}, {15 * m, 15, good}, {30 * m, -0.01, suspect}}},
		{"a gap begins anew", reading.CO2, only("2000", Off), []said{{0, 400, unknown}, {m, 9000, suspect}, {21 * m, 9000, unknown}, {22 * m, 9000, good}}},
		{"what is outside the range is nothing to compare with", reading.Temperature, only("5", Off), []said{{0, 85, suspect}, {5 * s, 25, unknown}, {10 * s, 25, good}}},
	} {
		tc.run(t)
	}
}

func TestFlatLine(t *testing.T) {
	const m, h = time.Minute, time.Hour
	for _, tc := range []seriesCase{
		{"it passes from the first change on", reading.Pressure, only(Off, "3h"), []said{{0, 990, unknown}, {m, 990, unknown}, {2 * m, 990.01, good}, {3 * m, 990.01, good}}},
		{"what never changed was never judged, until it is stuck", reading.Pressure, only(Off, "30m"), []said{
			{0, 990, unknown},
			{5 * m, 990, unknown},
			{10 * m, 990, unknown},
			{15 * m, 990, unknown},
			{20 * m, 990, unknown},
			{30*m - 1, 990, unknown},
			{30 * m, 990, suspect},
			{35 * m, 990.01, good},
		}},
		{"the window begins with the last change", reading.Pressure, only(Off, "30m"), []said{
			{0, 990, unknown},
			{5 * m, 991, good},
			{12 * m, 991, good},
			{20 * m, 991, good},
			{28 * m, 991, good},
			{34 * m, 991, good},
			{35 * m, 991, suspect},
			{36 * m, 991, suspect},
		}},
		{"less than six values are no line", reading.Pressure, only(Off, "30m"), []said{
			{0, 991, unknown},
			{15 * m, 990, good},
			{30 * m, 990, good},
			{45 * m, 990, good},
			{60 * m, 990, good},
			{75 * m, 990, good},
			{90 * m, 990, suspect},
		}},
		{"a gap begins anew", reading.Pressure, only(Off, "30m"), []said{{0, 991, unknown}, {m, 990, good}, {16*m + 1, 990, unknown}, {17 * m, 990, unknown}, {18 * m, 990.5, good}}},
		{"the digit that travels counts", reading.Pressure, only(Off, "30m"), []said{{0, 990.001, unknown}, {m, 990.002, unknown}}},
		{"a value outside its limits can be stuck too, and change", reading.Pressure, only(Off, "30m"), []said{{0, 800, suspect}, {m, 990, good}}},
		{"particles in clean air rest", reading.PM2_5, only(Off, "30m"), rest(2, 30*m, unknown, unknown)},
		{"particles in other air do not", reading.PM2_5, only(Off, "30m"), rest(5, 30*m, unknown, suspect)},
		{"air that is saturated is", reading.Humidity, only(Off, "3h"), rest(100, 3*h, unknown, unknown)},
		{"less is not", reading.Humidity, only(Off, "3h"), rest(99.99, 3*h, unknown, suspect)},
	} {
		tc.run(t)
	}
}

// rest is a value each minute that stays the same, with the flags before the window
// has passed and after.
func rest(v float64, window time.Duration, before, after reading.Quality) (values []said) {
	for at := time.Duration(0); at < window+10*time.Minute; at += time.Minute {
		want := before
		if at >= window {
			want = after
		}
		values = append(values, said{at, v, want})
	}
	return values
}

func TestGoodWantsEveryTest(t *testing.T) {
	for _, tc := range []seriesCase{
		{"all must have run", reading.Temperature, Limits{}, []said{
			{0, 25, unknown},
			{5 * time.Second, 25, unknown}, // the rate of change passes, the flat line cannot tell
			{10 * time.Second, 25.01, good},
			{21 * time.Minute, 25, unknown}, // the flat line passes, the rate of change begins anew
			{22 * time.Minute, 25, good},
		}},
		{"one that is off is none", reading.Temperature, only("", Off), []said{{0, 25, unknown}, {1, 25, good}}},
		{"a sensor that is read too rarely is not judged", reading.Temperature, Limits{}, []said{{0, 25, unknown}, {time.Hour, 26, unknown}, {2 * time.Hour, 25, unknown}}},
	} {
		tc.run(t)
	}
}

func TestADriverIsNotContradicted(t *testing.T) {
	for _, tc := range []struct{ said, want reading.Quality }{
		{0, good},
		{unknown, good},
		{good, good},
		{suspect, suspect},
		{bad, bad},
		{reading.Missing, reading.Missing},
	} {
		values := []driver.Value{{Quantity: reading.Rain, Value: 0, Quality: tc.said}}
		New(nil).Judge(0, values)
		if values[0].Quality != tc.want {
			t.Errorf("the driver says %d: %v, want %v", tc.said, values[0].Quality, tc.want)
		}
	}
	unjudged := []driver.Value{{Quantity: reading.Temperature, Value: 25, Quality: good}}
	New(nil).Judge(0, unjudged)
	if unjudged[0].Quality != unknown {
		t.Errorf("a driver alone made a value %v", unjudged[0].Quality)
	}
}

func TestWhatADriverDoubtsIsNothingToCompareWith(t *testing.T) {
	c := New(map[string]Limits{"temperature": only("", Off)})
	c.Judge(0, []driver.Value{{Quantity: reading.Temperature, Value: 40, Quality: suspect}})
	if got := tell(c, time.Second, reading.Temperature, 25); got != unknown {
		t.Errorf("%v, want %v", got, unknown)
	}
}

func TestResetStartsAnew(t *testing.T) {
	c := New(nil)
	tell(c, 0, reading.Temperature, 25)
	if got := tell(c, time.Second, reading.Temperature, 26); got != good {
		t.Fatalf("%v, want %v", got, good)
	}
	c.Reset()
	if got := tell(c, 2*time.Second, reading.Temperature, 40); got != unknown {
		t.Errorf("%v, want %v", got, unknown)
	}
}

func TestWhatIsNoNumberChangesNothing(t *testing.T) {
	c := New(nil)
	tell(c, 0, reading.Temperature, 25)
	for _, v := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
		values := []driver.Value{{Quantity: reading.Temperature, Value: v, Quality: unknown}}
		c.Judge(time.Second, values)
		if values[0].Quality != unknown {
			t.Errorf("%v is %v", v, values[0].Quality)
		}
	}
	if got := tell(c, 2*time.Second, reading.Temperature, 25); got != unknown {
		t.Errorf("%v, want %v: nothing has changed", got, unknown)
	}
	if got := tell(c, 3*time.Second, reading.Temperature, 25.1); got != good {
		t.Errorf("%v, want %v", got, good)
	}
}
