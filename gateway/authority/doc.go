// Package authority is the center's certificate authority and what it vouches
// for: the center's own certificate, which it renews by itself, and those of
// village nodes, which it gives for one-time tokens and renews. It says whose
// certificate a peer shows, and whether a device's password is right.
//
// Its keys lie in a directory that only the center's user may read. A second
// authority can take the first one's place while nodes go on: it is made known to
// every node that renews in the next 90 days, and only then used, unless somebody
// wants it at once. For those that were away so long, the new one's certificate is
// also there signed by the old. The old one ends when every node in service has shown
// a certificate of the new one, or when somebody says so: its key is destroyed, what
// it has signed counts no more here, and nodes are told to trust it no more.
//
// It must not listen or connect to anything, nor decide what a node may publish:
// that is the broker's. What was revoked is the registry's to remember.
package authority
