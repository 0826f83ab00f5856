// Package edge is the agent on a village node: it samples the sensors, closes
// what they said into packs, queues the packs on disk, sends them, and forgets
// a pack only when the Command Center has acknowledged that very pack.
//
// The parts, in the order that a reading passes them: sampler (one a sensor),
// sealer (readings into queued packs), sender (two lanes, acknowledgements,
// resends), and beside them the timeline (what UTC the boot's clock meant) and
// the node state (what the center is told of this node).
//
// It must not import ingest or gateway, open hardware by itself (it is given an
// Opener), or know whether the buses behind it are real.
package edge
