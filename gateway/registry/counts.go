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
	msPerMinute = 60_000
	msPerHour   = 60 * msPerMinute
	// keptHours is for how long hourly counts and the sensors that were expected
	// to fill them are kept: a month's figure and a day more.
	keptHours = 32 * 24
)

// unit is a length of time that readings are counted by.
type unit struct {
	table, column string
	ms            int64
	// behind and ahead are how many units around now are kept. A node's clock may
	// be ahead.
	behind, ahead int64
}

// Minutes are kept for the last hour's figure, and as much again.
var (
	minutes = unit{"minutes", "minute", msPerMinute, 2 * int64(time.Hour/time.Minute), 60}
	hours   = unit{"hours", "hour", msPerHour, keptHours, 1}
)

type countKey struct {
	at   int64 // Unix time in the unit
	node reading.NodeID
}

// counts are readings to be added.
type counts map[countKey]float64

// spread adds n readings, evenly from the range's oldest to its newest; those of
// before from (Unix ms) are left out.
func (c counts) spread(u unit, s StoredRange, n float64, from, now int64) {
	if n == 0 {
		return
	}
	oldest, newest := s.Oldest.UnixMilli(), s.Newest.UnixMilli()
	first := max(oldest, from, (now/u.ms-u.behind)*u.ms)
	if first > newest {
		return
	}
	for at := first / u.ms; at <= min(newest/u.ms, now/u.ms+u.ahead); at++ {
		part := 1.0
		if newest > oldest {
			part = float64(min(newest, (at+1)*u.ms)-max(first, at*u.ms)) / float64(newest-oldest)
		}
		if part > 0 {
			c[countKey{at, s.Node}] += part * n
		}
	}
}

// write adds the counts to their table.
func (c counts) write(ctx context.Context, tx *sql.Tx, u unit) error {
	keys := make([]countKey, 0, len(c))
	for k := range c {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, func(a, b countKey) int {
		return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.node, b.node))
	})
	if len(keys) == 0 {
		return nil
	}
	rows := make(table, len(keys))
	for i, k := range keys {
		rows[i] = []any{k.at, k.node, c[k]}
	}
	if _, err := tx.ExecContext(ctx, `INSERT INTO `+u.table+` (`+u.column+`, node, readings)
		SELECT value ->> 0, value ->> 1, value ->> 2 FROM json_each(?) WHERE true
		ON CONFLICT DO UPDATE SET readings = readings + excluded.readings`, rows); err != nil {
		return fmt.Errorf("count readings: %w", err)
	}
	return nil
}

// prune forgets, once a minute, the counts that no figure needs.
func (r *Registry) prune(ctx context.Context, tx *sql.Tx, now int64) error {
	minute := now / msPerMinute
	if r.pruned == minute {
		return nil
	}
	for _, u := range []unit{minutes, hours} {
		if _, err := tx.ExecContext(ctx, `DELETE FROM `+u.table+` WHERE `+u.column+` < ?`, now/u.ms-u.behind); err != nil {
			return fmt.Errorf("forget old counts: %w", err)
		}
	}
	r.pruned = minute
	return nil
}

// beginCount sets from when on a node's readings are expected, unless that has
// been set: from the first whole minute after its first sensor was told of.
func (r *Registry) beginCount(ctx context.Context, tx *sql.Tx, node reading.NodeID, now int64) error {
	if r.known[node].countedFrom != 0 {
		return nil
	}
	from := (now + msPerMinute - 1) / msPerMinute * msPerMinute
	if _, err := tx.ExecContext(ctx, `UPDATE nodes SET counted_from = ? WHERE id = ?`, from, node); err != nil {
		return fmt.Errorf("begin to count: %w", err)
	}
	// Packs may have been faster than the state, and clocks are ahead.
	if _, err := tx.ExecContext(ctx, `INSERT INTO hours (hour, node, readings)
		SELECT minute / 60, node, SUM(readings) FROM minutes WHERE minute >= ? AND node = ? GROUP BY minute / 60`,
		from/msPerMinute, node); err != nil {
		return fmt.Errorf("begin to count: %w", err)
	}
	r.known[node] = knownNode{countedFrom: from}
	return nil
}
