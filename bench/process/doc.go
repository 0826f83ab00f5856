// Package process starts built programs for benchmarks, and says what Linux's
// /proc knows of them: memory, processor time, what was written to the disk.
//
// It must not know what any program does.
package process
