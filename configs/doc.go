// Package configs holds what an administrator copies: sample configurations of
// the programs, systemd units, a Mosquitto configuration, the units of the wall's
// screen (kiosk), and a compose file with its own configurations (compose).
//
// It holds no code: only the tests that every file still fits its program.
package configs
