// Package enrolmenttest is for tests of enrolment: a small center, for the node's
// side, and a contract, for whatever is a center.
//
// No program may import it.
package enrolmenttest
