package world

import (
	"errors"
	"math"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

const smoke = `time,pm2_5_ugm3,pm2_5_b_ugm3,pm2_5_cf1_ugm3,temperature_cel,humidity_pct,rain_mm,level_m
2023-06-06T00:00:00Z,10,11,12,20,50,0,1.5
2023-06-06T00:10:00Z,,12,13,21,51,0,1.6
2023-06-06T00:20:00Z,30,13,45,22,,0.2,
2023-06-06T02:00:00Z,40,14,60,23,53,0,9.9
`

func readTrace(t testing.TB, text string) *Trace {
	t.Helper()
	tr, err := ReadTrace(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return tr
}

func replay(t testing.TB, tr *Trace, o Options) *Replay {
	t.Helper()
	r, err := tr.Replay(o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestColumns(t *testing.T) {
	tr := readTrace(t, smoke)
	if got := tr.Skipped(); !slices.Equal(got, []string{"rain_mm"}) {
		t.Errorf("skipped %v", got)
	}
	if got := len(tr.Used()); got != 6 {
		t.Errorf("used %v", tr.Used())
	}
	want := []Chip{{A02YYUW, ""}, {BME280, ""}, {PMS5003, ""}, {PMS5003, "b"}}
	if got := tr.Chips(); !slices.Equal(got, want) {
		t.Errorf("chips %v, want %v", got, want)
	}
	if low, high, ok := tr.LevelSpan(); low != 1.5 || high != 9.9 || !ok {
		t.Errorf("level from %v to %v, %v", low, high, ok)
	}
	if tr.Step() != 10*time.Minute {
		t.Errorf("step %v", tr.Step())
	}
}

func TestRowsHoldAndGapsAreSilent(t *testing.T) {
	tr := readTrace(t, smoke)
	r := replay(t, tr, Options{KeepTime: true})
	first, second := r.Source(""), r.Source("b")
	level := func(at time.Time) float64 {
		if v, ok := first.Level(at); ok {
			return v
		}
		return math.NaN()
	}
	pm := func(s Source) func(time.Time) float64 {
		return func(at time.Time) float64 {
			if v, ok := s.Air(at); ok {
				return v.Atmospheric.PM2_5
			}
			return math.NaN()
		}
	}
	warm := func(at time.Time) float64 {
		if v, ok := first.Weather(at); ok {
			return v.Temperature
		}
		return math.NaN()
	}
	silent := math.NaN()
	for _, tc := range []struct {
		minute                     float64
		level, air, second, warmth float64
	}{
		{-0.01, silent, silent, silent, silent}, // before the first row
		{0, 1.5, 10, 11, 20},
		{9.99, 1.5, 10, 11, 20},
		{10, 1.6, silent, 12, 21},    // an empty cell
		{20, silent, 30, 13, silent}, // others
		{29.99, silent, 30, 13, silent},
		{30, silent, silent, silent, silent}, // rows too far apart
		{119.99, silent, silent, silent, silent},
		{120, 9.9, 40, 14, 23},
		{129.99, 9.9, 40, 14, 23},
		{130, silent, silent, silent, silent}, // after the last
	} {
		at := tr.First().Add(time.Duration(tc.minute * float64(time.Minute)))
		for _, v := range []struct {
			what string
			get  func(time.Time) float64
			want float64
		}{{"level", level, tc.level}, {"air", pm(first), tc.air}, {"air b", pm(second), tc.second}, {"warmth", warm, tc.warmth}} {
			if got := v.get(at); got != v.want && !(math.IsNaN(got) && math.IsNaN(v.want)) {
				t.Errorf("minute %v: %s is %v, want %v", tc.minute, v.what, got, v.want)
			}
		}
	}
	if air, _ := first.Air(tr.Last()); air.CF1.PM2_5 != 60 || air.Atmospheric.PM1 != 28 || air.Atmospheric.PM10 != 48 {
		t.Errorf("air %+v", air)
	}
	if w, _ := first.Weather(tr.Last()); w.Pressure != 1013.25 || w.Humidity != 53 {
		t.Errorf("weather %+v", w)
	}
	if _, ok := second.Level(tr.First()); ok {
		t.Error("a second unit has a level")
	}
}

func TestReplayTimes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tr := readTrace(t, smoke)
		now := time.Now().UTC()

		r := replay(t, tr, Options{Speed: 120})
		if got, want := r.Clock().Now(), now.Add(-2*time.Hour-10*time.Minute); !got.Equal(want) {
			t.Errorf("it begins at %v, want two hours and a step ago, %v", got, want)
		}
		if got := r.End(); !got.Equal(now) {
			t.Errorf("it ends at %v, want now, %v", got, now)
		}
		time.Sleep(time.Minute) // the whole trace, up to its last row
		if v, ok := r.Source("").Level(r.Clock().Now()); v != 9.9 || !ok || !r.Clock().Now().Equal(now.Add(-10*time.Minute)) {
			t.Errorf("after the whole trace it is %v, level %v", r.Clock().Now(), v)
		}

		r = replay(t, tr, Options{KeepTime: true})
		time.Sleep(time.Minute)
		if got := r.Clock().Now(); !got.Equal(tr.First().Add(time.Minute)) {
			t.Errorf("with its own times a minute after the start it is %v", got)
		}

		end := time.Date(2026, 8, 17, 3, 0, 0, 0, time.UTC)
		r = replay(t, tr, Options{EndsAt: end})
		if v, ok := r.Source("").Level(end.Add(-time.Nanosecond)); v != 9.9 || !ok || !r.End().Equal(end) {
			t.Errorf("just before %v, where it ends, the level is %v", r.End(), v)
		}
		if _, err := tr.Replay(Options{Speed: 0.1}); err == nil {
			t.Error("speed 0.1 was accepted")
		}
	})
}

func TestBadTraces(t *testing.T) {
	for _, tc := range []struct {
		name, text string
		line       int
		reason     string
	}{
		{"empty", "", 1, "no header"},
		{"no time", "when,level_m\n", 1, "first column"},
		{"nothing to show", "time,rain_mm\n", 1, "no column"},
		{"speed alone", "time,speed_kmh\n", 1, "no column"},
		{"twice", "time,level_m,level_m\n", 1, "twice"},
		{"one row", "time,level_m\n2023-06-06T00:00:00Z,1\n", 2, "at least two"},
		{"bad time", "time,level_m\n2023-06-06T00:00:00Z,1\nyesterday,1\n", 3, "RFC 3339"},
		{"not later", "time,level_m\n2023-06-06T00:00:00Z,1\n2023-06-06T00:00:00Z,1\n", 3, "not after"},
		{"not a number", "time,level_m\n2023-06-06T00:00:00Z,high\n", 2, "not a number"},
		{"not finite", "time,level_m\n2023-06-06T00:00:00Z,NaN\n", 2, "not a number"},
		{"too many cells", "time,level_m\n2023-06-06T00:00:00Z,1,2\n", 2, "fields"},
		{"quotes", "time,level_m\n\"2023,1\n", 2, "quote"},
		{"too many columns", "time" + strings.Repeat(",x", 200) + "\n", 1, "columns"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			_, err := ReadTrace(strings.NewReader(tc.text))
			var bad *TraceError
			if !errors.As(err, &bad) {
				t.Fatalf("got %v", err)
			}
			if bad.Line != tc.line || !strings.Contains(bad.Reason, tc.reason) {
				t.Errorf("got line %d: %s, want line %d and %q", bad.Line, bad.Reason, tc.line, tc.reason)
			}
		})
	}
}

func FuzzReadTrace(f *testing.F) {
	f.Add(smoke)
	f.Add(road)
	f.Fuzz(func(t *testing.T, text string) {
		tr, err := ReadTrace(strings.NewReader(text))
		if err != nil {
			return
		}
		r := replay(t, tr, Options{KeepTime: true})
		for _, c := range tr.Chips() {
			s := r.Source(c.Unit)
			at := tr.First().Add(tr.Step() / 2)
			s.Air(at)
			s.Weather(at)
			s.Level(at)
			for _, p := range s.Passages(at, at.Add(time.Second)) {
				if p.At.Before(at) || !p.At.Before(at.Add(time.Second)) {
					t.Fatalf("asked for the second from %v, got %v", at, p.At)
				}
			}
		}
	})
}
