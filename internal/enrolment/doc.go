// Package enrolment is how a village node comes to a certificate, as node and
// center both read it: the token that a technician carries, what the node asks
// and what the center answers.
//
// It must not do I/O, keep secrets, or decide who may enrol.
package enrolment
