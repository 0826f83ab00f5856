package ingest

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/siaga-id/siaga/internal/reading"
	"github.com/siaga-id/siaga/internal/spool"
	"github.com/siaga-id/siaga/internal/wire"
)

// Registry is told what became of packs. Reports come at least once, in no
// particular order, and after a crash again: both methods must be idempotent.
// An error makes the ingester report the same again later; meanwhile it works on.
type Registry interface {
	// Stored says that InfluxDB has taken ranges of packs. The slice is the
	// caller's again when it returns.
	Stored(ctx context.Context, ranges []StoredRange) error
	// Quarantine keeps refused packs, all or none of them. Entries with the same
	// Node, Kind, Epoch, Seq, Check and Length are the same one. It returns an
	// error that is ErrQuarantineFull when there is no room. The payloads may be
	// kept.
	Quarantine(ctx context.Context, refused []Refused) error
}

// ErrQuarantineFull is what Registry.Quarantine's error is when nothing more
// fits. The ingester then stops accepting until something has been dropped.
var ErrQuarantineFull = errors.New("the quarantine is full")

// StoredRange is a run of packs of one node and epoch that are in InfluxDB. The
// packs may overlap with earlier reports.
type StoredRange struct {
	Node  reading.NodeID `json:"node"`
	Epoch string         `json:"epoch"`
	// From and To are the first and last sequence, both included.
	From uint64 `json:"from"`
	To   uint64 `json:"to"`
	// Check is the XOR of wire.Check over the packs.
	Check uint32 `json:"check"`
	// Readings is how many single values were stored, those that InfluxDB refused
	// taken off.
	Readings int `json:"readings"`
	// OldestMS and NewestMS are the times of the first and last reading in it.
	OldestMS int64 `json:"oldest_ms"`
	NewestMS int64 `json:"newest_ms"`
	// Conflict is true where other packs under the same numbers came before: the
	// card was cloned, or restored from a copy.
	Conflict bool `json:"conflict,omitempty"`
}

// RefusedKind says what Refused.Payload is.
type RefusedKind string

// The kinds of payload in the quarantine.
const (
	// RefusedPack is the pack as it came.
	RefusedPack RefusedKind = "pack"
	// RefusedLines is line protocol that InfluxDB refused; the rest of the pack it
	// came from is stored.
	RefusedLines RefusedKind = "lines"
)

// MaxQuarantined is how much of a refused pack is kept, in bytes: all of any that
// could have been decoded.
const MaxQuarantined = wire.MaxPackBytes

// Refused is one entry for the quarantine. Where Epoch and Seq are set, the
// ledger must take the pack as arrived.
type Refused struct {
	Kind RefusedKind `json:"kind"`
	// Ingester is who refused it.
	Ingester string `json:"ingester"`
	// Node is whose topic it came on, "" where the topic named none.
	Node  reading.NodeID `json:"node,omitempty"`
	Topic string         `json:"topic"`
	// Epoch and Seq are "" and 0 where they could not be read.
	Epoch string `json:"epoch,omitempty"`
	Seq   uint64 `json:"seq,omitempty"`
	// Check and Length are those of the pack, also where Payload is something else.
	Check  uint32 `json:"check"`
	Length int    `json:"length"`
	// ReceivedMS is when it came, in Unix milliseconds of the center.
	ReceivedMS int64 `json:"received_ms"`
	// Reason is one of the Reason constants or of wire's Bad constants.
	Reason string `json:"reason"`
	// Detail tells a person what is wrong with it.
	Detail string `json:"detail"`
	// Payload holds at most MaxQuarantined bytes of a pack, or at most 1 MiB of
	// lines.
	Payload []byte `json:"payload"`
}

// Why a pack, or a part of it, was refused, beside wire's Bad constants.
const (
	// ReasonTopic: it came on a topic that carries no packs.
	ReasonTopic = "topic"
	// ReasonWrongNode: the pack names another node than its topic.
	ReasonWrongNode = "wrong_node"
	// ReasonSimulated: a simulated pack at a real center.
	ReasonSimulated = "simulated"
	// ReasonNotSimulated: a real pack at a demo center.
	ReasonNotSimulated = "not_simulated"
	// ReasonUntimed: the node never knew the time in that boot.
	ReasonUntimed = "untimed"
	// ReasonAhead: readings from the future. Earlier ones of the pack are stored.
	ReasonAhead = "ahead"
	// ReasonSensors: more sensors than a node may have. The others are stored.
	ReasonSensors = "sensors"
	// ReasonRecords: some records are unusable. The others are stored.
	ReasonRecords = "records"
	// ReasonLines: the pack makes more line protocol than the spool takes at once.
	ReasonLines = "lines"
	// ReasonInfluxDB: InfluxDB refused these lines.
	ReasonInfluxDB = "influxdb"
)

// RefusedError says that a payload cannot be taken as it is.
type RefusedError struct {
	// Reason and Detail are as in Refused.
	Reason, Detail string
}

// Error says why, for people.
func (e *RefusedError) Error() string { return "refused (" + e.Reason + "): " + e.Detail }

// encode makes the spool's record of the entry: the length of the JSON in 4
// big-endian bytes, the JSON without the payload, the payload.
func (r *Refused) encode() ([]byte, error) {
	bare := *r
	bare.Payload = nil
	bare.Detail = clip(bare.Detail, maxDetail)
	b, err := json.Marshal(&bare)
	if err != nil {
		return nil, fmt.Errorf("encode quarantine entry: %w", err)
	}
	record := make([]byte, 0, 4+len(b)+len(r.Payload))
	record = binary.BigEndian.AppendUint32(record, uint32(len(b)))
	return append(append(record, b...), r.Payload...), nil
}

// decodeRefused returns what encode was given. The payload is part of record.
func decodeRefused(record []byte) (r Refused, err error) {
	if len(record) < 4 || uint64(len(record)-4) < uint64(binary.BigEndian.Uint32(record)) {
		return r, errors.New("parse quarantine entry: too short")
	}
	end := 4 + binary.BigEndian.Uint32(record)
	if err := json.Unmarshal(record[4:end], &r); err != nil {
		return r, fmt.Errorf("parse quarantine entry: %w", err)
	}
	r.Payload = record[end:]
	return r, nil
}

// A refused payload must fit into a spool's record beside what is said about it.
const (
	maxDetail = 4 << 10
	maxRecord = spool.MaxRecord - 64<<10
)

// clip shortens text for people to at most n bytes.
func clip(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && s[n]&0xC0 == 0x80 {
		n-- // not in the middle of a character
	}
	return s[:n] + "…"
}
