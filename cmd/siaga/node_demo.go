package main

import (
	"math"
	"time"

	"github.com/siaga-id/siaga/firmware-sim/world"
	"github.com/siaga-id/siaga/gateway/registry"
	"github.com/siaga-id/siaga/internal/reading"
)

// demoRivers are those that are really there, from the source, where the villages'
// gauges may stand for them: the dams of Wlingi (Jegu) and Lodoyo (Gogodeso), and
// two channels of Kelud's lahars.
var demoRivers = map[reading.NodeID]struct {
	name  string
	order int
}{
	"jegu-01":       {"Kali Brantas", 1},
	"gogodeso-01":   {"Kali Brantas", 2},
	"karangrejo-01": {"Kali Putih", 1},
	"krisik-01":     {"Kali Lekso", 1},
}

// demoLevels are what a demonstration's gauges show as levels, in cm above the
// river's usual state. Nobody decreed them, and they say so.
var demoLevels = []struct {
	name, colour string
	above        float64
}{
	{"Normal", "#2e9e5b", 0},
	{"Siaga III", "#f2c200", 60},
	{"Siaga II", "#f07c00", 120},
	{"Siaga I", "#d7191c", 180},
}

// hysteresis is how far below its beginning a demonstration's level ends, in cm.
const hysteresis = 10

// levels are those of the gauges of this process's villages.
func levels(villages int) map[reading.NodeID][]registry.LevelSet {
	all := map[reading.NodeID][]registry.LevelSet{}
	for i := range villages {
		v := world.VillageAt(i)
		set := registry.LevelSet{
			Sensor: "sungai-1", Quantity: reading.Level.Info().Name, Invented: true,
			ValidFrom: time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC),
		}
		usual := math.Round(v.River.BaseM * 100)
		for rank, l := range demoLevels {
			step := registry.Level{Rank: rank, Name: l.name, Colour: l.colour}
			if rank > 0 {
				step.Rising, step.Falling = usual+l.above, usual+l.above-hysteresis
			}
			set.Levels = append(set.Levels, step)
		}
		all[v.Node] = []registry.LevelSet{set}
	}
	return all
}
