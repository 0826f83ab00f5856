// Package breakbeam is an infrared light beam across a lane with a detector
// whose output drives one GPIO line: a vehicle that blocks the beam makes the
// line active for as long as it does.
//
// It must not import anything of ours or any driver: a simulator that shared a
// driver's arithmetic would share its bugs.
package breakbeam
