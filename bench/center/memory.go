package main

import "time"

// sample is what a process held at a moment.
type sample struct {
	at                  time.Duration // since the first pack
	resident, anonymous int64
}

// slope is by how many bytes a minute what of a sample says grows, as the
// straight line with the least squares through all of them; 0 of fewer than two.
func slope(samples []sample, of func(sample) int64) float64 {
	n := float64(len(samples))
	var sumX, sumY float64
	for _, s := range samples {
		sumX += s.at.Minutes()
		sumY += float64(of(s))
	}
	var xy, xx float64
	for _, s := range samples {
		dx := s.at.Minutes() - sumX/n
		xy += dx * (float64(of(s)) - sumY/n)
		xx += dx * dx
	}
	if xx == 0 {
		return 0
	}
	return xy / xx
}

// from returns the samples since a moment.
func from(samples []sample, at time.Duration) []sample {
	for i, s := range samples {
		if s.at >= at {
			return samples[i:]
		}
	}
	return nil
}
