package registry

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
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
	// declared lost packs lost.
	Reason, Said string
	Since        time.Time
	// Merged is true where there were too many gaps, so that some of these packs
	// are stored.
	Merged bool
	// After and Before are the times of the last reading that is stored before the
	// gap and of the first behind it, of the nearest packs of which they are known:
	// the gap's readings were measured between. Zero where there are none.
	After, Before time.Time
}

// Gaps returns the gaps of a node, by epoch and number: packs that are lost, and
// packs that have been missing or waiting for more than half a minute.
func (r *Registry) Gaps(ctx context.Context, node reading.NodeID) ([]Gap, error) {
	rows, err := r.read.QueryContext(ctx, `SELECT `+gapColumns+` FROM open_ranges
		WHERE node = ? ORDER BY epoch, lo`, node)
	if err != nil {
		return nil, fmt.Errorf("list gaps: %w", err)
	}
	defer rows.Close()
	var open []Gap
	for rows.Next() {
		g, err := scanGap(rows, new(reading.NodeID))
		if err != nil {
			return nil, fmt.Errorf("list gaps: %w", err)
		}
		open = append(open, g)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("list gaps: %w", err)
	}
	bracket(open)
	grace := r.opt.Now().Add(-gapGrace)
	return slices.DeleteFunc(open, func(g Gap) bool { return !g.known(grace) }), nil
}

// gapColumns are what scanGap reads, of open_ranges.
const gapColumns = `node, epoch, lo, hi, state, reason, said, since, merged, from_time, to_time`

// scanGap reads a row of gapColumns, and whose it is.
func scanGap(rows *sql.Rows, node *reading.NodeID) (Gap, error) {
	var g Gap
	var since, after, before int64
	if err := rows.Scan(node, &g.Epoch, &g.From, &g.To, &g.State, &g.Reason, &g.Said, &since, &g.Merged, &after, &before); err != nil {
		return Gap{}, err
	}
	if g.State != Lost || g.Said == saidMany {
		g.Said = ""
	}
	g.Since, g.After, g.Before = at(since), at(after), at(before)
	return g, nil
}

// known tells whether a range of packs that are not stored counts as a gap.
func (g *Gap) known(grace time.Time) bool {
	return g.State == Lost || g.State != acknowledged && g.State != moved && !g.Since.After(grace)
}

// bracket gives gaps whose own bounds are not known those of their neighbours.
func bracket(open []Gap) {
	told := slices.Clone(open)
	for i := 1; i < len(open); i++ {
		g, last := &open[i], &open[i-1]
		if !g.After.IsZero() || g.Epoch != last.Epoch {
			continue
		}
		g.After = last.After
		if before := told[i-1].Before; last.To+1 < g.From && !before.IsZero() {
			g.After = before
		}
	}
	for i := len(open) - 2; i >= 0; i-- {
		g, next := &open[i], &open[i+1]
		if !g.Before.IsZero() || g.Epoch != next.Epoch {
			continue
		}
		g.Before = next.Before
		if after := told[i+1].After; g.To+1 < next.From && !after.IsZero() {
			g.Before = after
		}
	}
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

// maxWords bounds what a person may say of a gap, in bytes.
const maxWords = 200

// DeclareLost notes those of a node's packs from to to, both included, that are
// not stored as lost, because who says so: a dead card, a dead ingester's disk.
// Packs that still come, or that the node says it has, open the gap again. It
// returns how many packs were not lost before; packs that nobody has heard of are
// not among them. The error is ErrNotFound for an epoch that is not known, and
// ErrInvalid where nobody says so or gives no reason.
func (r *Registry) DeclareLost(ctx context.Context, node reading.NodeID, epoch string, from, to uint64, who, reason string) (packs uint64, err error) {
	switch {
	case from == 0 || from > to:
		return 0, fmt.Errorf("declare packs lost: %w: packs %d to %d", ErrInvalid, from, to)
	case who == "" || who == saidNode || len(who) > maxWords:
		return 0, fmt.Errorf("declare packs lost: %w: who %q: want a person's name of at most %d bytes", ErrInvalid, who, maxWords)
	case reason == "" || len(reason) > maxWords:
		return 0, fmt.Errorf("declare packs lost: %w: reason of %d bytes: want 1 to %d", ErrInvalid, len(reason), maxWords)
	}
	now := ms(r.opt.Now())
	err = r.update(ctx, "lost", func(tx *sql.Tx) error {
		l, err := load(ctx, tx, epochKey{node, epoch})
		if err != nil {
			return err
		}
		if !l.known {
			return fmt.Errorf("node %s, epoch %q: %w", node, epoch, ErrNotFound)
		}
		packs = l.declare(from, to, reason, who, now)
		return l.save(ctx, tx, now)
	})
	if err != nil {
		return 0, fmt.Errorf("declare packs lost: %w", err)
	}
	return packs, nil
}
