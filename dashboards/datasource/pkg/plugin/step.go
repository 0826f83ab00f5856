package plugin

import (
	"slices"
	"time"

	"github.com/grafana/grafana-plugin-sdk-go/backend"
	"github.com/grafana/grafana-plugin-sdk-go/data"
)

// steps are the lengths of means that people can read off an axis. Those of whole hours
// the center has from its roll-ups.
var steps = []time.Duration{
	time.Second, 2 * time.Second, 5 * time.Second, 10 * time.Second, 15 * time.Second, 30 * time.Second,
	time.Minute, 2 * time.Minute, 5 * time.Minute, 10 * time.Minute, 15 * time.Minute, 30 * time.Minute,
	time.Hour, 2 * time.Hour, 3 * time.Hour, 6 * time.Hour, 12 * time.Hour, 24 * time.Hour,
}

const (
	// leastPoints and mostPoints of a series are asked for, whatever a panel says that
	// it can show: the center has no answers of more than 20,000.
	leastPoints, mostPoints = 100, 11_000
	// mostRows bounds the points of all series; the center's bound is 500,000.
	mostRows = 400_000
)

// step is the first of steps that has no more points than a panel can show.
func step(q backend.DataQuery) time.Duration {
	span := q.TimeRange.Duration()
	want := max(q.Interval, span/time.Duration(min(max(q.MaxDataPoints, leastPoints), mostPoints)))
	i, _ := slices.BinarySearch(steps, want)
	return steps[min(i, len(steps)-1)]
}

// step is how long means must be, 0 where a panel can show every reading. coarse tells
// that they are longer than the panel wants, since the series are many.
func (v *inventory) step(q query, asked backend.DataQuery) (every time.Duration, coarse bool) {
	intervals := v.intervals(q)
	every = step(asked)
	if every <= slices.Min(intervals) {
		every = 0
	}
	for _, longer := range steps {
		if rows(intervals, asked.TimeRange.Duration(), every) <= mostRows {
			break
		}
		if longer > every {
			every, coarse = longer, true
		}
	}
	return every, coarse
}

// rows is how many points there are of sensors in a time.
func rows(intervals []time.Duration, span, every time.Duration) (n int64) {
	for _, interval := range intervals {
		n += int64(span/max(interval, every)) + 1
	}
	return n
}

// intervals are those of the sensors of a query, a usual one where there are none.
func (v *inventory) intervals(q query) (all []time.Duration) {
	for i := range v.all {
		n := &v.all[i]
		for j := range n.Sensors {
			s := &n.Sensors[j]
			if !q.Scope.has(n.ID, s.ID, n.Site.Code, n.Site.DistrictCode) || !slices.Contains(s.Quantities, q.Quantity.String()) {
				continue
			}
			interval := usualInterval
			if s.IntervalS > 0 {
				interval = max(n.interval(s.ID), time.Millisecond)
			}
			all = append(all, interval)
		}
	}
	if len(all) == 0 {
		all = append(all, usualInterval)
	}
	return all
}

// lengths say what values are that are no readings.
func lengths(all []history, every time.Duration, live, coarse bool) []data.Notice {
	if every == 0 || len(all) == 0 {
		return nil
	}
	of, whole := [2]string{"rata-rata", "means"}, [2]string{}
	if all[0].sums {
		of = [2]string{"jumlah", "sums"}
	}
	if all[0].rolled {
		whole = [2]string{", dari rekap per jam, hanya bacaan yang baik", ", from hourly roll-ups, of good readings only"}
	}
	n, unit := every/time.Second, [2]string{"detik", "s"}
	switch {
	case every%time.Hour == 0:
		n, unit = every/time.Hour, [2]string{"jam", "h"}
	case every%time.Minute == 0:
		n, unit = every/time.Minute, [2]string{"menit", "min"}
	}
	if live {
		whole[0] += "; yang langsung tiap bacaan"
		whole[1] += "; live ones are single readings"
	}
	notices := []data.Notice{tell("%s per %d %s%s (%s of %[2]d %[6]s%[7]s)", of[0], n, unit[0], whole[0], of[1], unit[1], whole[1])}
	if coarse {
		notices = append(notices, warn("terlalu banyak seri untuk titik yang lebih rapat: pilih lebih sedikit node atau waktu yang lebih pendek (too many series for closer points: choose fewer nodes or less time)"))
	}
	return notices
}
