// Package trust is how a program knows by its certificate whom it has reached,
// also on a board that thinks it is 1970, and where nothing of the center is known
// but a fingerprint.
//
// It must not open connections, read files, or trust anybody whose certificate it
// has not verified in full: chain, name, use and time.
package trust
