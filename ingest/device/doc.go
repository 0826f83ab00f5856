// Package device takes in what devices of other makers publish: plain MQTT
// messages, without the acknowledgements that Siaga's own nodes wait for. A
// message is made durable before the broker, or the device at the embedded
// broker, is told that it was taken:
//
//	Link.Take ─► queue ─► group, one fsync ─► the link's acknowledgements, in order
//	             bounded  (spool "devices")
//
// Raw messages stay in that spool, in the order in which they came, until a
// decoder for their topic exists and has taken them: nothing else removes them.
// They do not go to the quarantine, which is for what a person must look at; a
// single gateway of such devices would fill it in a day, and a full quarantine
// stops the nodes too. The spool is bounded: when it is full, nothing more is
// acknowledged, connections are ended, and whoever published keeps its messages
// and comes again. Nodes are not touched by that.
//
// A message comes at least once: who lost an acknowledgement sends it again. The
// guarantee begins where the message arrives here; what a device or a broker
// before it has dropped is not known.
//
// The package must not decode payloads, write to InfluxDB, or take a topic that
// the configuration does not name.
package device
