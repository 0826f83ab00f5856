// Package doctor examines a node from its supply to the center's
// acknowledgements and says, a line each, what is well, what is not, and what a
// technician can do about it. It works before anything is configured, and ends
// in a bounded time whatever hangs.
//
// It must not change anything on the node, nor open a sensor or the queue while
// the agent runs: it asks the agent.
package doctor
