//go:build linux

package main

import (
	"math"
	"time"

	"github.com/siaga-id/siaga/firmware-sim/world"
	"github.com/siaga-id/siaga/internal/reading"
	"github.com/siaga-id/siaga/internal/wire"
)

// village is where the readings are from.
var village = world.VillageAt(0)

// seed makes the invented world; begin a Monday in it.
const seed = 3505

var begin = time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)

// sample returns one reading of each of the twelve series at a time, the same as in
// the reference pack of internal/wire, as the chips resolve them: a PMS5003 counts whole µg/m³, an A02YYUW whole millimetres.
func sample(w world.Source, at time.Time) []reading.Reading {
	air, _ := w.Air(at)
	weather, _ := w.Weather(at)
	level, _ := w.Level(at)
	distance := math.Round(1000 * (world.DatumM - level))
	const window = 5 * time.Minute // on a quiet road nobody passes in 10 s
	var vehicles, speed, blocked float64
	for _, p := range w.Passages(at.Add(-window), at) {
		vehicles++
		speed += p.SpeedKMH
		blocked += p.Blocks().Seconds()
	}
	var all []reading.Reading
	for _, v := range []struct {
		sensor   reading.SensorID
		quantity reading.Quantity
		value    float64
	}{
		{"pm-1", reading.PM1, math.Round(air.Atmospheric.PM1)},
		{"pm-1", reading.PM2_5, math.Round(air.Atmospheric.PM2_5)},
		{"pm-1", reading.PM10, math.Round(air.Atmospheric.PM10)},
		{"bme-1", reading.Temperature, weather.Temperature},
		{"bme-1", reading.Humidity, weather.Humidity},
		{"bme-1", reading.Pressure, weather.Pressure},
		{"air-1", reading.Level, world.DatumM - distance/1000},
		{"air-1", reading.Distance, distance},
		{"beam-1", reading.Count, vehicles},
		{"beam-1", reading.Flow, vehicles * float64(time.Hour/window)},
		{"beam-1", reading.Speed, speed / max(vehicles, 1)},
		{"beam-1", reading.Occupancy, 100 * blocked / window.Seconds()},
	} {
		all = append(all, reading.Reading{
			Sensor: v.sensor, Quantity: v.quantity, TimeMS: at.UnixMilli(),
			Value: v.quantity.Round(v.value), Quality: reading.Good,
		})
	}
	return all
}

// pack returns a node's pack of that number, with so many samples of each series, a
// step apart, the first one at a time.
func pack(w world.Source, node reading.NodeID, seq uint64, first time.Time, samples int, step time.Duration) *wire.Pack {
	p := &wire.Pack{
		Node: node, Seq: 81_234 + seq, Epoch: "k3v9x0q2m7ab", Boot: "4f1c9a7e2b60",
		Clock: wire.Synced, ClockErrS: 0.01, Site: village.Site,
	}
	for i := range samples {
		p.Readings = append(p.Readings, sample(w, first.Add(time.Duration(i)*step))...)
	}
	p.SealedMS = first.Add(time.Duration(samples-1)*step).UnixMilli() + 137
	return p
}
