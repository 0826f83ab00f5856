package calibration

import (
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/siaga-id/siaga/edge/driver"
	"github.com/siaga-id/siaga/internal/reading"
)

func value(q reading.Quantity, v float64, quality reading.Quality) driver.Value {
	return driver.Value{Quantity: q, Value: v, Quality: quality}
}

func TestApply(t *testing.T) {
	const ne, suspect, bad, missing = reading.NotEvaluated, reading.Suspect, reading.Bad, reading.Missing
	level, levelCor := reading.Level, reading.Level.Corrected()
	for _, tc := range []struct {
		name string
		in   []driver.Value
		want []driver.Value // behind the raw ones
	}{
		{"corrected", []driver.Value{value(level, 1.8, ne)}, []driver.Value{value(levelCor, 1.84, ne)}},
		{"rounded", []driver.Value{value(level, 0.1234567, ne)}, []driver.Value{value(levelCor, 0.163, ne)}},
		{"not evaluated", []driver.Value{value(level, 1.8, 0)}, []driver.Value{value(levelCor, 1.84, ne)}},
		{"neighbours", []driver.Value{value(reading.CO2, 400, ne), value(level, 1, ne), value(reading.Temperature, 30, ne)}, []driver.Value{value(levelCor, 1.04, ne), value(reading.Temperature.Corrected(), 29, ne)}},
		{"suspect", []driver.Value{value(level, 1.8, suspect)}, []driver.Value{value(levelCor, 1.84, suspect)}},
		{"bad", []driver.Value{value(level, 1.8, bad)}, []driver.Value{value(levelCor, 1.84, bad)}},
		{"missing", []driver.Value{value(level, 1.8, missing)}, []driver.Value{value(levelCor, 1.84, missing)}},
		{"out of limits afterwards", []driver.Value{value(level, 29.99, ne)}, []driver.Value{value(levelCor, 30.03, suspect)}},
		{"within limits afterwards", []driver.Value{value(level, -5.02, suspect)}, []driver.Value{value(levelCor, -4.98, ne)}},
		{"bad and out of limits before", []driver.Value{value(level, -5.02, bad)}, []driver.Value{value(levelCor, -4.98, bad)}},
		{"beyond the valid range", []driver.Value{value(reading.Temperature, 41, ne)}, []driver.Value{value(reading.Temperature.Corrected(), 40, suspect)}},
		{"no number", []driver.Value{value(level, nan, ne)}, nil},
		{"nothing to correct", []driver.Value{value(reading.CO2, 400, ne)}, nil},
		{"nothing", nil, nil},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := opened(t)
			set(t, s, offset("air-1", level, 0.04))
			warm := offset("air-1", reading.Temperature, -1)
			warm.Valid = &[2]float64{10, 40}
			set(t, s, warm)
			got := s.Apply("air-1", slices.Clone(tc.in))
			if diff := cmp.Diff(append(slices.Clone(tc.in), tc.want...), got, equalNaN); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestApplyHumidity(t *testing.T) {
	var now time.Duration
	s := opened(t)
	s.UseClock(func() time.Duration { return now })
	set(t, s, Correction{
		Sensor: "pm-1", Quantity: reading.PM2_5, Kind: Humidity,
		Humidity: &HumidityModel{Name: "epa-2021", Sensor: "bme-1"}, Author: "sari", Reason: "fog",
	})
	pm := func(v, cf1 float64, more ...driver.Value) []driver.Value {
		return append([]driver.Value{driver.Measured(reading.PM2_5, v), driver.Measured(reading.PM2_5CF1, cf1)}, more...)
	}
	rh := func(v float64) driver.Value { return driver.Measured(reading.Humidity, v) }
	want := func(name string, in []driver.Value, value float64, quality reading.Quality) {
		t.Helper()
		got := s.Apply("pm-1", in)[len(in):]
		if len(got) != 1 || got[0].Quantity != reading.PM2_5.Corrected() || got[0].Value != value || got[0].Quality != quality {
			t.Errorf("%s: %+v", name, got)
		}
	}
	none := func(name string, in []driver.Value) {
		t.Helper()
		if got := s.Apply("pm-1", in); len(got) != len(in) {
			t.Errorf("%s: %+v", name, got[len(in):])
		}
	}
	none("nothing heard yet", pm(20, 20))
	want("its own humidity", pm(15, 20, rh(50)), 11.9, reading.NotEvaluated)
	s.Apply("bme-1", []driver.Value{rh(100)})
	want("the other's", pm(15, 20), 7.6, reading.NotEvaluated)
	want("its own goes first", pm(15, 20, rh(50)), 11.9, reading.NotEvaluated)
	want("below 0 is kept", pm(0, 0), -2.9, reading.Suspect)
	want("beyond the model", pm(560, 600), 311.5, reading.Suspect)
	want("a bad humidity", pm(15, 20, value(reading.Humidity, 50, reading.Bad)), 11.9, reading.Bad)
	none("no CF=1", []driver.Value{driver.Measured(reading.PM2_5, 20), rh(50)})
	now += freshHumidity
	want("just fresh", pm(15, 20), 7.6, reading.NotEvaluated)
	now++
	none("too old", pm(15, 20))
	s.Apply("bme-2", []driver.Value{rh(50)})
	none("of a sensor that was not named", pm(15, 20))
}

func TestQuantitiesAreWhatAppliesAtEveryInterval(t *testing.T) {
	s := opened(t)
	set(t, s, Correction{Sensor: "air-1", Quantity: reading.Distance, Kind: Datum, DatumM: 4, Author: "sari", Reason: "tape"})
	set(t, s, offset("air-1", reading.Level, 1))
	set(t, s, offset("air-1", reading.CO2, 1))
	set(t, s, Correction{Sensor: "air-1", Quantity: reading.PM2_5, Kind: Humidity, Humidity: &HumidityModel{Name: "epa-2021"}, Author: "sari", Reason: "fog"})
	raw := []reading.Quantity{reading.Level, reading.Distance, reading.PM2_5, reading.PM2_5CF1}
	if got, want := s.Quantities("air-1", raw), []reading.Quantity{reading.Level.Corrected()}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	got := s.Quantities("air-1", append(raw, reading.Humidity))
	if want := []reading.Quantity{reading.PM2_5.Corrected(), reading.Level.Corrected()}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	if got := s.Quantities("air-2", raw); got != nil {
		t.Errorf("of a sensor without corrections: %v", got)
	}
}

// TestRawValuesAreNeverChanged applies every kind of correction to anything.
func TestRawValuesAreNeverChanged(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s, err := open("/data", newFakeDisk())
		if err != nil {
			t.Fatal(err)
		}
		for range rapid.IntRange(0, 4).Draw(t, "corrections") {
			c := anyCorrection().Draw(t, "c")
			c.Sensor = "air-1"
			if _, err := s.Set(c); err != nil && c.Kind != Datum {
				t.Fatal(err)
			}
		}
		in := rapid.SliceOfNDistinct(rapid.Custom(func(t *rapid.T) driver.Value {
			return driver.Value{
				Quantity: rapid.SampledFrom(reading.Quantities()).Draw(t, "q"),
				Value:    rapid.Float64().Draw(t, "v"),
				Quality:  rapid.SampledFrom([]reading.Quality{0, 1, 2, 3, 4, 9}).Draw(t, "quality"),
			}
		}), 0, 12, func(v driver.Value) reading.Quantity { return v.Quantity }).Draw(t, "values")
		out := s.Apply("air-1", slices.Clone(in))
		if diff := cmp.Diff(in, out[:len(in)], equalNaN); diff != "" {
			t.Fatalf("raw values changed:\n%s", diff)
		}
		for _, v := range out[len(in):] {
			i := slices.IndexFunc(in, func(raw driver.Value) bool { return raw.Quantity == v.Quantity.Raw() })
			if i < 0 || !v.Quantity.IsCorrected() || !finite(v.Value) || v.Value != v.Quantity.Round(v.Value) {
				t.Fatalf("%+v from %+v", v, in)
			}
			if q := in[i].Quality; (q == reading.Bad || q == reading.Missing) && v.Quality < q {
				t.Fatalf("quality %v from %v", v.Quality, q)
			}
			if v.Quantity.Check(v.Value) == reading.Suspect && v.Quality < reading.Suspect {
				t.Fatalf("%+v is outside its limits", v)
			}
		}
	})
}

