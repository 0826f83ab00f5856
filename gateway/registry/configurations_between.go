package registry

import (
	"context"
	"fmt"
	"time"

	"github.com/siaga-id/siaga/internal/reading"
	"github.com/siaga-id/siaga/internal/wire"
)

// ConfigurationChange is that a version of a node's configuration was made, without
// what is in it or who made it.
type ConfigurationChange struct {
	Node    reading.NodeID
	Version uint64
	Origin  wire.ConfigOrigin
	Reason  string
	State   wire.ConfigState
	// Time is when it was made; when the center heard of it where the node did not
	// know.
	Time time.Time
}

// ConfigurationsBetween returns the versions of all nodes' configurations that were
// made from from until to, the newest first, at most limit.
func (r *Registry) ConfigurationsBetween(ctx context.Context, from, to time.Time, limit int) ([]ConfigurationChange, error) {
	rows, err := r.read.QueryContext(ctx, `SELECT node, version, origin, reason, state, CASE time WHEN 0 THEN known ELSE time END AS made
		FROM configurations WHERE made >= ? AND made < ? ORDER BY made DESC, node, version LIMIT ?`, ms(from), ms(to), limit)
	if err != nil {
		return nil, fmt.Errorf("list configurations: %w", err)
	}
	defer rows.Close()
	var all []ConfigurationChange
	for rows.Next() {
		var c ConfigurationChange
		var made int64
		if err := rows.Scan(&c.Node, &c.Version, &c.Origin, &c.Reason, &c.State, &made); err != nil {
			return nil, fmt.Errorf("list configurations: %w", err)
		}
		c.Time = at(made)
		all = append(all, c)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("list configurations: %w", err)
	}
	return all, nil
}
