// Package broker runs an MQTT broker (3.1.1 and 5) inside the process, so that
// a Command Center needs no other service, and hands what nodes publish to the
// ingester without a detour over a connection.
//
// It is the only importer of mochi-mqtt. It must not decode payloads, must not
// wait for whoever takes packs, and must not be reachable anonymously
// from other machines: until nodes are enrolled it listens on loopback only.
//
// Messages on the topics of devices that Options.Devices names go to that intake
// instead, and are acknowledged (PUBACK, or PUBREC at QoS 2) when they are on disk,
// while the connection is read on. mochi is told to reject them, which makes it
// leave them alone under 3.1.1 and 5 alike; they are passed on to subscribers and
// acknowledged here. One that cannot be taken costs its connection.
//
// Retained messages and sessions are in memory. After a restart of the center
// they come back by themselves: nodes publish their states again when they
// connect and every 60 s, and the gateway publishes configurations again.
//
// Topics under siaga/ that only the center may say (ack, config, cmd and
// siaga/center/…) are refused from clients, also as Wills: a message of QoS 0
// is dropped, any other costs the connection, which is all that MQTT 3.1.1
// knows. Nobody may subscribe to topics that begin with "$", shared subscriptions
// apart. Everything else may be published and subscribed to by anybody. The delay
// that MQTT 5 lets a client ask for its Will is not kept: it is sent at once.
package broker
