// Package ads1115test is a board with one ADS1115 on its bus, whose inputs a test
// sets, for the tests of what is wired to such a converter.
//
// It must not be used by the simulator, whose chip is written from the datasheet
// independently of this driver.
package ads1115test
