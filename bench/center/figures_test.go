package main

import (
	"math"
	"strings"
	"testing"
	"time"
)

func TestSlope(t *testing.T) {
	line := func(at ...int64) (all []sample) {
		for i, v := range at {
			all = append(all, sample{at: time.Duration(i) * time.Minute, resident: v})
		}
		return all
	}
	for _, tc := range []struct {
		name    string
		samples []sample
		want    float64
	}{
		{"none", nil, 0},
		{"one", line(5), 0},
		{"flat", line(5, 5, 5), 0},
		{"grows", line(0, 10, 20, 30), 10},
		{"falls", line(30, 20), -10},
		{"a saw", line(0, 8, 0, 8, 0), 0},
		{"its second half", from(line(0, 100, 100, 101, 102), 2*time.Minute), 1},
	} {
		if got := slope(tc.samples, func(s sample) int64 { return s.resident }); math.Abs(got-tc.want) > 1e-9 {
			t.Errorf("%s: %v, want %v", tc.name, got, tc.want)
		}
	}
	if got := from(line(1, 2), time.Hour); len(got) != 0 {
		t.Error(got)
	}
}

func TestComplete(t *testing.T) {
	whole := result{Packs: 10, Acked: 10, Stored: 600}
	for name, tc := range map[string]struct {
		change func(r *result)
		says   string
	}{
		"whole":            {func(*result) {}, ""},
		"a reading less":   {func(r *result) { r.Stored-- }, "599"},
		"a reading more":   {func(r *result) { r.Stored++ }, "601"},
		"a pack not acked": {func(r *result) { r.Acked-- }, "9"},
		"refused":          {func(r *result) { r.Refused++ }, "refused"},
		"broken":           {func(r *result) { r.Broken++; r.Trouble = "EOF" }, "EOF"},
	} {
		r := whole
		tc.change(&r)
		err := r.complete()
		if tc.says == "" && err != nil || tc.says != "" && (err == nil || !strings.Contains(err.Error(), tc.says)) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
