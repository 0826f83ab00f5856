// Package traffic reckons what a window of passages says about a road. Beams,
// loop relays, radars and lidars share it.
//
// Over a window of length T, from one Cut to the next (formulas as in traffic
// engineering texts, such as NPTEL "Traffic data collection"):
//
//	count      vehicles that came
//	flow       3600·count/T, vehicles/h
//	occupancy  100·(time that a vehicle was there)/T, %; one that is there across
//	           the end of a window counts its time in each
//	headway    mean of the times between successive arrivals, of those that ended
//	           in the window, s
//	speed      mean of the spot speeds known in the window, km/h. This is the
//	           time mean, which exceeds the space mean.
//	speed_p85  the least spot speed that at least 85 % of them do not exceed
//
// Headway and speeds are absent when nothing was measured for them, occupancy
// where the detector cannot tell it.
//
// It must not read a clock, wait, or tell vehicle classes apart.
package traffic
