// Package mqtt is a connection to an MQTT broker that looks after itself: it
// connects in the background, comes back with a jittered back-off, subscribes
// again after every reconnect, tries several addresses in turn, and stops cleanly.
//
// It is the only importer of the paho client. It must not know what the
// messages mean, and it keeps no message of its own: a publish that was not
// confirmed returns an error, and the caller, who has the data on disk, sends
// again.
package mqtt
