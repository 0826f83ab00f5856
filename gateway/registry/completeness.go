package registry

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"github.com/siaga-id/siaga/internal/reading"
)

// settle is how long readings may take to be stored before they are expected.
const settle = time.Minute

// Completeness is readings stored in percent of those that the node's sensors'
// intervals and quantities promise, from 0 to 100; nil where nothing could be
// expected yet. Every figure ends with the last whole minute that ended at least
// a minute ago, and begins no earlier than the node's first sensor was told of.
type Completeness struct {
	// Hour is of the last 60 minutes.
	Hour *float64
	// Day and Month are of the last 24 and 720 whole hours (30 days) and what has
	// passed of the present one.
	Day, Month *float64
}

// Completeness returns a node's figures; of a node that is not known there are
// none. Backlog that is stored late raises those of the time when it was measured.
//
// A pack's readings count as evenly spread over its time, so at the ends of a
// figure's time it may be off by a reading. What came under pack numbers that the
// quarantine had taken is not counted again.
func (r *Registry) Completeness(ctx context.Context, node reading.NodeID) (Completeness, error) {
	var c Completeness
	from, err := r.countedFrom(ctx, node)
	if err != nil || from == 0 {
		return c, err
	}
	end := r.figuresEnd()
	hour := end / msPerHour * msPerHour
	if c.Hour, err = r.figure(ctx, node, max(end-msPerHour, from), 0, end); err != nil {
		return Completeness{}, err
	}
	if c.Day, err = r.figure(ctx, node, max(hour-24*msPerHour, from), hour, end); err != nil {
		return Completeness{}, err
	}
	if c.Month, err = r.figure(ctx, node, max(hour-30*24*msPerHour, from), hour, end); err != nil {
		return Completeness{}, err
	}
	return c, nil
}

// hour is the figure of the last hour alone.
func (r *Registry) hour(ctx context.Context, node reading.NodeID) (*float64, error) {
	from, err := r.countedFrom(ctx, node)
	if err != nil || from == 0 {
		return nil, err
	}
	end := r.figuresEnd()
	return r.figure(ctx, node, max(end-msPerHour, from), 0, end)
}

// countedFrom is since when a node's readings are expected, in Unix ms; 0 while
// they are not.
func (r *Registry) countedFrom(ctx context.Context, node reading.NodeID) (int64, error) {
	var from int64
	err := r.read.QueryRowContext(ctx, `SELECT IFNULL(MAX(counted_from), 0) FROM nodes WHERE id = ?`, node).Scan(&from)
	if err != nil {
		return 0, fmt.Errorf("compute completeness: %w", err)
	}
	return from, nil
}

// figuresEnd is the end of all figures, in Unix ms.
func (r *Registry) figuresEnd() int64 {
	return r.opt.Now().Add(-settle).Truncate(time.Minute).UnixMilli()
}

// figure is the completeness of one node from start to end: of what is before
// hour by hours, of the rest by minutes.
func (r *Registry) figure(ctx context.Context, node reading.NodeID, start, hour, end int64) (*float64, error) {
	minutesFrom := max(start, hour)
	// Rows are looked up one by one: they are ordered by time, those of one node
	// are few among many.
	var expected, stored float64
	err := r.read.QueryRowContext(ctx, `
		WITH RECURSIVE
		hour_of(h) AS (SELECT ?2 / 3600000 WHERE ?2 < ?3 UNION ALL SELECT h + 1 FROM hour_of WHERE h + 1 < ?3 / 3600000),
		minute_of(m) AS (SELECT ?3 / 60000 WHERE ?3 < ?4 UNION ALL SELECT m + 1 FROM minute_of WHERE m + 1 < ?4 / 60000)
		SELECT
			IFNULL((SELECT SUM(`+share("?2", "?4")+`) FROM sensors s
				WHERE s.node = ?1 AND s.interval > 0 AND s.since < ?4 AND IFNULL(s.until, ?4) > ?2), 0),
			IFNULL((SELECT SUM(readings) FROM hour_of CROSS JOIN hours ON hour = h AND node = ?1), 0) +
			IFNULL((SELECT SUM(readings) FROM minute_of CROSS JOIN minutes ON minute = m AND node = ?1), 0)`,
		node, start, minutesFrom, end).Scan(&expected, &stored)
	if err != nil {
		return nil, fmt.Errorf("compute completeness: %w", err)
	}
	if expected <= 0 {
		return nil, nil
	}
	pct := min(100*stored/expected, 100)
	return &pct, nil
}

// share is, in SQL, what a row of sensors promises between two times: the
// readings of the part in which that configuration held.
func share(start, end string) string {
	return `CAST(MIN(` + end + `, IFNULL(s.until, ` + end + `)) - MAX(` + start + `, s.since) AS REAL) / s.interval * s.count`
}

// lastHour returns the completeness of the last hour of all nodes. One of which
// nothing is expected yet is not in the map.
func (r *Registry) lastHour(ctx context.Context) (map[reading.NodeID]float64, error) {
	end := r.figuresEnd()
	start := end - msPerHour
	from, err := sums[int64](ctx, r.read, `SELECT id, counted_from FROM nodes WHERE counted_from < ?`, end)
	if err != nil {
		return nil, err
	}
	// Of a node that joined within the hour the sums hold too much. Their tables
	// are not joined with that of nodes, whose long rows would be read for each.
	expected, err := sums[float64](ctx, r.read, `SELECT s.node, SUM(`+share("?1", "?2")+`) FROM sensors s
		WHERE s.interval > 0 AND s.since < ?2 AND IFNULL(s.until, ?2) > ?1 GROUP BY s.node`, start, end)
	if err != nil {
		return nil, err
	}
	stored, err := sums[float64](ctx, r.read, `SELECT node, SUM(readings) FROM minutes
		WHERE minute >= ? AND minute < ? GROUP BY node`, start/msPerMinute, end/msPerMinute)
	if err != nil {
		return nil, err
	}
	pct := make(map[reading.NodeID]float64, len(from))
	for id, counted := range from {
		if counted > start {
			one, err := r.figure(ctx, id, counted, 0, end)
			if err != nil {
				return nil, err
			}
			if one != nil {
				pct[id] = *one
			}
		} else if expected[id] > 0 {
			pct[id] = min(100*stored[id]/expected[id], 100)
		}
	}
	return pct, nil
}

// sums reads rows of a node and a number.
func sums[N int64 | float64](ctx context.Context, db *sql.DB, query string, args ...any) (map[reading.NodeID]N, error) {
	rows, err := db.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, fmt.Errorf("compute completeness: %w", err)
	}
	defer rows.Close()
	all := make(map[reading.NodeID]N)
	for rows.Next() {
		var id reading.NodeID
		var n N
		if err := rows.Scan(&id, &n); err != nil {
			return nil, fmt.Errorf("compute completeness: %w", err)
		}
		all[id] = n
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("compute completeness: %w", err)
	}
	return all, nil
}
