package registry

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"github.com/siaga-id/siaga/internal/reading"
)

// gapGrace is how long packs may be on their way before they count as a gap: a
// node's state always names the packs that it has just sent.
const gapGrace = 30 * time.Second

// Gap is a run of a node's packs that are not stored.
type Gap struct {
	Epoch    string
	From, To uint64 // both included
	State    GapState
	// Reason tells a person why, where somebody said so; Said is "node" or who
	// declared the packs lost.
	Reason, Said string
	Since        time.Time
	// Merged is true where there were too many gaps, so that some of these packs
	// are stored.
	Merged bool
}

// Gaps returns the gaps of a node, by epoch and number: packs that are lost, and
// packs that have been missing or waiting for more than half a minute.
func (r *Registry) Gaps(ctx context.Context, node reading.NodeID) ([]Gap, error) {
	rows, err := r.read.QueryContext(ctx, `SELECT epoch, lo, hi, state, reason, said, since, merged FROM open_ranges
		WHERE node = ?1 AND (state = ?2 OR state IN (?3, ?4) AND since <= ?5) ORDER BY epoch, lo`,
		node, Lost, Missing, Waiting, ms(r.opt.Now().Add(-gapGrace)))
	if err != nil {
		return nil, fmt.Errorf("list gaps: %w", err)
	}
	defer rows.Close()
	var gaps []Gap
	for rows.Next() {
		var g Gap
		var since int64
		if err := rows.Scan(&g.Epoch, &g.From, &g.To, &g.State, &g.Reason, &g.Said, &since, &g.Merged); err != nil {
			return nil, fmt.Errorf("list gaps: %w", err)
		}
		g.Since = at(since)
		gaps = append(gaps, g)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("list gaps: %w", err)
	}
	return gaps, nil
}

// OpenGaps returns how many gaps of all nodes may still close: those that are
// not lost.
func (r *Registry) OpenGaps(ctx context.Context) (int, error) {
	var n int
	if err := r.read.QueryRowContext(ctx, `SELECT COUNT(*) FROM open_ranges WHERE state IN (?, ?) AND since <= ?`,
		Missing, Waiting, ms(r.opt.Now().Add(-gapGrace))).Scan(&n); err != nil {
		return 0, fmt.Errorf("count gaps: %w", err)
	}
	return n, nil
}

// DeclareLost notes those of a node's packs from to to, both included, that are
// not stored as lost, because who says so: a dead card, a dead ingester's disk.
// Packs that still come, or that the node says it has, open the gap again.
func (r *Registry) DeclareLost(ctx context.Context, node reading.NodeID, epoch string, from, to uint64, who, reason string) error {
	now := ms(r.opt.Now())
	err := r.update(ctx, func(tx *sql.Tx) error {
		l, err := load(ctx, tx, epochKey{node, epoch})
		if err != nil {
			return err
		}
		if !l.known {
			return fmt.Errorf("node %s, epoch %q: %w", node, epoch, ErrNotFound)
		}
		l.declare(from, to, reason, who, now)
		return l.save(ctx, tx, now)
	})
	if err != nil {
		return fmt.Errorf("declare packs lost: %w", err)
	}
	return nil
}
