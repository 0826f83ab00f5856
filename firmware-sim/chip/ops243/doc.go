// Package ops243 is an OmniPreSense OPS243-A Doppler radar beside a road, as its
// UART shows it: 19200 8N1, one line for every speed it sees, plain numbers or
// JSON, and answers to commands of two letters. Over USB the same lines come.
//
// Commands, their answers and the outputs are from the user manual UM-003 and
// from logs of the OPS241 and OPS243. The manual does not show the answers to
// I1 to I5 and F0 to F5; here they are JSON lines like the others. A new baud
// rate is acknowledged but the line keeps its speed, as a USB port does.
//
// It must not import anything of ours or any driver: a simulator that shared a
// driver's arithmetic would share its bugs.
package ops243
