// Package breakbeam is a detector across or in a lane whose output drives one
// GPIO line: an infrared light beam with its receiver, or an induction loop with
// the relay of its detector. A vehicle that blocks the beam or stands on the
// loop makes the line active for as long as it does; short pulses may come by
// the hundred in a second.
//
// It must not import anything of ours or any driver: a simulator that shared a
// driver's arithmetic would share its bugs.
package breakbeam
