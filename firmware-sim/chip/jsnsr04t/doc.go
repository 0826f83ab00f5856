// Package jsnsr04t is a JSN-SR04T ultrasonic ranger, or the AJ-SR04M that is
// sold as one, as its UART shows it: 9600 8N1, frames of four bytes, sent by
// itself or on request as its mode resistor sets.
//
// Frame, triggers, ranges and timing are from the boards' manuals as ESPHome
// and users of both boards read them. The AJ-SR04M leaves the header out of its
// checksum, though boards are sold under that name that do not: those are a
// JSN-SR04T here.
//
// It must not import anything of ours or any driver: a simulator that shared a
// driver's arithmetic would share its bugs.
package jsnsr04t
