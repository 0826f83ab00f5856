package api

import (
	"context"
	"fmt"

	"github.com/siaga-id/siaga/gateway/live"
	"github.com/siaga-id/siaga/internal/reading"
)

// Stored is a Querier that says of what it has readings.
type Stored interface {
	Querier
	// Quantities returns the quantities, corrected ones too, that readings are
	// stored of. It must end when ctx does.
	Quantities(ctx context.Context) ([]reading.Quantity, error)
}

// LoadLatest returns the newest stored reading of every series of the last 30
// days, for the live hub to begin with. Only what is stored at all is asked for:
// there are many more quantities than sensors, and each has a corrected twin.
// simulated says which nodes are. Series whose tags name no node or sensor are
// left out: nobody could ask for them.
func LoadLatest(ctx context.Context, from Stored, simulated func(reading.NodeID) bool) ([]live.Reading, error) {
	stored, err := from.Quantities(ctx)
	if err != nil {
		return nil, fmt.Errorf("load stored quantities: %w", err)
	}
	var all []live.Reading
	for _, q := range stored {
		in := q.Info()
		// A field beside a selector is that of the same point.
		found, err := from.Query(ctx, fmt.Sprintf(
			`SELECT last("%[1]s") AS "value", "%[1]s_qc" AS "qc" FROM "%[2]s" WHERE time > now() - 30d GROUP BY "node", "sensor"`, in.Name, in.Domain))
		if err != nil {
			return nil, fmt.Errorf("load latest %s: %w", in.Name, err)
		}
		for _, f := range found {
			node, sensor := f.Tags["node"], f.Tags["sensor"]
			if !reading.ValidID(node) || !reading.ValidID(sensor) {
				continue
			}
			for _, row := range f.Values {
				if len(row) != 3 || row[0] == nil || row[1] == nil {
					continue
				}
				all = append(all, live.Reading{
					Node: reading.NodeID(node),
					Reading: reading.Reading{
						Sensor: reading.SensorID(sensor), Quantity: q,
						TimeMS: int64(*row[0]), Value: *row[1], Quality: quality(row[2]),
					},
					Sim: simulated(reading.NodeID(node)),
				})
			}
		}
	}
	return all, nil
}
