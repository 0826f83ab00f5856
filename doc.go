// Package siaga carries readings from sensors in villages to the video wall of
// a district Command Center, and can prove that what the wall shows is true,
// current and complete. The programs are in cmd; ARCHITECTURE.md says how the
// folders fit together.
//
// This package holds no code: only the tests of rules that the whole tree obeys.
package siaga
