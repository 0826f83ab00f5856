package api

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/siaga-id/siaga/internal/reading"
)

// rolls tells whether a query is answered from hourly roll-ups: a month of a district
// is a hundred million readings, and a hundred thousand hours.
func (s *Server) rolls(q query) bool {
	return s.opt.RolledUp != nil && q.every > 0 && q.every%time.Hour == 0
}

// hours answers a query of whole hours: from roll-ups until the first hour of which
// some are to be made, or made again for late readings, and from readings behind it.
// Both are of good readings alone, so that a value does not change when its hour is
// rolled up.
func (s *Server) hours(ctx context.Context, q query, where string, names []string) ([]columnsBody, error) {
	nodes := make([]reading.NodeID, len(names))
	for i, name := range names {
		nodes[i] = reading.NodeID(name)
	}
	until := q.to.Truncate(time.Hour)
	if rolled := s.opt.RolledUp(nodes, q.from); rolled.Before(until) {
		until = rolled
	}
	found, err := s.opt.Influx.Query(ctx, hoursQL(q, where, until))
	if err != nil {
		return nil, s.unavailable("read history", err)
	}
	type window struct{ sum, count float64 }
	windows := make(map[[4]string]map[int64]window)
	total := 0
	for _, f := range found {
		at := tagged(f)
		if windows[at] == nil {
			windows[at] = make(map[int64]window)
		}
		if total += len(f.Values); total > maxManyPoints {
			return nil, tooMany()
		}
		for _, row := range f.Values {
			if len(row) != 3 || slices.Contains(row, nil) {
				continue
			}
			w := windows[at][int64(*row[0])] // that of until may be of both
			windows[at][int64(*row[0])] = window{w.sum + *row[1], w.count + *row[2]}
		}
	}
	all := make([]columnsBody, 0, len(windows))
	for at, of := range windows {
		c := columnsBody{Node: at[0], Sensor: at[1], Site: at[2], District: at[3]}
		for ms, w := range of {
			if w.count > 0 {
				c.TimesMS = append(c.TimesMS, ms)
			}
		}
		slices.Sort(c.TimesMS)
		for _, ms := range c.TimesMS {
			value := of[ms].sum
			if q.mean() == "mean" {
				value /= of[ms].count
			}
			c.Values, c.Qualities = append(c.Values, value), append(c.Qualities, int(reading.NotEvaluated))
		}
		if len(c.TimesMS) > 0 {
			all = append(all, c)
		}
	}
	slices.SortFunc(all, func(a, b columnsBody) int {
		return cmp.Or(cmp.Compare(a.Node, b.Node), cmp.Compare(a.Sensor, b.Sensor), cmp.Compare(a.Site, b.Site))
	})
	return all, nil
}

// hoursQL asks for the sum and the count of each window: of roll-ups before until, a
// whole hour, and of readings from there on.
func hoursQL(q query, where string, until time.Time) (text string) {
	in := q.quantity.Info()
	by := fmt.Sprintf(`GROUP BY time(%ds), %s fill(none)`, int64(q.every/time.Second), bySeries)
	if q.from.Before(until) {
		span := fmt.Sprintf(`time >= %dms AND time < %dms`, q.from.UnixMilli(), until.UnixMilli())
		text = fmt.Sprintf(`SELECT sum("sum") AS "sum", sum("count") AS "count" FROM (SELECT "%[1]s_mean" * "%[1]s_count" AS "sum", "%[1]s_count" AS "count" FROM "%[2]s_1h" WHERE %[3]s%[4]s GROUP BY %[5]s) WHERE %[4]s %[6]s;`,
			in.Name, in.Domain, where, span, bySeries, by)
	} else {
		until = q.from
	}
	return text + fmt.Sprintf(`SELECT sum("%[1]s") AS "sum", count("%[1]s") AS "count" FROM "%[2]s" WHERE %[3]s"sensor" != '' AND time >= %[4]dms AND time <= %[5]dms AND "%[1]s_qc" < %[6]d %[7]s`,
		in.Name, in.Domain, where, until.UnixMilli(), q.to.UnixMilli(), reading.Suspect, by)
}
