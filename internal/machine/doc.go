// Package machine tells of the computer that the program runs on. It decides
// nothing, and must not measure anything: what it tells holds for the program's life.
package machine
