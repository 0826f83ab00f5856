package registry

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/siaga-id/siaga/internal/reading"
)

// Interval is how often a sensor was configured to measure, and what, from a time
// until the next Interval of it.
type Interval struct {
	Sensor reading.SensorID
	// Since is when the node told of it.
	Since time.Time
	// Every is more than 0.
	Every time.Duration
	// Quantities are names, of which this program need not know all.
	Quantities []string
}

// Intervals returns what sensors were configured to measure in the last month, by
// node, then by sensor and time.
func (r *Registry) Intervals(ctx context.Context) (map[reading.NodeID][]Interval, error) {
	rows, err := r.read.QueryContext(ctx, `SELECT node, sensor, since, interval, quantities FROM sensors
		WHERE interval > 0 AND IFNULL(until, ?1) >= ?1 ORDER BY node, sensor, since`, ms(r.opt.Now())-keptHours*msPerHour)
	if err != nil {
		return nil, fmt.Errorf("list intervals: %w", err)
	}
	defer rows.Close()
	all := make(map[reading.NodeID][]Interval)
	for rows.Next() {
		var node reading.NodeID
		var i Interval
		var since, every int64
		var quantities string
		if err := rows.Scan(&node, &i.Sensor, &since, &every, &quantities); err != nil {
			return nil, fmt.Errorf("list intervals: %w", err)
		}
		i.Since, i.Every, i.Quantities = time.UnixMilli(since).UTC(), time.Duration(every)*time.Millisecond, strings.Fields(quantities)
		all[node] = append(all[node], i)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("list intervals: %w", err)
	}
	return all, nil
}
