// Package explain says to people what is wrong with a sensor, a bus or a port,
// and what they can do about it, in plain Indonesian and English.
//
// It must not print, and knows errors only by their kind: what exactly happened
// stands in the error itself.
package explain
