// Package gascell drives electrochemical cells for CO, NO2, SO2 and O3 whose
// boards give voltages to an ADS1115.
//
// Cells with 2 electrodes in use (such as SPEC's ULPSM modules, 0 to 3 V) give one
// voltage: (V - zero) / sensitivity, where sensitivity is negative for gases that
// are reduced. It is said in mV/ppb or mV/ppm, or as the cell's label has it in
// nA/ppm, with the amplifier's gain in kV/A (SPEC ULPSM datasheet: M = sensitivity
// code · gain · 10^-9 A/nA · 10^3 V/kV).
//
// Cells with 4 electrodes (Alphasense A4 and B4) have an auxiliary electrode that
// the gas does not reach and whose voltage tells the background. Application note
// AAN 803 corrects the working electrode's in one of four ways, and says which
// for which cell; e is the board's electronic zero, o the cell's zero in clean
// air, both on the certificate, and n a factor by temperature from the note's
// table, between whose entries a straight line is drawn:
//
//	1: (WE - WEe) - n·(AE - AEe)
//	2: (WE - WEe) - n·(WEo/AEo)·(AE - AEe)
//	3: (WE - WEe) - (WEo - AEo) - n·(AE - AEe)
//	4: (WE - WEe) - WEo - n, where n is in mV
//
// The temperature is a setting, since this driver has no thermometer: a wrong one
// shifts the zero.
//
// Sense gives µg/m³ at 25 °C and 1 atm: ppb times molar mass over 24.45 l/mol. Near
// zero values are negative now and then. They are kept, so that means stay true;
// the quantity's limits mark them as suspect. So are all values in the node's
// first hour (warm_up): a cell takes that long to settle under power, which it has
// from the node, and an hour of bad values that are marked is better than none.
//
// It must not correct for other gases (NO2 and O3 disturb each other), humidity,
// or ageing: those are corrections of what is stored. Nor may it clamp.
package gascell
