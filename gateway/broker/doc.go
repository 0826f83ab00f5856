// Package broker runs an MQTT broker (3.1.1 and 5) inside the process, so that
// a Command Center needs no other service, and hands what nodes publish to the
// ingester without a detour over a connection.
//
// It is the only importer of mochi-mqtt. It must not decode payloads, must not
// wait for whoever takes packs, must not verify certificates or passwords itself,
// and must not be reachable anonymously from other machines.
//
// Who a client is, a Gate says. A node shows a certificate, uses its id as client
// id, publishes its own live, fill, state, config/reported and reply, and
// subscribes to its own ack, config and cmd and to the states of ingesters; that
// is all. Ingesters on other machines, and devices of other makers, sign in by
// name and password; an ingester takes packs and acknowledges them, a device has
// the topic filters that were given to it. On this machine's own addresses
// everybody else is anonymous, as tools and simulators are: he may publish what
// nodes say for nodes that were never enrolled, and what is not under siaga/, and
// subscribe to all. Client ids of enrolled nodes are theirs alone, those of
// accounts are kept apart from each other and from all others, and nobody inherits
// another's session.
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
// siaga/center/…) are refused from clients but for ingesters, also as Wills.
// A message of QoS 0 that is refused is dropped, any other costs the connection,
// which is all that MQTT 3.1.1 knows; a subscription that is refused fails. Topics
// that begin with "$" are nobody's, shared subscriptions apart. Whoever publishes
// faster than any node needs, from another machine, is read more slowly. The sessions
// of an account, the depth of topics and what is retained beside siaga/ are bounded.
// The delay that MQTT 5 lets a client ask for its Will is not kept: it is sent at
// once.
package broker
