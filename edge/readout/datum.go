package readout

import (
	"maps"

	"github.com/siaga-id/siaga/edge"
	"github.com/siaga-id/siaga/internal/reading"
)

// datumKey is the option of the chips that look down at water.
const datumKey = "datum_m"

// withDatum returns sc with the datum that was measured for the sensor, where
// there is one and its chip takes it: like the agent, it reads a chip that has
// come in the place of one that did, and nobody said so, without. sc's own options
// stay as they are.
func withDatum(sc edge.SensorConfig, store Store) edge.SensorConfig {
	m, ok := store.Datum(reading.SensorID(sc.ID))
	if !ok {
		return sc
	}
	options := maps.Clone(sc.Options)
	if options == nil {
		options = map[string]any{}
	}
	options[datumKey] = m
	with := sc
	with.Options = options
	if _, _, err := with.Chip(); err != nil {
		return sc
	}
	return with
}
