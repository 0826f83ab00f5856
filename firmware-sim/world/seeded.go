package world

// World is the invented world around one node. It holds no state that changes,
// so it may be used concurrently.
type World struct {
	village  Village
	rain     rain
	upstream rain

	warmth, damp, weight field // temperature, humidity, pressure
	haze, smoke, grain   field // air
	wave, road           field
	gas, sun             field
}

var _ Source = (*World)(nil)

// New returns the world around a village's node. Nodes of the same seed share
// their rainy days: a storm crosses the district, here more and there less.
func New(seed uint64, v Village) *World {
	own := func(name string) field { return newField(seed, string(v.Node), name) }
	days := newField(seed, "rain")
	return &World{
		village:  v,
		rain:     rain{days: days, share: own("rain")},
		upstream: rain{days: days, share: own("upstream")},
		warmth:   own("temperature"),
		damp:     own("humidity"),
		weight:   newField(seed, "pressure"),
		haze:     own("haze"),
		smoke:    own("smoke"),
		grain:    own("grain"),
		wave:     own("wave"),
		road:     own("road"),
		gas:      own("gas"),
		sun:      own("sun"),
	}
}
