// Package quality judges a sensor's values as they come and gives each its
// QARTOD flag. It is the place that sees the whole series; later stages can only
// worsen what it says.
//
// The tests are those of the IOOS QARTOD manuals:
//
//	Gross Range Test     The value is within the channel's limits. It always runs.
//	Rate of Change Test  The value differs from an earlier one by no more than its
//	                     quantity does in that time, a minute at least. It needs an
//	                     earlier one that passed, not older than 20 min.
//	Flat Line Test       The value has not stayed the same, to the digit that
//	                     travels, for longer than its quantity does. It passes from
//	                     the first change on and fails after that long, six values
//	                     at least; before either it cannot tell.
//
// A value is Good where every test that its quantity has on this channel has run
// on it and passed, Suspect where one has failed, and NotEvaluated where one could
// not run: after a start, an outage or a reopening, or where the sensor is read
// too rarely for it. What the driver said remains where it is worse. Good says no
// more than that: a sensor that drifts, or stands in the sun, is Good.
//
// No test gives Bad, QARTOD's fail. What lies outside a sensor's own range is no
// measurement and its driver's error; all else may be real. The front of a lahar
// breaks every limit of a river, and one value that is hidden then is worse than
// a thousand that are flagged for nothing. For the same reason Suspect is a flag
// for people and must silence no alarm.
//
// A sudden change that stays is Suspect for as long as a change at the quantity's
// own rate would have taken to get there, at most 20 min. A spike is Suspect, what
// comes after it is not.
//
// A particle sensor that shows whole µg/m³ can honestly show 2 for hours. So
// sameness is no sign below 5 µg/m³, half of what such sensors may err (Plantower
// PMS5003 data manual: ±10 µg/m³), nor for a humidity of 100 %, where they end:
// what stays the same there is neither Good nor Suspect. Nor is there a flat line
// for rain and counted traffic, where zero is normal, or for gauges that rest at
// the end of their scale in clean air, such as an SGP30's.
//
// It must not change values, keep them, or compare sensors with each other.
package quality
