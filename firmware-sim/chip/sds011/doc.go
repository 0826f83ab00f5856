// Package sds011 is a Nova Fitness SDS011 particle counter as its UART shows
// it: 9600 8N1, frames of 10 bytes once a second or on request, sleep and work,
// working periods, device id and firmware.
//
// Frames and commands are from Nova's "Laser Dust Sensor Control Protocol"
// V1.3. What the protocol leaves open is as users found it: asleep the sensor
// hears nothing but the command to work (mkfrey/sds011-esp-raw), in a working
// period it reports once, at the end of its 30 s of work, and while it rests it
// answers a query with that reading (Tasmota), its first reading after waking
// is at times 0 and 0 (ESPHome discards it), and a drowned or inhabited chamber
// reads 999.9 and 1999.9 for good.
//
// It must not import anything of ours or any driver: a simulator that shared a
// driver's arithmetic would share its bugs.
package sds011
