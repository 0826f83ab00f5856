package wire

import (
	"hash/crc32"

	"github.com/siaga-id/siaga/internal/reading"
)

// Bounds of a pack. Larger ones are refused whole, by encoders and decoders.
const (
	MaxPackBytes   = 256 << 10
	MaxPackRecords = 5000
)

// Clock is how far a node's clock could be trusted when it fixed the times of a pack.
type Clock string

// The clock states. With Synced and Estimated times are UTC, off by at most the
// pack's clock error. With Unknown they are relative to now, the pack is a
// preview. With Untimed no clock was ever known in that boot: each time is the
// latest possible, the clock error earlier the earliest.
const (
	Synced    Clock = "sync"
	Estimated Clock = "est"
	Unknown   Clock = "none"
	Untimed   Clock = "untimed"
)

// Valid reports whether c is one of the clock states.
func (c Clock) Valid() bool {
	return c == Synced || c == Estimated || c == Unknown || c == Untimed
}

// Pack is what a node sends at once: readings, and all that is needed to store
// and acknowledge them.
type Pack struct {
	// Node is part of every record's name in the pack. Whether it is the node of
	// the topic is for the receiver to check.
	Node reading.NodeID
	// Seq counts packs within Epoch, from 1. It may be 0 with an Unknown clock:
	// a preview is not acknowledged.
	Seq uint64
	// Epoch is the random id of the sequence, [0-9a-z]{1,32}.
	Epoch string
	// Boot is the id of the boot that measured, [0-9a-z-]{1,36}.
	Boot string
	// Clock says what the times mean.
	Clock Clock
	// ClockErrS is the possible error of the times, in seconds, from 0.
	ClockErrS float64
	// Site is where the node stood. It is a tag of every point.
	Site reading.SiteCode
	// Sim is true where the readings are simulated.
	Sim bool
	// SealedMS is when the node closed the pack, in Unix milliseconds (with an
	// Unknown clock in milliseconds relative to now); 0 says nothing.
	SealedMS int64
	// Readings have times in Unix milliseconds; with an Unknown clock in
	// milliseconds relative to now, never above 0.
	Readings []reading.Reading
	// Rejects are the records that Decode could not use, in the pack's order.
	// Encoding leaves them out.
	Rejects []Reject
}

// Reject is one record that could not be used. Its neighbours could.
type Reject struct {
	// Record is its position in the pack, from 0.
	Record int
	// Name is its SenML name, shortened where it is long.
	Name string
	// Reason tells a person what is wrong.
	Reason string
}

// DecodeError tells why a whole pack is unusable.
type DecodeError struct {
	// Reason is one of the Bad constants, for counting and comparing.
	Reason string
	// Detail tells a person what is wrong and where.
	Detail string
}

// Why a whole pack is unusable.
const (
	// BadSize: longer than MaxPackBytes, or no records, or more than MaxPackRecords.
	BadSize = "size"
	// BadSyntax: not well-formed CBOR or JSON, or not an array of maps.
	BadSyntax = "syntax"
	// BadVersion: a SenML version or a mandatory extension that is not understood.
	BadVersion = "version"
	// BadHeader: seq, epoch, boot, clock, site or what else describes the pack is
	// missing, wrong or in the wrong place.
	BadHeader = "header"
	// BadBase: a base field is wrong, so that no later record can be trusted.
	BadBase = "base"
	// BadNode: the records name no node, or more than one.
	BadNode = "node"
)

// Error says what is wrong, for people.
func (e *DecodeError) Error() string { return "decode pack: " + e.Reason + ": " + e.Detail }

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// Check returns the CRC-32C of a pack's bytes, by which it is acknowledged.
func Check(payload []byte) uint32 { return crc32.Checksum(payload, castagnoli) }
