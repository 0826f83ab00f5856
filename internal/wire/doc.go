// Package wire is what nodes and the Command Center say to each other: MQTT
// topics, packs of readings, acknowledgements, node states, center states,
// configurations and commands, to bytes and back. Everything that comes from outside is checked completely before
// it is returned; a record that cannot be used never takes its neighbours with it.
//
// It must not do I/O, read a clock, log, or decide what is done with a message:
// what is stored, quarantined or acknowledged is the business of its callers.
//
// # Packs
//
// A pack is a SenML pack (RFC 8428, 9100), in CBOR or JSON, so that any SenML
// tool reads it. Names are <node>/<sensor>/<quantity>, of one node in a pack;
// units are those of package reading or left out. The first record also carries
//
//	seq      number of the pack within its epoch, from 1
//	epoch    random id of the sequence
//	boot     id of the boot that measured
//	clk      clock state: sync, est, none or untimed
//	clk_err  possible error of the times in seconds, left out where 0
//	site     Kemendagri code of the desa
//	seal     when the node closed the pack, a time like t
//	sim      true where the readings are simulated
//	bqc      base quality: the QARTOD flag of records without one, left out where 2
//
// and any record may carry qc, a QARTOD flag, left out where it is bqc or, without
// that, 2 (not evaluated). A reader that does not know bqc takes what was judged
// good for not judged.
// As RFC 8428 wants it, other labels are ignored unless they end in "_", and
// lengths in CBOR are definite.
//
// Times are absolute except with clk none, where they are relative to now. With
// clk untimed each is the latest possible, and the earliest is clk_err before it.
//
// Encoders group records by series, so that name and unit stand once, and write
// each number in the shortest form that gives the same float64 (for times: the
// same millisecond).
package wire
