// Package a02yyuw is a DFRobot A02YYUW ultrasonic ranger as its UART shows it:
// 9600 8N1, frames of four bytes, with its RX line open or high (the smoothed
// output). It sends and never listens.
//
// Frame, range and timing are from DFRobot's page for SEN0311/SEN0312; what it
// says without an echo is from users' reports of the same module.
//
// It must not import anything of ours or any driver: a simulator that shared a
// driver's arithmetic would share its bugs.
package a02yyuw
