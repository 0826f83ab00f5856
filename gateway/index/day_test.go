package index

import (
	"math"
	"testing"
	"time"

	"github.com/siaga-id/siaga/gateway/registry"
	"github.com/siaga-id/siaga/internal/reading"
)

func configured(every time.Duration, quantities ...string) *registry.Interval {
	return &registry.Interval{Sensor: "pm-1", Every: every, Quantities: quantities}
}

type got = map[reading.Quantity]rolled

func good(mean, count float64) rolled { return rolled{mean: mean, min: mean, max: mean, count: count} }

func TestISPUOfADay(t *testing.T) {
	const end = 1024
	both := []reading.Quantity{reading.PM2_5, reading.PM10}
	for _, tc := range []struct {
		name     string
		hours    func(h int64) (*registry.Interval, got) // of hours 1000 to 1023
		index    float64
		decides  reading.Quantity
		ok       bool
		share    float64 // of the one that decides
		complete float64 // of all quantities
		cor      bool
	}{
		{"nothing", func(int64) (*registry.Interval, got) { return configured(time.Minute, "pm2_5", "pm10"), nil }, 0, 0, false, 0, 0, false},
		{"a whole day", func(int64) (*registry.Interval, got) {
			return configured(time.Minute, "pm2_5", "pm10"), got{reading.PM2_5: good(40, 60), reading.PM10: good(120, 60)}
		}, 85, reading.PM10, true, 1, 1, false},
		{"18 of 24 hours", func(h int64) (*registry.Interval, got) {
			if h < 1006 {
				return configured(time.Minute, "pm2_5"), nil
			}
			return configured(time.Minute, "pm2_5"), got{reading.PM2_5: good(40, 60)}
		}, 81, reading.PM2_5, true, 0.75, 0.75, false},
		{"74.9 %", func(h int64) (*registry.Interval, got) {
			if h < 1006 {
				return configured(time.Minute, "pm2_5"), nil
			}
			if h == 1006 {
				return configured(time.Minute, "pm2_5"), got{reading.PM2_5: good(40, 60*0.976)}
			}
			return configured(time.Minute, "pm2_5"), got{reading.PM2_5: good(40, 60)}
		}, 0, 0, false, 0.749, 0.749, false},
		{"three quarters of each hour", func(int64) (*registry.Interval, got) {
			return configured(time.Second, "pm2_5"), got{reading.PM2_5: good(40, 2700)}
		}, 81, reading.PM2_5, true, 0.75, 0.75, false},
		{"one reading less", func(int64) (*registry.Interval, got) {
			return configured(time.Second, "pm2_5"), got{reading.PM2_5: good(40, 2699)}
		}, 0, 0, false, 0.7497, 0.7497, false},
		{"no hour makes up for another", func(h int64) (*registry.Interval, got) {
			if h%2 == 0 {
				return configured(time.Minute, "pm2_5"), nil
			}
			return configured(time.Minute, "pm2_5"), got{reading.PM2_5: good(40, 600)}
		}, 0, 0, false, 0.5, 0.5, false},
		{"the incomplete parameter does not count, though higher", func(h int64) (*registry.Interval, got) {
			f := got{reading.PM2_5: good(40, 60)}
			if h < 1012 {
				f[reading.PM10] = good(500, 60)
			}
			return configured(time.Minute, "pm2_5", "pm10"), f
		}, 81, reading.PM2_5, true, 1, 0.75, false},
		{"withheld: the most complete is told of", func(h int64) (*registry.Interval, got) {
			f := got{}
			if h < 1012 {
				f[reading.PM10] = good(500, 60)
			}
			if h < 1003 {
				f[reading.PM2_5] = good(500, 60)
			}
			return configured(time.Minute, "pm2_5", "pm10"), f
		}, 0, 0, false, 0.5, 0.3125, false},
		{"hours count alike, however often they were measured", func(h int64) (*registry.Interval, got) {
			if h < 1012 {
				return configured(time.Minute, "pm2_5"), got{reading.PM2_5: good(10, 60)}
			}
			return configured(time.Second, "pm2_5"), got{reading.PM2_5: good(70, 3600)}
		}, 81, reading.PM2_5, true, 1, 1, false},
		{"an hour of few readings counts little", func(h int64) (*registry.Interval, got) {
			if h == 1000 {
				return configured(time.Minute, "pm2_5"), got{reading.PM2_5: good(500, 1)}
			}
			return configured(time.Minute, "pm2_5"), got{reading.PM2_5: good(40, 60)}
		}, 81, reading.PM2_5, true, 23.0/24 + 1.0/1440, 23.0/24 + 1.0/1440, false},
		{"corrected values take the place of raw ones", func(int64) (*registry.Interval, got) {
			return configured(time.Minute, "pm2_5", "pm2_5_cor"), got{reading.PM2_5: good(300, 60), reading.PM2_5.Corrected(): good(40, 60)}
		}, 81, reading.PM2_5, true, 1, 1, true},
		{"a quantity of a newer node", func(int64) (*registry.Interval, got) {
			return configured(time.Minute, "pm2_5", "radon"), got{reading.PM2_5: good(40, 60)}
		}, 81, reading.PM2_5, true, 1, 1, false},
	} {
		d := new(day)
		for h := int64(990); h < 1000; h++ { // of another day
			d.put(h, configured(time.Minute, "pm2_5", "pm10"), got{reading.PM2_5: good(900, 60), reading.PM10: good(900, 60)})
		}
		for h := int64(1000); h < end; h++ {
			in, f := tc.hours(h)
			d.put(h, in, f)
		}
		a := d.ispuOf(both, end, 500)
		if a.index != tc.index || a.ok != tc.ok || tc.ok && a.decides != tc.decides {
			t.Errorf("%s: %v, %v, %v, want %v, %v, %v", tc.name, a.index, a.decides, a.ok, tc.index, tc.decides, tc.ok)
		}
		if math.Abs(a.share-tc.share) > 1e-4 || a.corrected != tc.cor {
			t.Errorf("%s: %v complete, corrected %v, want %v, %v", tc.name, a.share, a.corrected, tc.share, tc.cor)
		}
		if c := over24(&d.all, end).share; math.Abs(c-tc.complete) > 1e-4 {
			t.Errorf("%s: all quantities are %v complete, want %v", tc.name, c, tc.complete)
		}
	}
}

