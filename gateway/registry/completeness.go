package registry

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"slices"
	"time"

	"github.com/siaga-id/siaga/internal/reading"
)

const (
	// window is the time that completeness looks back over.
	window = time.Hour
	// settle is how long readings may take to be stored before they are expected.
	settle = time.Minute
)

type minuteKey struct {
	minute int64 // Unix minutes
	node   reading.NodeID
}

const msPerMinute = 60_000

// keptMinutes are the minutes around now whose counts are kept: what a figure
// needs, and as much again; and ahead, since a node's clock may be.
func keptMinutes(now int64) (oldest, newest int64) {
	minute := now / msPerMinute
	return minute - int64(2*window/time.Minute), minute + int64(window/time.Minute)
}

// spread adds n readings to the counts, evenly from the range's oldest to its
// newest.
func spread(counts map[minuteKey]float64, s StoredRange, n float64, now int64) {
	if n == 0 {
		return
	}
	from, to := s.Oldest.UnixMilli(), s.Newest.UnixMilli()
	oldest, newest := keptMinutes(now)
	for m := max(from/msPerMinute, oldest); m <= min(to/msPerMinute, newest); m++ {
		part := 1.0
		if to > from {
			part = float64(min(to, (m+1)*msPerMinute)-max(from, m*msPerMinute)) / float64(to-from)
		}
		if part > 0 {
			counts[minuteKey{m, s.Node}] += part * n
		}
	}
}

// count adds to the minutes' counts, and forgets minutes that no figure needs.
func (r *Registry) count(ctx context.Context, tx *sql.Tx, counts map[minuteKey]float64, now int64) error {
	keys := make([]minuteKey, 0, len(counts))
	for k := range counts {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, func(a, b minuteKey) int {
		return cmp.Or(cmp.Compare(a.minute, b.minute), cmp.Compare(a.node, b.node))
	})
	for _, k := range keys {
		if _, err := tx.ExecContext(ctx, `INSERT INTO minutes (minute, node, readings) VALUES (?, ?, ?)
			ON CONFLICT DO UPDATE SET readings = readings + excluded.readings`, k.minute, k.node, counts[k]); err != nil {
			return fmt.Errorf("count readings: %w", err)
		}
	}
	minute := now / msPerMinute
	if r.pruned == minute {
		return nil
	}
	oldest, _ := keptMinutes(now)
	if _, err := tx.ExecContext(ctx, `DELETE FROM minutes WHERE minute < ?`, oldest); err != nil {
		return fmt.Errorf("forget old counts: %w", err)
	}
	r.pruned = minute
	return nil
}

// completeness returns, for each node or for one ("": all), the readings stored
// in percent of those that its sensors' intervals and quantities promise, over
// the 60 whole minutes that ended at least a minute ago. A node that joined
// within them is measured from its first whole minute, a sensor from when it was
// first told of. A node of which nothing is expected yet is not in the map.
//
// A pack's readings count as evenly spread over its time, so at the ends of a
// figure's window it may be off by a reading; it is never above 100.
func (r *Registry) completeness(ctx context.Context, node reading.NodeID) (map[reading.NodeID]float64, error) {
	end := r.opt.Now().Add(-settle).Truncate(time.Minute)
	start := end.Add(-window)
	// A window begins at its node's first whole minute. A sensor's share of it is
	// the part in which that configuration held.
	rows, err := r.read.QueryContext(ctx, `
		WITH windows AS (
			SELECT node, MAX(?1, (MIN(since) + 59999) / 60000 * 60000) AS start
			FROM sensors WHERE ?3 = '' OR node = ?3 GROUP BY node),
		expected AS (
			SELECT s.node, SUM(CAST(MIN(?2, IFNULL(s.until, ?2)) - MAX(w.start, s.since) AS REAL) / s.interval * s.count) AS n
			FROM sensors s JOIN windows w ON w.node = s.node
			WHERE s.interval > 0 AND MIN(?2, IFNULL(s.until, ?2)) > MAX(w.start, s.since)
			GROUP BY s.node),
		stored AS (
			SELECT m.node, SUM(m.readings) AS n FROM minutes m JOIN windows w ON w.node = m.node
			WHERE m.minute >= ?1 / 60000 AND m.minute < ?2 / 60000 AND m.minute >= w.start / 60000
			GROUP BY m.node)
		SELECT e.node, e.n, IFNULL(s.n, 0) FROM expected e LEFT JOIN stored s ON s.node = e.node`,
		start.UnixMilli(), end.UnixMilli(), node)
	if err != nil {
		return nil, fmt.Errorf("compute completeness: %w", err)
	}
	defer rows.Close()
	pct, err := percentages(rows)
	if err != nil {
		return nil, fmt.Errorf("compute completeness: %w", err)
	}
	return pct, nil
}

func percentages(rows *sql.Rows) (map[reading.NodeID]float64, error) {
	pct := make(map[reading.NodeID]float64)
	for rows.Next() {
		var id reading.NodeID
		var expected, stored float64
		if err := rows.Scan(&id, &expected, &stored); err != nil {
			return nil, err
		}
		if expected > 0 {
			pct[id] = min(100*stored/expected, 100)
		}
	}
	return pct, rows.Err()
}
