// Package scd4x is a Sensirion SCD40 or SCD41 CO2 sensor as I2C address 0x62
// shows it: measuring every 5 or 30 s or once, data-ready status, settings with
// an EEPROM behind them, forced recalibration, self test, serial number and
// variant.
//
// Commands, execution times, states and conversions are from Sensirion's SCD4x
// data sheet (version 1.3, September 2022; chapter 3) and, for what newer
// firmware has besides, from Sensirion's embedded-i2c-scd4x driver. Automatic
// self-calibration has its settings and no effect, and so have altitude and
// pressure: what the sensor finds is right with them.
//
// It must not import anything of ours or any driver: a simulator that shared a
// driver's arithmetic would share its bugs.
package scd4x
