package index

import (
	"testing"
	"time"

	"github.com/siaga-id/siaga/gateway/registry"
)

func steps() *registry.LevelSet {
	return &registry.LevelSet{
		Sensor: "sungai-1", Quantity: "level", ValidFrom: at(-1000), Invented: true,
		Levels: []registry.Level{
			{Rank: 0, Name: "Normal", Colour: "#2e9e5b"},
			{Rank: 1, Name: "Siaga III", Colour: "#f2c200", Rising: 115, Falling: 105},
			{Rank: 2, Name: "Siaga II", Colour: "#f07c00", Rising: 180, Falling: 170},
			{Rank: 3, Name: "Siaga I", Colour: "#d7191c", Rising: 240, Falling: 175},
		},
	}
}

func TestRank(t *testing.T) {
	for _, tc := range []struct {
		was    int
		m      float64
		rank   int
		margin float64
	}{
		{0, 0.5, 0, 65},
		{0, 1.1499, 1, 65}, // to the millimetre
		{0, 1.149, 0, 0.1},
		{0, 1.15, 1, 65}, // 1.15*100 is below 115
		{1, 1.051, 1, 74.9},
		{1, 1.05, 1, 75}, // left below, not at
		{1, 1.049, 0, 10.1},
		{0, 1.06, 0, 9}, // from below, not yet entered
		{1, 1.8, 2, 60},
		{2, 1.7, 2, 70},
		{2, 1.69, 1, 11},
		{0, 2.4, 3, 0}, // several at once
		{3, 2.39, 3, 1},
		{3, 2.75, 3, -35}, // above the highest
		{3, 1.75, 3, 65},
		{3, 1.74, 2, 66}, // its own hysteresis, then the one below
		{3, 1.69, 1, 11},
		{3, 0, 0, 115}, // several at once
		{0, -2, 0, 315},
		{9, 1.2, 1, 60}, // a rank that there is no more
	} {
		set := steps()
		cm := centimetres(tc.m)
		rank := rankOf(set, tc.was, cm)
		if margin := marginOf(set, rank, cm); rank != tc.rank || margin != tc.margin {
			t.Errorf("%v m after rank %d: rank %d, margin %v, want %d, %v", tc.m, tc.was, rank, margin, tc.rank, tc.margin)
		}
		if again := rankOf(set, rank, cm); again != rank {
			t.Errorf("%v m: rank %d, and the same again gives %d", tc.m, rank, again)
		}
	}
}

func TestLevelsAt(t *testing.T) {
	old, now, next := *steps(), *steps(), *steps()
	now.ValidFrom, next.ValidFrom = at(0), at(10)
	discharge, other, empty := *steps(), *steps(), *steps()
	discharge.Quantity, discharge.ValidFrom = "discharge", at(1)
	other.Sensor, other.ValidFrom = "sungai-2", at(1)
	empty.Levels, empty.ValidFrom = nil, at(1)
	a := &registry.Asset{Levels: []registry.LevelSet{next, now, old, discharge, other, empty}}
	for _, tc := range []struct {
		at   time.Time
		want time.Time
	}{
		{at(-1001), time.Time{}},
		{at(-1), at(-1000)},
		{at(0), at(0)}, // from the very time
		{at(5), at(0)},
		{at(10), at(10)},
	} {
		got := levelsAt(a, "sungai-1", tc.at)
		if (got == nil) != tc.want.IsZero() || got != nil && !got.ValidFrom.Equal(tc.want) {
			t.Errorf("at %v: %+v, want those from %v", tc.at, got, tc.want)
		}
	}
}

func TestRise(t *testing.T) {
	for _, tc := range []struct {
		name   string
		levels map[int64]float64 // m, by minute
		over   int64
		want   float64
		ok     bool
	}{
		{"exactly then", map[int64]float64{100: 2.005, 85: 1.5}, 15, 50.5, true},
		{"falling", map[int64]float64{100: 1, 40: 1.25}, 60, -25, true},
		{"between two", map[int64]float64{100: 2, 86: 1.4, 83: 1.1}, 15, 70, true},
		{"nothing before", map[int64]float64{100: 2, 86: 1.4}, 15, 0, false},
		{"a hole around it", map[int64]float64{100: 2, 88: 1.4, 82: 1}, 15, 0, false},
		{"just no hole", map[int64]float64{100: 2, 87: 1.5, 82: 1}, 15, 70, true},
		{"only now", map[int64]float64{100: 2}, 60, 0, false},
		{"the minute that took its place in the ring", map[int64]float64{100: 2, 100 - 15 - heldMinutes: 1}, 15, 0, false},
	} {
		g := new(gauge)
		for _, m := range []int64{100 - 15 - heldMinutes, 40, 82, 83, 85, 86, 87, 88, 100} {
			if v, ok := tc.levels[m]; ok {
				g.put(water{minute: m, m: v})
			}
		}
		now, ok := g.newest(101, 3)
		if !ok {
			t.Fatal("no level now")
		}
		if got, ok := g.rise(now, tc.over, maxBetween); got != tc.want || ok != tc.ok {
			t.Errorf("%s: %v, %v, want %v, %v", tc.name, got, ok, tc.want, tc.ok)
		}
	}
	g := new(gauge)
	g.put(water{minute: 97, m: 2})
	if _, ok := g.newest(101, 3); ok {
		t.Error("a level of four minutes ago is taken for one of now")
	}
	if _, ok := g.newest(100, 3); !ok {
		t.Error("a level of three minutes ago is not taken")
	}
}
