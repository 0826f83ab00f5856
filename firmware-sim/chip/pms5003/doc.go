// Package pms5003 is a Plantower PMS5003 particle counter as its UART shows it:
// 9600 8N1, frames of 32 bytes in active mode, answers on request in passive
// mode, sleep and wake.
//
// Frame layout, commands and timing are from Plantower's manual as PyPMS,
// ESPHome and Tasmota read it. The chip is passive: whoever carries its bytes
// asks what it has sent by now. The PMS7003 speaks the same protocol.
//
// It must not import anything of ours or any driver: a simulator that shared a
// driver's arithmetic would share its bugs.
package pms5003
