// Package uart keeps the newest frame of a sensor that talks by itself over a
// serial port. It is shared by the drivers of such sensors.
//
// It must not open ports, or know any sensor's frame: drivers bring a Parse.
package uart
