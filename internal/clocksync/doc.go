// Package clocksync asks the system whether its clock can be believed. It must
// not set or correct any clock.
package clocksync
