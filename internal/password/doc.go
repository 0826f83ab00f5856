// Package password turns passwords into strings that may be stored, and tells
// whether a password is the one of such a string: argon2id (RFC 9106) in PHC
// string format, with the parameters that OWASP's Password Storage Cheat Sheet
// names first for it: 19 MiB, two passes, one lane.
//
// It must not know whose password it is, keep or log it, or limit how often
// somebody tries: that is for those who ask.
package password
