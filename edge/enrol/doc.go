// Package enrol is a node's identity: how it comes to a certificate by a token,
// keeps it, and has it renewed.
//
// The key is made on the node and never leaves it. It is on the disk before the
// center is asked, so that after a lost reply or a power cut the same token can be
// sent again with the same key. All of an identity stands in one file,
// enrolment.json in the folder identity of the data directory, which is replaced
// as a whole: there is always an old one or a new one, never a mixture. Programs
// that change it hold a lock meanwhile.
//
// The center tells which authorities to trust and at which addresses it is. When a
// changed list does not lead to it for ReturnAfter, the node takes the one before
// again by itself, and so on in turn: a mistake in the center strands nobody. A
// configuration may say another list, which edge/remote gives back with its version.
// A certificate of an authority that is trusted no more is renewed at once.
//
// It must not send readings, ask for a password, or log tokens and keys.
package enrol
