// Package pulsetest is a GPIO pin as the kernel gives it, whose other end a test
// holds.
//
// It must not be linked into a program.
package pulsetest