// What is withheld does not read 75 %, what is told of does.
func TestPercent(t *testing.T) {
	for _, tc := range []struct{ share, want float64 }{
		{0.75, 75}, {0.7499999, 74.9}, {0.749, 74.9}, {1, 100}, {0, 0}, {0.1 + 0.2 + 0.45, 75},
	} {
		if got := percent(tc.share); got != tc.want {
			t.Errorf("%v: %v, want %v", tc.share, got, tc.want)
		}
	}
}

func TestIntervalAt(t *testing.T) {
	of := []registry.Interval{
		{Sensor: "aa", Since: at(0), Every: 1},
		{Sensor: "aa", Since: at(5), Every: 2},
		{Sensor: "bb", Since: at(1), Every: 3},
	}
	for _, tc := range []struct {
		sensor reading.SensorID
		at     float64
		want   time.Duration
	}{{"aa", -3, 1}, {"aa", 0, 1}, {"aa", 4.9, 1}, {"aa", 5, 2}, {"aa", 9, 2}, {"bb", 0, 3}, {"bb", 9, 3}} {
		if got := intervalAt(of, tc.sensor, at(tc.at)); got == nil || got.Every != tc.want {
			t.Errorf("%s at %v: %+v, want %v", tc.sensor, tc.at, got, tc.want)
		}
	}
	if intervalAt(of, "cc", at(0)) != nil {
		t.Error("a sensor that nobody told of has an interval")
	}
}

// A sensor whose site changed within an hour has two series.
func TestRollUpsAreJoined(t *testing.T) {
	if got := (rolled{10, 5, 20, 30}).with(rolled{40, 1, 50, 10}); got != (rolled{17.5, 1, 50, 40}) {
		t.Errorf("joined: %+v", got)
	}
	if got := (rolled{}).with(good(3, 2)); got != good(3, 2) {
		t.Errorf("joined with nothing: %+v", got)
	}
}
