// Package readout shows a node without its agent: it opens the configured sensors
// by itself, or looks at what waits in the queue, and gives both in the form in
// which the agent tells its own, so that a tool shows the same either way.
//
// It must not read sensors beside a running agent, which has the ports open, and
// must not queue, send, store or change anything.
package readout
