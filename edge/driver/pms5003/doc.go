// Package pms5003 drives the Plantower PMS5003 and PMS7003 particle sensors
// over a serial port at 9600 baud, 8N1 (3.3 V logic, 5 V supply). On the wire
// the two are the same.
//
// The sensor talks by itself: every 2.3 s in stable air, every 0.2 to 0.8 s
// when it changes. A frame has 32 bytes, big-endian: 42 4D, length 00 1C, then
// 13 words: PM1, PM2.5 and PM10 "CF=1", the same "atmospheric", six counts per
// 0.1 L above 0.3 to 10 µm, version and error byte; last, the 16-bit sum of all
// bytes before it. A mode or sleep command is answered by 8 bytes with the same
// beginning, length 00 04. Effective range 0 to 500 µg/m³, at most 1000 or
// more, in steps of 1; ±10 µg/m³ up to 100, ±10 % above. At least 30 s after
// waking are not to be trusted. (Plantower PMS5003 and PMS7003 data manuals;
// command sums as in avaldebe/PyPMS.)
//
// Sense gives pm1, pm2_5 and pm10 "atmospheric", uncorrected: at high humidity
// the sensor reads too high, and a correction is another field's business. A
// correction that is stated for "CF=1" values, such as the US EPA's, finds them
// in pm1_cf1, pm2_5_cf1 and pm10_cf1 where the option asks for them.
//
// Active, the driver writes to the sensor only after 5 s of silence: wake, and
// active mode, since whoever had the port before may have left the sensor
// asleep or passive. Passive, it asks for each reading. Then it can also put
// the sensor to sleep in between: the laser lives some 8000 hours, which is
// less than a year of running, and a reading every 10 minutes needs it for 35 s
// of them. How far readings are apart it learns from the calls to Sense.
package pms5003
