// Package modbus is a Modbus RTU slave on a serial line, such as a radar or
// laser level meter on RS-485: it answers the functions 03 and 04 from a table
// of registers, refuses with an exception what it cannot give, and is silent
// when it is not meant or has not understood.
//
// Frames, exceptions and the silence of 3.5 characters between frames are from
// the Modbus application protocol V1.1b3 and the serial line guide V1.02. The
// level in centimetres with a sign bit is from a Ceyeko level meter's manual.
//
// It must not import anything of ours or any driver: a simulator that shared a
// driver's arithmetic would share its bugs.
package modbus
