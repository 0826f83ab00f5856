// Package local is how people who stand beside a node reach its agent, without
// any other network: tools of this program over a Unix socket, and a technician's
// phone over HTTP, with a page that needs nothing from anywhere else.
//
// Whoever may open the socket may change corrections: the file's mode guards it.
// Over HTTP everybody who can reach the address sees the page, and who knows the
// PIN may change. That is plain HTTP: whoever listens in on that network can read
// the PIN, so the address is loopback unless somebody chooses otherwise.
//
// It must not know how readings come to be or where they go, and must not take
// the agent down: where it cannot listen, it says so and tries again.
package local
