package readout

import (
	"github.com/siaga-id/siaga/edge"
	"github.com/siaga-id/siaga/internal/reading"
)

// withDatum returns sc with the datum that was measured for the sensor, where
// there is one and its chip takes it: like the agent, it reads a chip that has
// come in the place of one that did, and nobody said so, without.
func withDatum(sc edge.SensorConfig, store Store) edge.SensorConfig {
	m, ok := store.Datum(reading.SensorID(sc.ID))
	if !ok {
		return sc
	}
	with, err := sc.WithDatum(m)
	if err != nil {
		return sc
	}
	return with
}
