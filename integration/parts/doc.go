// Package parts runs what the integration tests run: our built programs, Debian's
// Mosquitto and InfluxDB 1.8.10, each as a process that can be stopped, killed
// and started again on the same data.
//
// It must not check anything: what is right is for a test to say.
package parts
