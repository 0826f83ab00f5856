// Package modbuslevel drives level meters on RS-485 that speak Modbus RTU: radar,
// ultrasonic, laser and submersible ones. Every maker has a register map of its
// own, so the map is configuration: which register, what type, what the number
// means.
//
// The register's number is scaled to metres, or to pascals for a pressure:
// number · scale + offset. A "level" is the water's height above gauge zero. A
// "distance" looks down: with datum_m, the meter's own height above gauge zero,
// it gives level and distance, without it the distance only. A "pressure" is that
// of the water above a probe: level = pressure / (density · gravity) + datum_m,
// the probe's height above gauge zero.
//
// Sign and word order vary: one maker's meter says centimetres with a sign bit
// rather than two's complement (signmag16). Registers themselves are always sent
// high byte first. Numbers that a meter says for a lost echo or a fault go into
// error_values, and the range that it can measure into min and max: else they
// would become levels.
//
// It must not write registers, or guess a map.
package modbuslevel
