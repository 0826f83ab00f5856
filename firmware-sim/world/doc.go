// Package world says what is true outside the simulated nodes: weather, rain,
// air, river and traffic of villages in Kabupaten Blitar, either as a function
// of a seed and the time, or as a recorded trace says it was.
//
// Both answer for any moment in any order: nothing is simulated step by step,
// so a node may start in the middle, stop, and look again. The same seed,
// village and time always give the same answer. Places and codes are real;
// every number that the seeded world gives is invented.
//
// It must not know chips, buses or drivers: whoever builds a node hands the
// chips closures over a Source. It reads the computer's clock only in Clock.
package world
