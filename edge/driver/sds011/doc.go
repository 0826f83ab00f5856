// Package sds011 drives the Nova Fitness SDS011 particle sensor over a serial
// port at 9600 baud, 8N1.
//
// It sends 10 bytes: AA C0, PM2.5 and PM10 as two bytes each, low one first, in
// 0.1 µg/m³, two bytes of its id, the low byte of the sum of those six, AB. A
// command has 19: AA B4, what, whether to set, the value, zeros, the id or FF
// FF for any, checksum, AB; it is answered by 10 that begin with AA C5. Range 0
// to 999.9 µg/m³; values are stable 30 s after it was woken, and a first reading
// of 0 and 0 is none. (Nova Fitness SDS011 datasheet and Laser Dust Sensor
// Control Protocol V1.3; the zeros as in ESPHome.) Asleep it answers nothing but
// the command to work; an answer may take a second. (Findings of mkfrey and
// TimOrme.)
//
// Active, it talks every second. In query mode it is asked, at most every 3 s.
// With a working period of n minutes it works for 30 s, sleeps for the rest, and
// gives one value for each period: its laser lives some 8000 hours, less than a
// year of running. Mode and period survive a loss of power, in memory that
// wears, so they are written only where they differ from what is wanted, and
// read back.
//
// Sense gives pm2_5 and pm10 uncorrected. An active sensor that talks and shall
// have no period is never written to.
package sds011
