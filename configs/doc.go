// Package configs holds what an administrator copies: sample configurations of
// the programs, systemd units, and a Mosquitto configuration.
//
// It holds no code: only the tests that every file still fits its program.
package configs
