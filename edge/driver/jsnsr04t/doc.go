// Package jsnsr04t drives the waterproof ultrasonic modules JSN-SR04T and
// AJ-SR04M, looking down at water, over a serial port at 9600 baud, 8N1.
//
// Both send frames of 4 bytes: FF, distance in mm as two bytes, high one first,
// and a checksum, which is where they differ: a JSN-SR04T sends the low byte of
// the sum of all three, an AJ-SR04M that of the two distance bytes. A checksum of
// the other kind is told, never taken: an 8-bit checksum that may be either of
// two lets through twice the noise. Some modules sold under the one name send the
// other's checksum: then the other driver is the right one.
//
// How they talk is set by a resistor on the board. JSN-SR04T, R27: 47 kΩ (called
// mode 1 by some, mode 2 by the V3.0 sheet) sends a frame every 100 ms; 120 kΩ
// sends one when it is asked with the byte 55. AJ-SR04M, R19: 120 kΩ sends every
// 120 ms; 47 kΩ when asked, by its users' reports with 01 or with 55, so that
// these take turns until one is answered. Without a resistor they do not talk.
//
// Range: JSN-SR04T 250 to 6000 mm (ESPHome's component takes nothing nearer; the
// sheet says 6 m), AJ-SR04M 200 to 8000 mm (its manual). A lost echo comes as 0
// or as a distance outside that, and what is nearer than the blind zone does too:
// none of them becomes a distance.
//
// It must not smooth, or correct the speed of sound: what it gives is raw.
package jsnsr04t
