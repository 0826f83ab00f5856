package registry

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"github.com/siaga-id/siaga/internal/reading"
)

// AnomalyKind says what does not fit together about a node.
type AnomalyKind string

// The kinds of anomalies. They are shown to people; nothing is corrected.
const (
	// Cloned: the same pack number came with other contents.
	Cloned AnomalyKind = "cloned"
	// Restored: the node's next pack number went back.
	Restored AnomalyKind = "restored"
	// Replaced: the node has begun another epoch.
	Replaced AnomalyKind = "replaced"
	// Returned: the node speaks again of an epoch that it had left.
	Returned AnomalyKind = "returned"
	// OtherSite: the node says that it is elsewhere than the center put it.
	OtherSite AnomalyKind = "other-site"
	// EpochsForgotten: the node began so many epochs that old ones were dropped.
	EpochsForgotten AnomalyKind = "epochs-forgotten"
)

// maxAnomalies bounds the anomalies of all nodes; the longest unseen goes first.
const maxAnomalies = 10_000

// Anomaly is something that does not fit together about a node. It is one for
// each node, kind and epoch, however often it is seen.
type Anomaly struct {
	Node reading.NodeID
	Kind AnomalyKind
	// Epoch is "" where the anomaly is not one epoch's.
	Epoch string
	// Detail tells a person what was seen last.
	Detail string
	// First and Last are when it was seen, Count how often.
	First, Last time.Time
	Count       int
}

// Anomalies returns a node's anomalies, the last seen first.
func (r *Registry) Anomalies(ctx context.Context, node reading.NodeID) ([]Anomaly, error) {
	rows, err := r.read.QueryContext(ctx, `SELECT kind, epoch, detail, first, last, count FROM anomalies
		WHERE node = ? ORDER BY last DESC, kind, epoch`, node)
	if err != nil {
		return nil, fmt.Errorf("list anomalies: %w", err)
	}
	defer rows.Close()
	var all []Anomaly
	for rows.Next() {
		a := Anomaly{Node: node}
		var first, last int64
		if err := rows.Scan(&a.Kind, &a.Epoch, &a.Detail, &first, &last, &a.Count); err != nil {
			return nil, fmt.Errorf("list anomalies: %w", err)
		}
		a.First, a.Last = at(first), at(last)
		all = append(all, a)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("list anomalies: %w", err)
	}
	return all, nil
}

// AnomaliesSince returns how many anomalies of all nodes were last seen at or after
// a time.
func (r *Registry) AnomaliesSince(ctx context.Context, since time.Time) (int, error) {
	var n int
	if err := r.read.QueryRowContext(ctx, `SELECT COUNT(*) FROM anomalies WHERE last >= ?`, ms(since)).Scan(&n); err != nil {
		return 0, fmt.Errorf("count anomalies: %w", err)
	}
	return n, nil
}

func note(ctx context.Context, tx *sql.Tx, a Anomaly, now int64) error {
	if _, err := tx.ExecContext(ctx, `INSERT INTO anomalies (node, kind, epoch, detail, first, last, count) VALUES (?, ?, ?, ?, ?, ?, 1)
		ON CONFLICT DO UPDATE SET detail = excluded.detail, last = excluded.last, count = count + 1`,
		a.Node, a.Kind, a.Epoch, a.Detail, now, now); err != nil {
		return fmt.Errorf("write anomaly: %w", err)
	}
	if _, err := tx.ExecContext(ctx, `DELETE FROM anomalies WHERE (node, kind, epoch) IN
		(SELECT node, kind, epoch FROM anomalies ORDER BY last DESC LIMIT -1 OFFSET ?)`, maxAnomalies); err != nil {
		return fmt.Errorf("bound anomalies: %w", err)
	}
	return nil
}
