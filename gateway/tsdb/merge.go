package tsdb

import (
	"fmt"

	"github.com/influxdata/influxdb/query"
)

// merger puts the pieces in which the engine hands out results together, one
// result a statement.
type merger struct {
	maxRows int
	rows    int
	results []*query.Result
}

// add takes the next piece. False says that the answer has become too long: its
// last result is then an error that says so, and nothing more is to be added.
// An answer cut short without a word would pass for all there is.
func (m *merger) add(r *query.Result) bool {
	for _, s := range r.Series {
		m.rows += len(s.Values)
	}
	if m.rows > m.maxRows {
		r = &query.Result{
			StatementID: r.StatementID,
			Err:         fmt.Errorf("answer of more than %d rows: ask for a shorter time, group by time, or set chunked=true", m.maxRows),
		}
	}
	last := len(m.results) - 1
	switch {
	case last < 0 || m.results[last].StatementID != r.StatementID:
		m.results = append(m.results, r)
	case r.Err != nil:
		m.results[last] = r
	default:
		join(m.results[last], r)
	}
	return m.rows <= m.maxRows
}

// join appends r, a later piece of the same statement, to dst.
func join(dst, r *query.Result) {
	merged := 0
	if n := len(dst.Series); n > 0 {
		series := dst.Series[n-1]
		for _, row := range r.Series {
			if !series.SameSeries(row) {
				break
			}
			series.Values = append(series.Values, row.Values...)
			series.Partial = row.Partial
			merged++
		}
	}
	dst.Series = append(dst.Series, r.Series[merged:]...)
	dst.Messages = append(dst.Messages, r.Messages...)
	dst.Partial = r.Partial
}
