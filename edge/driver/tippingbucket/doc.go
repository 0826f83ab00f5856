// Package tippingbucket counts the tips of a rain gauge whose bucket closes a
// reed contact as it tips, on a GPIO pin with a pull-up.
//
// Over the interval from one Sense to the next, of length T:
//
//	rain       tips · mm per tip, mm in the interval. No tip is 0 mm, which is a
//	           measurement: a dry day and a blocked funnel look the same.
//	rain_rate  3600 · rain/T, mm/h: the mean over the interval, so that at one
//	           minute its steps are 60 tips/h (12 mm/h for 0.2 mm). It is not
//	           given where T is shorter than 10 s, as the first may be.
//
// Sizes in use are 0.1, 0.2 (usual), 0.25, 0.2794 (SparkFun), 0.5 and 1 mm. A tip
// closes the reed for some 100 ms and makes two edges, each of which bounces: it
// counts once. Bounce is what comes within 30 ms of an edge (reed contacts are
// known to count double without; 0.2 mm each 30 ms would be 24,000 mm/h).
//
// More than 10 mm/min is Suspect, as is what was counted before the contact stuck.
// A gauge under-reads heavy rain, which falls past the bucket while it tips: what
// it says then is a lower bound.
//
// It must not correct for that, or for wind.
package tippingbucket
