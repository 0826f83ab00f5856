package world

import (
	"math"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

const road = `time,occupancy_pct,speed_kmh
2015-09-17T00:00:00Z,,120
2015-09-17T00:05:00Z,0,110
2015-09-17T00:10:00Z,8.5,131.97
2015-09-17T00:15:00Z,22.28,40
2015-09-17T00:20:00Z,5.56,133.58
2015-09-17T00:25:00Z,60,0
2015-09-17T00:30:00Z,100,20
2015-09-17T00:35:00Z,7,50
2015-09-17T03:00:00Z,7,50
`

func TestPassagesGiveOccupancyAndSpeed(t *testing.T) {
	tr := readTrace(t, road)
	s := replay(t, tr, Options{KeepTime: true}).Source("")
	for _, tc := range []struct {
		minute           float64
		occupancy, speed float64
	}{
		{0, 0, 0},
		{5, 0, 0},
		{10, 8.5, 131.97},
		{15, 22.28, 40},
		{20, 5.56, 133.58},
		{25, 60, 1},
		{35, 7, 50},
		{40, 0, 0}, // in the gap
		{180, 7, 50},
	} {
		from := tr.First().Add(time.Duration(tc.minute * float64(time.Minute)))
		passages := s.Passages(from, from.Add(5*time.Minute))
		blocked := 0.0
		for _, p := range passages {
			blocked += p.Blocks().Seconds()
			if p.SpeedKMH != tc.speed {
				t.Errorf("minute %v: speed %v, want %v", tc.minute, p.SpeedKMH, tc.speed)
			}
		}
		// At most one vehicle more or less than the row's share.
		one := 0.0
		if len(passages) > 0 {
			one = passages[0].Blocks().Seconds() / 300 * 100
		}
		if got := blocked / 300 * 100; math.Abs(got-tc.occupancy) > one {
			t.Errorf("minute %v: occupancy %.3f, want %v", tc.minute, got, tc.occupancy)
		}
	}
}

func TestReplayedPassagesDoNotDependOnTheQuestion(t *testing.T) {
	tr := readTrace(t, road)
	s := replay(t, tr, Options{}).Source("")
	r := replay(t, tr, Options{EndsAt: tr.Last()})
	rapid.Check(t, func(t *rapid.T) {
		at := tr.First().Add(time.Duration(rapid.Int64Range(0, int64(4*time.Hour)).Draw(t, "at")))
		cut := at.Add(time.Duration(rapid.Int64Range(0, int64(10*time.Minute)).Draw(t, "cut")))
		end := cut.Add(time.Duration(rapid.Int64Range(0, int64(10*time.Minute)).Draw(t, "end")))
		s := r.Source("")
		whole := s.Passages(at, end)
		if parts := append(s.Passages(at, cut), s.Passages(cut, end)...); !slices.Equal(whole, parts) {
			t.Fatalf("%d passages at once, %d in two parts", len(whole), len(parts))
		}
	})
	if s.Passages(tr.First(), tr.Last()) != nil {
		t.Error("a shifted trace has vehicles at its recorded time")
	}
}
