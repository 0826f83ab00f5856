package up

import (
	"cmp"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/siaga-id/siaga/internal/exposition"
)

// Exposition is a center's page of metrics.
type Exposition exposition.Page

// ParseExposition leaves out what is no sample.
func ParseExposition(page string) Exposition { return Exposition(exposition.Parse(page)) }

// OnTheirWay is how many packs the center has taken that are not yet in InfluxDB.
func (e Exposition) OnTheirWay() float64 {
	return e[`siaga_ingest_spool_records{spool="data"}`] + e["siaga_ingest_queue_packs"]
}

// Bucket is one of a histogram: how many were at most so much, those of the
// buckets before it among them.
type Bucket struct{ Most, Count float64 }

// Histogram is buckets, ascending.
type Histogram []Bucket

// Histogram returns the buckets of the series with these labels.
func (e Exposition) Histogram(name, labels string) Histogram {
	var all Histogram
	for key, count := range e {
		rest, ok := strings.CutPrefix(key, name+"_bucket{"+labels+`,le="`)
		if !ok {
			continue
		}
		if most, err := strconv.ParseFloat(strings.TrimSuffix(rest, `"}`), 64); err == nil {
			all = append(all, Bucket{most, count})
		}
	}
	slices.SortFunc(all, func(a, b Bucket) int { return cmp.Compare(a.Most, b.Most) })
	return all
}

// Quantile returns what the share q does not exceed, taken as evenly spread within
// a bucket; 0 where nothing was counted.
func (h Histogram) Quantile(q float64) float64 {
	if len(h) == 0 || h[len(h)-1].Count == 0 {
		return 0
	}
	want := q * h[len(h)-1].Count
	var low Bucket
	for _, b := range h {
		if b.Count >= want && b.Count > low.Count {
			if math.IsInf(b.Most, 1) {
				return low.Most
			}
			return low.Most + (b.Most-low.Most)*(want-low.Count)/(b.Count-low.Count)
		}
		low = b
	}
	return low.Most
}

// Within is the share of what was counted that is at most so much, which is the
// bound of a bucket; 1 where nothing was counted.
func (h Histogram) Within(most float64) float64 {
	if len(h) == 0 || h[len(h)-1].Count == 0 {
		return 1
	}
	for _, b := range h {
		if b.Most >= most {
			return b.Count / h[len(h)-1].Count
		}
	}
	return 1
}

// Bound is the upper end of the last bucket that counted anything.
func (h Histogram) Bound() float64 {
	for i, b := range h {
		if b.Count == h[len(h)-1].Count {
			return h[i].Most
		}
	}
	return 0
}

// Since is what was counted after before, an earlier look at the same series; all
// of h where that was none.
func (h Histogram) Since(before Histogram) Histogram {
	d := slices.Clone(h)
	for i := range min(len(h), len(before)) {
		d[i].Count -= before[i].Count
	}
	return d
}
