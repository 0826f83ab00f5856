// Package simbus is a simulated board: I2C buses, serial ports and GPIO lines
// with chips on them, behind the interfaces that drivers open on a real one.
// Faults are put on a chip's wires while the node runs: silence, garbage, half
// messages, a pulled plug.
//
// Nothing here runs by itself. A chip is asked what it has done by now when
// somebody reads, and a reader sleeps until the chip's next event, so hundreds
// of boards cost a process only what their drivers read.
//
// It must not import anything of ours or any driver, and it knows no chip.
package simbus
