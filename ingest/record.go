package ingest

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/siaga-id/siaga/internal/reading"
	"github.com/siaga-id/siaga/internal/wire"
)

// A record of the data spool is one pack: a header and its lines. All numbers
// are big-endian. The spool guards the bytes by a checksum of its own.
//
//	offset  bytes
//	0       1      version of this layout, 1
//	1       1      flags
//	2       4      lines
//	6       4      readings
//	10      4      check of the pack
//	14      4      length of the pack in bytes
//	18      8      seq
//	26      8      received, Unix ms
//	34      8      sealed, Unix ms, 0 = not said
//	42      8      oldest reading, Unix ms
//	50      8      newest reading, Unix ms
//	58      1+n    node, behind its length
//	        1+n    epoch, behind its length
//	        …      the lines
const (
	recordVersion = 1
	recordFixed   = 58

	flagFill     = 1 << 0 // came on the fill lane
	flagConflict = 1 << 1 // another pack under the same numbers came before
)

// header is what a record tells about its pack.
type header struct {
	flags    byte
	lines    int
	readings int
	check    uint32
	length   int
	seq      uint64
	received int64
	sealed   int64
	oldest   int64
	newest   int64
	node     reading.NodeID
	epoch    string
}

// lane returns the channel that the pack came on.
func (h *header) lane() wire.Channel {
	if h.flags&flagFill != 0 {
		return wire.Fill
	}
	return wire.Live
}

// append appends the header. The number of lines may be set afterwards, by setLines.
func (h *header) append(dst []byte) []byte {
	be := binary.BigEndian
	dst = append(dst, recordVersion, h.flags)
	dst = be.AppendUint32(dst, uint32(h.lines))
	dst = be.AppendUint32(dst, uint32(h.readings))
	dst = be.AppendUint32(dst, h.check)
	dst = be.AppendUint32(dst, uint32(h.length))
	dst = be.AppendUint64(dst, h.seq)
	dst = be.AppendUint64(dst, uint64(h.received))
	dst = be.AppendUint64(dst, uint64(h.sealed))
	dst = be.AppendUint64(dst, uint64(h.oldest))
	dst = be.AppendUint64(dst, uint64(h.newest))
	dst = append(append(dst, byte(len(h.node))), h.node...)
	return append(append(dst, byte(len(h.epoch))), h.epoch...)
}

func setLines(record []byte, lines int) {
	binary.BigEndian.PutUint32(record[2:], uint32(lines))
}

// parseRecord returns a record's header and its lines, which are part of record.
func parseRecord(record []byte) (h header, lines []byte, err error) {
	if len(record) == 0 {
		return h, nil, errors.New("parse record: it is empty")
	}
	if v := record[0]; v != recordVersion {
		return h, nil, fmt.Errorf("parse record: layout version %d, this program knows %d: run the version that wrote it with --drain first", v, recordVersion)
	}
	if len(record) < recordFixed {
		return h, nil, errors.New("parse record: too short")
	}
	be := binary.BigEndian
	h = header{
		flags:    record[1],
		lines:    int(be.Uint32(record[2:])),
		readings: int(be.Uint32(record[6:])),
		check:    be.Uint32(record[10:]),
		length:   int(be.Uint32(record[14:])),
		seq:      be.Uint64(record[18:]),
		received: int64(be.Uint64(record[26:])),
		sealed:   int64(be.Uint64(record[34:])),
		oldest:   int64(be.Uint64(record[42:])),
		newest:   int64(be.Uint64(record[50:])),
	}
	node, rest, ok1 := cutString(record[recordFixed:])
	epoch, rest, ok2 := cutString(rest)
	if !ok1 || !ok2 {
		return h, nil, errors.New("parse record: too short for its names")
	}
	h.node, h.epoch = reading.NodeID(node), epoch
	return h, rest, nil
}

// cutString takes a string behind its length off b.
func cutString(b []byte) (s string, rest []byte, ok bool) {
	if len(b) == 0 || len(b) < 1+int(b[0]) {
		return "", nil, false
	}
	return string(b[1 : 1+b[0]]), b[1+b[0]:], true
}
