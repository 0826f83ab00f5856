package index

import (
	"strconv"
	"time"

	"github.com/siaga-id/siaga/gateway/registry"
	"github.com/siaga-id/siaga/internal/reading"
	"github.com/siaga-id/siaga/internal/wire"
)

// appendGauge appends what is known of a sensor that promises a level, or gives one.
func appendGauge(f *fields, g *gauge, promised bool, at *registry.Site, a *registry.Asset, s *wire.SensorState, minute time.Time) {
	every := (s.IntervalMS + 59_999) / 60_000
	now, known := g.newest(minute.Unix()/60, max(3*every, 3))
	if !known && !promised {
		return
	}
	f.yes("silent", !known)
	if at != nil && at.River != "" && at.RiverOrder > 0 {
		f.text("river", at.River)
		f.number("river_order", float64(at.RiverOrder))
	}
	if known {
		appendLevel(f, g, now, max(2*every, maxBetween), a, s.ID, minute)
	}
}

// appendLevel appends a level and what it means; between is in minutes, of rise.
func appendLevel(f *fields, g *gauge, now water, between int64, a *registry.Asset, sensor reading.SensorID, minute time.Time) {
	cm := centimetres(now.m)
	f.number("level_cm", cm)
	f.yes("doubt", now.suspect)
	f.yes("corrected", now.corrected)
	if rise, ok := g.rise(now, 15, between); ok {
		f.number("rise_15", rise)
	}
	if rise, ok := g.rise(now, 60, between); ok {
		f.number("rise", rise)
	}
	if a == nil {
		return
	}
	set := levelsAt(a, sensor, minute)
	if set == nil {
		return
	}
	g.rank = rankOf(set, g.rank, cm)
	f.number("rank", float64(g.rank))
	f.text("level_name", set.Levels[g.rank].Name)
	f.number("margin", marginOf(set, g.rank, cm))
	for r := 1; r < len(set.Levels); r++ {
		f.number("rising_"+strconv.Itoa(r), set.Levels[r].Rising)
	}
	f.yes("invented", set.Invented)
}
