// Package access knows who a person or a program is that talks to the Command
// Center over HTTP, and what he may do: accounts with passwords, sessions, access
// tokens, and the first admin's one-time link.
//
// A request shows at most one thing. An Authorization header counts alone: what
// is not known there is refused, never taken for somebody else. Then a session's
// cookie. Who shows nothing, or a session that is over, may read where the wall
// is open, and from this machine report as an ingester, unless it is open to nobody.
//
// It must not decide what a node may say: that is the broker's and the
// authority's. It must not log or keep a password or a token.
package access
