// Package integration tests the built programs together with the real parts
// that districts run beside them, Debian's Mosquitto and InfluxDB 1.8.10, and
// with SIGKILL.
//
// It also runs the node's program as technicians get it: built for Raspberry
// Pis, in an emulator of their processors; reading simulated chips on the serial
// ports of this machine; installed from its package, updated and purged, in a
// copy of this machine's file system.
//
// It holds no code, only tests behind the build tag integration. They need
// mosquitto (apt-get install mosquitto) and influxd (go install
// github.com/influxdata/influxdb/cmd/influxd@v1.8.10), and say so where one is
// missing. Those with emulators (apt-get install qemu-user-static) and packages
// (root, and systemd's tools) are skipped where that is missing. SIAGA_OUTAGE
// sets how long InfluxDB is away, 15s by default.
package integration
