// Package board is the machine a node runs on, a Raspberry Pi or its like, as it
// shows itself: the files below /proc and /sys that tell of temperature, supply,
// memory, load, radio and wear, and the answers of ModemManager's mmcli.
//
// The files' forms are from the Linux kernel's documentation (proc, thermal,
// hwmon, mmc) and the Raspberry Pi firmware driver; the JSON is what mmcli of
// ModemManager 1.20 prints. Files change as time goes on.
//
// It must not import anything of ours or any driver: a simulator that shared a
// driver's arithmetic would share its bugs.
package board
