// Package wifi tells how strong the node's Wi-Fi is received: signal, in dBm, as
// /proc/net/wireless has it for an interface that is connected. It is the last
// value that the network card's driver knows, not a mean. About -50 dBm is next to
// the access point, -70 usable, and below -80 packs are lost.
//
// The file has two lines of titles, then a line for each interface: name, status
// (hexadecimal), link quality, level, noise, counters; a level that is new since
// the last look has a full stop behind it. Levels are dBm where the driver says so,
// and then negative; others count in units of their own and are no measurement.
// (Linux, net/wireless/wext-proc.c.)
//
// It only reads. It must not connect, scan, or know what the link is for.
package wifi
