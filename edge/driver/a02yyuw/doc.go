// Package a02yyuw drives the DFRobot A02YYUW waterproof ultrasonic distance
// sensor, looking down at water, over a serial port at 9600 baud, 8N1.
//
// The sensor talks by itself, every 100 ms with its RX pin low (raw), every 100
// to 300 ms with it high or open (smoothed). A frame has 4 bytes: FF, distance
// in mm as two bytes, high one first, and the low byte of the sum of the three.
// Range 30 to 4500 mm: up to 30 mm is the blind zone. (DFRobot SEN0311 wiki
// page and product manual.) The JSN-SR04T and its kin send the same frame, some
// with another checksum, so that its parser is shared with their driver; and
// the Datum is with those of all sensors that look down.
//
// Sense gives the distance and, where the datum is known, the level above gauge
// zero: datum less distance, where the datum is the sensor's own height above
// gauge zero. A distance that the sensor cannot measure never becomes a level.
//
// It must not smooth, or correct the speed of sound: what it gives is raw.
package a02yyuw
