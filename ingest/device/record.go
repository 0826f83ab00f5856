package device

import (
	"encoding/binary"
	"errors"
	"fmt"
	"time"
)

// Message is one message of a device.
type Message struct {
	Topic string
	// Payload is only read, and not kept, by whoever is given a Message.
	Payload []byte
	// Received is when it came, by the center's clock, in whole milliseconds.
	Received time.Time
	// Retain is whether the device asked the broker to keep it as its latest.
	Retain bool
	// Length is the payload's in bytes where only its beginning was kept; 0: it is
	// whole.
	Length int
}

// A record of the spool is one message. All numbers are big-endian.
//
//	offset  bytes
//	0       1      version of this layout, 1
//	1       1      flags: 1 retain
//	2       8      received, Unix ms
//	10      4      length of the whole payload where it was cut, else 0
//	14      2+n    topic, behind its length
//	        …      payload
const (
	recordVersion = 1
	recordFixed   = 16

	flagRetain = 1 << 0
)

// record returns what the spool is to hold; of a payload longer than most only
// the beginning.
func (m *Message) record(most int) []byte {
	payload, whole := m.Payload, 0
	if len(payload) > most {
		payload, whole = payload[:most], len(payload)
	}
	be := binary.BigEndian
	b := make([]byte, 0, recordFixed+len(m.Topic)+len(payload))
	var flags byte
	if m.Retain {
		flags |= flagRetain
	}
	b = append(b, recordVersion, flags)
	b = be.AppendUint64(b, uint64(m.Received.UnixMilli()))
	b = be.AppendUint32(b, uint32(whole))
	b = be.AppendUint16(b, uint16(len(m.Topic)))
	return append(append(b, m.Topic...), payload...)
}

// parse returns the message in a record; its payload is part of the record.
func parse(record []byte) (Message, error) {
	if len(record) > 0 && record[0] != recordVersion {
		return Message{}, fmt.Errorf("parse device message: layout version %d, this program knows %d", record[0], recordVersion)
	}
	if len(record) < recordFixed {
		return Message{}, errors.New("parse device message: too short")
	}
	be := binary.BigEndian
	topic := int(be.Uint16(record[14:]))
	if len(record) < recordFixed+topic {
		return Message{}, errors.New("parse device message: too short for its topic")
	}
	return Message{
		Topic:    string(record[recordFixed : recordFixed+topic]),
		Payload:  record[recordFixed+topic:],
		Received: time.UnixMilli(int64(be.Uint64(record[2:]))),
		Retain:   record[1]&flagRetain != 0,
		Length:   int(be.Uint32(record[10:])),
	}, nil
}
