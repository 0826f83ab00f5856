// Package ops243 drives the OmniPreSense OPS243-A Doppler radar over a serial
// port at 19200 baud, 8N1, or its USB port.
//
// The radar talks at once, one line for each speed it sees, several a second
// while something moves in its beam and none else. A line is a number or, after
// the command OJ, JSON such as {"speed":"12.3","direction":"inbound"}, its values
// quoted or not, several in a list where it reports several objects. Without a
// direction a speed's sign tells it: + is inbound, towards the radar. Answers are
// JSON lines too, without a speed. A vehicle is seen at 50 to 100 m. (OmniPreSense
// UM-003 "OPS243 User Manual", AN-010 "API Interface".)
//
// The driver writes OJ (JSON) and UK (km/h) at the start and whenever the radar
// seems to have lost them: both are gone when its power is. It asks ?? (module
// information), which changes nothing, when it has heard nothing for half a
// minute: an empty road and a dead radar are both silent. Units are those that a
// report itself names, else those that the radar's last answer named ("Units"),
// else those of the configuration. It must never write A!, which makes settings
// last, nor change what else the radar is set to.
//
// One vehicle gives many reports. Those of one direction that are no more than
// Opts.Join apart are one passage, whose spot speed is the highest of them: the
// radar sees the part of the motion along its beam, which is never more than the
// whole, and most when the vehicle is far away. So two vehicles that follow closer
// than that count as one, as does a queue: flow is a lower bound in dense traffic.
// Package traffic says what the values mean. Occupancy is not measured.
//
// Reports below Opts.MinSpeedKMH are rain, leaves and people. What is above the
// limits for a speed is kept, and Suspect; above 300 km/h nothing is a vehicle's
// speed, and the passage has none.
//
// Each direction of a road is a sensor of its own. Those on one port share it:
// it is open once in the process, and every report goes to all of them at once,
// so that there is no queue.
package ops243
