// Package currentloop drives a level transducer with a 4–20 mA output, such as a
// submersible pressure probe, through a shunt resistor and an ADS1115.
//
// Level = (I - 4 mA) / 16 mA · span + offset: 4 mA is the offset above gauge zero,
// 20 mA the span above that. A shunt of 150 Ω gives 0.6 to 3.0 V, of which the
// converter shows 0.83 µA, 0.5 mm on a span of 10 m. The shunt's real resistance
// should be measured: 1 % of it is 10 cm there. At the loop's fault current, 21
// mA, the voltage must still be below the converter's supply, or a broken
// transducer looks like high water: 150 Ω for 3.3 V, 220 Ω for 5 V.
//
// NAMUR NE 43 says what the current itself tells: 3.8 to 20.5 mA is measured,
// below 3.6 mA the wire or the sensor is broken, and above 21 mA the sensor
// reports a fault or is shorted. What lies between is at the sensor's limits:
// suspect.
//
// Sense takes the mean of conversions for as long as Average says, which evens out
// ripple; waves, which pass a probe in seconds, want a second or more. One of them
// in fault is a fault: the mean of a loose wire would be a level.
//
// It must not compensate for density or the air's pressure.
package currentloop
