// Package brokerconfig writes the configuration that an external MQTT broker needs
// beside Siaga: TLS with the center's certificate authority, each client's rights,
// and queues that do not drop what waits for an ingester.
//
// It holds texts and no connection: it must not ask the center, make keys or write
// files. What it writes says of each line why it is there.
package brokerconfig