func TestApplyAllocatesNothingWithoutCorrections(t *testing.T) {
	s := opened(t)
	set(t, s, offset("air-1", reading.Level, 1))
	values := []driver.Value{driver.Measured(reading.PM2_5, 12), driver.Measured(reading.Humidity, 80)}
	if n := testing.AllocsPerRun(100, func() { s.Apply("pm-1", values) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// TestApplyWhileOthersChange is for the race detector.
func TestApplyWhileOthersChange(t *testing.T) {
	s, err := open("/data", newFakeDisk())
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for _, id := range []reading.SensorID{"air-1", "pm-1", "bme-1"} {
		wg.Go(func() {
			for range 50 {
				in := []driver.Value{driver.Measured(reading.Level, 1), driver.Measured(reading.Humidity, 60)}
				if out := s.Apply(id, in); out[0].Value != 1 {
					t.Errorf("%+v", out)
				}
				s.History(id)
				s.Datum(id)
			}
		})
	}
	for i := range 20 {
		set(t, s, offset("air-1", reading.Level, float64(i)))
		set(t, s, Correction{
			Sensor: "pm-1", Quantity: reading.PM2_5, Kind: Humidity,
			Humidity: &HumidityModel{Name: "epa-2021", Sensor: "bme-1"}, Author: "sari", Reason: "fog",
		})
	}
	wg.Wait()
}
