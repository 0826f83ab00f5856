// Package remote lets a Command Center change a node's configuration and give it
// commands, and a technician at the node change the same configuration without
// the center.
//
// What travels is wire.ConfigBody; the rest of the node's file is its own. Every
// change makes a version, whoever makes it. They stand in configuration.json in the
// node's data directory, which is written as a whole: after a power cut either the
// version before is in force or the one after. The person's file is never written:
// what somebody changes in it is changed in what is in force, and what he left as it
// was stays as the center has it.
//
// A version from the center that is based on another one than is in force is a
// conflict and never applied; only a node that has no sensors yet takes any. One
// that is applied is on trial: where the center is not heard for 10 minutes within
// the first 10, or for the 10 after a loss that began in them, or the agent does not
// start with it, the version before comes back, and this one is not tried again.
//
// Where a body says how the center is reached and known, the node's identity
// (edge/enrol) follows it, and goes back together with the version.
//
// Commands are done once, in the order in which they come. One whose time has passed
// by the node's clock is refused; a node that does not know the time does it, since a
// broker keeps no command for a node that is away.
//
// It must not read sensors or queue readings, which is the agent's, nor carry
// secrets: a body that names a file with one is refused.
package remote
