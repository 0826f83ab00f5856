// Package breakbeam counts vehicles with an infrared light barrier, a loop
// detector's relay or any other output that is at one level while something is
// in the way, on a GPIO pin.
//
// Over the window from one Sense to the next, of length T (formulas as in
// traffic engineering texts, such as NPTEL "Traffic data collection"):
//
//	count      leading edges (beam goes from clear to blocked)
//	flow       3600·count/T, vehicles/h
//	occupancy  100·(time blocked)/T, %; a beam blocked across the end of a
//	           window counts its time in each
//	headway    mean of the times between successive leading edges, of those
//	           that ended in the window, s
//	speed      mean of the spot speeds of the blocks that ended in the window,
//	           km/h: (vehicle length + detector length)/(time blocked). This is
//	           the time mean, which exceeds the space mean.
//	speed_p85  the least spot speed that at least 85 % of them do not exceed
//
// Headway and speeds are absent when nothing was measured for them. A speed
// from one beam rests on an assumed vehicle length: it is an estimate.
//
// Bounce: a level that lasts less than Opts.Debounce did not happen, so that
// edges closer than that are ignored in pairs.
//
// Pins tell neither when an edge came nor in which direction it went. A
// goroutine stamps it when it wakes up, unless the pin has EdgeTime. The kernel
// keeps edges while the goroutine is late, so the pin may have moved on when an
// edge is told: level and number of edges together say what happened. Timeouts
// are finite since -1 and 0 mean different things to different pins
// (periph/host issue 78).
//
// It must not tell vehicle classes apart: a motorcycle and a lorry count as one.
package breakbeam
