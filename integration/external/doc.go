// Package external shows that an external broker with the configuration that
// `siaga broker-config` writes gives nodes, ingesters and strangers the same rights
// as the embedded one. Its tests need the build tag integration and Debian's
// mosquitto.
package external
