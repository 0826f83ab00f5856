package registry

import (
	"context"
	"fmt"
	"time"

	"github.com/siaga-id/siaga/internal/reading"
)

// NodeGap is a gap and whose it is.
type NodeGap struct {
	Node reading.NodeID
	Gap
}

// GapsBetween returns the gaps of all nodes, as Gaps has them, of which a part may
// lie from from until to: a gap with a bound that is not known may reach that far. They
// come by node, epoch and number.
func (r *Registry) GapsBetween(ctx context.Context, from, to time.Time) ([]NodeGap, error) {
	rows, err := r.read.QueryContext(ctx, `SELECT `+gapColumns+` FROM open_ranges
		ORDER BY node, epoch, lo`)
	if err != nil {
		return nil, fmt.Errorf("list gaps: %w", err)
	}
	defer rows.Close()
	grace := r.opt.Now().Add(-gapGrace)
	var all []NodeGap
	var node reading.NodeID
	var open []Gap // of node
	settle := func() {
		bracket(open)
		for _, g := range open {
			if g.known(grace) && (g.Before.IsZero() || g.Before.After(from)) && g.After.Before(to) {
				all = append(all, NodeGap{node, g})
			}
		}
		open = open[:0]
	}
	for rows.Next() {
		var of reading.NodeID
		g, err := scanGap(rows, &of)
		if err != nil {
			return nil, fmt.Errorf("list gaps: %w", err)
		}
		if of != node {
			settle()
			node = of
		}
		open = append(open, g)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("list gaps: %w", err)
	}
	settle()
	return all, nil
}
