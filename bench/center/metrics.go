package main

import (
	"cmp"
	"math"
	"slices"
	"strconv"
	"strings"
)

// exposition is a page of Prometheus' text format: values by name and labels as
// they stand there.
type exposition map[string]float64

// parseExposition leaves out what is no sample.
func parseExposition(page string) exposition {
	e := exposition{}
	for line := range strings.Lines(page) {
		line = strings.TrimSpace(line)
		at := strings.LastIndexByte(line, ' ')
		if at < 0 || line[0] == '#' {
			continue
		}
		if v, err := strconv.ParseFloat(line[at+1:], 64); err == nil {
			e[line[:at]] = v
		}
	}
	return e
}

// bucket is one of a histogram: how many were at most so much.
type bucket struct{ most, count float64 }

// histogram returns the buckets of the series with these labels, ascending.
func (e exposition) histogram(name, labels string) []bucket {
	var all []bucket
	for key, count := range e {
		rest, ok := strings.CutPrefix(key, name+"_bucket{"+labels+`,le="`)
		if !ok {
			continue
		}
		if most, err := strconv.ParseFloat(strings.TrimSuffix(rest, `"}`), 64); err == nil {
			all = append(all, bucket{most, count})
		}
	}
	slices.SortFunc(all, func(a, b bucket) int { return cmp.Compare(a.most, b.most) })
	return all
}

// quantile returns what the share q does not exceed, taken as evenly spread within
// a bucket; 0 where nothing was counted.
func quantile(all []bucket, q float64) float64 {
	if len(all) == 0 || all[len(all)-1].count == 0 {
		return 0
	}
	want := q * all[len(all)-1].count
	var low bucket
	for _, b := range all {
		if b.count >= want && b.count > low.count {
			if math.IsInf(b.most, 1) {
				return low.most
			}
			return low.most + (b.most-low.most)*(want-low.count)/(b.count-low.count)
		}
		low = b
	}
	return low.most
}

// within is the share of what was counted that is at most so much, which is the
// bound of a bucket; 1 where nothing was counted.
func within(all []bucket, most float64) float64 {
	if len(all) == 0 || all[len(all)-1].count == 0 {
		return 1
	}
	for _, b := range all {
		if b.most >= most {
			return b.count / all[len(all)-1].count
		}
	}
	return 1
}

// bound is the upper end of the last bucket that counted anything.
func bound(all []bucket) float64 {
	for i, b := range all {
		if b.count == all[len(all)-1].count {
			return all[i].most
		}
	}
	return 0
}
