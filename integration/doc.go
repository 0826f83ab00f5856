// Package integration tests the built programs together with the real parts
// that districts run beside them, Debian's Mosquitto and InfluxDB 1.8.10, and
// with SIGKILL.
//
// It holds no code, only tests behind the build tag integration. They need
// mosquitto (apt-get install mosquitto) and influxd (go install
// github.com/influxdata/influxdb/cmd/influxd@v1.8.10), and say so where one is
// missing. SIAGA_OUTAGE sets how long InfluxDB is away, 15s by default.
package integration
