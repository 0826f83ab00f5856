// Package breakbeam counts vehicles with an infrared light barrier, a loop
// detector's relay or any other output that is at one level while something is
// in the way, on a GPIO pin. Package traffic says what the values mean, and
// package pulse what a pin can tell.
//
// The spot speed of a vehicle is (its length + the detector's)/(time blocked).
// From one beam it rests on an assumed length: it is an estimate.
//
// Bounce: a level that lasts less than Opts.Debounce did not happen, so that
// edges closer than that are ignored in pairs. Unlike a bucket's contact a beam
// must last: a drop or an insect in it is no vehicle.
//
// A beam that is blocked for longer than Opts.StuckAfter gives driver.ErrStuck:
// a dead transmitter, a bent post and a spider's web all look like a road that
// is 100 % occupied. A road whose queues stand still for longer needs a longer
// time, or 0.
//
// It must not tell vehicle classes apart: a motorcycle and a lorry count as one.
package breakbeam
