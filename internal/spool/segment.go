package spool

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"sort"
	"strconv"
	"strings"
)

// MaxRecord is the size of the largest record, in bytes.
const MaxRecord = 1 << 20

const (
	segmentMagic  = "SIAGASP"
	formatVersion = 1

	// maxSequence keeps sums of sequences from wrapping around. 64 bits of
	// records a second are never used up; only a hostile file comes near.
	maxSequence = 1 << 63

	segmentHeaderSize = 32
	recordHeaderSize  = 24

	// segmentRecords is how many records a segment takes, unless one Append
	// brings more. It bounds how many sequences are in doubt when the newest
	// segment is gone.
	segmentRecords = 8192

	// indexStep is how many bytes lie between two marks of a segment's index: a
	// random Read reads at most this much for nothing, and 100 MB of queue take
	// some 6,400 marks of 16 bytes.
	indexStep = 16 << 10
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// segment is what is kept in memory of a segment file.
type segment struct {
	base    uint64 // its first sequence
	next    uint64 // the first sequence that is not its own
	size    int64  // bytes that may be read
	marker  uint32 // begins each of its records
	records uint64 // readable ones
	payload int64  // their bytes, without headers
	marks   []mark // sparse, in order, the first at base
}

// mark says where a record is expected.
type mark struct {
	seq uint64
	off int64
}

func newSegment(base uint64, size int64, marker uint32) *segment {
	return &segment{base: base, next: base, size: size, marker: marker, marks: []mark{{base, segmentHeaderSize}}}
}

// empty says that the segment has no sequences, and so no range.
func (g *segment) empty() bool { return g.next == g.base }

// noted takes a readable record into the counts and, now and then, the index.
func (g *segment) noted(seq uint64, off int64, payload int) {
	g.records++
	g.payload += int64(payload)
	if off-g.marks[len(g.marks)-1].off >= indexStep {
		g.marks = append(g.marks, mark{seq, off})
	}
}

// before is the last mark at or before seq.
func (g *segment) before(seq uint64) mark {
	i := sort.Search(len(g.marks), func(i int) bool { return g.marks[i].seq > seq })
	return g.marks[max(i, 1)-1]
}

// sequences is the segment's range; only for one that is not empty.
func (g *segment) sequences() Range { return Range{g.base, g.next - 1} }

func segmentName(base uint64) string { return fmt.Sprintf("%020d.seg", base) }

// parseSegmentName is strict: anything else in the directory is not ours.
func parseSegmentName(name string) (base uint64, ok bool) {
	digits, ok := strings.CutSuffix(name, ".seg")
	if !ok || len(digits) != 20 {
		return 0, false
	}
	base, err := strconv.ParseUint(digits, 10, 64)
	return base, err == nil && base > 0 && base < maxSequence
}

// segmentHeader begins a segment file.
type segmentHeader struct {
	base   uint64
	floor  uint64 // every sequence below was acknowledged when the file was made
	marker uint32
}

func appendSegmentHeader(dst []byte, h segmentHeader) []byte {
	at := len(dst)
	dst = append(dst, segmentMagic...)
	dst = append(dst, formatVersion)
	dst = binary.LittleEndian.AppendUint64(dst, h.base)
	dst = binary.LittleEndian.AppendUint64(dst, h.floor)
	dst = binary.LittleEndian.AppendUint32(dst, h.marker)
	return binary.LittleEndian.AppendUint32(dst, crc32.Checksum(dst[at:], castagnoli))
}

// parseSegmentHeader answers ErrVersion for the whole header of a newer
// program, and ErrChecksum for anything that is no header.
func parseSegmentHeader(b []byte) (segmentHeader, error) {
	if len(b) < segmentHeaderSize || string(b[:len(segmentMagic)]) != segmentMagic ||
		binary.LittleEndian.Uint32(b[28:]) != crc32.Checksum(b[:28], castagnoli) {
		return segmentHeader{}, ErrChecksum
	}
	if b[len(segmentMagic)] != formatVersion {
		return segmentHeader{}, ErrVersion
	}
	h := segmentHeader{
		base:   binary.LittleEndian.Uint64(b[8:]),
		floor:  binary.LittleEndian.Uint64(b[16:]),
		marker: binary.LittleEndian.Uint32(b[24:]),
	}
	if h.base == 0 || h.base >= maxSequence || h.floor == 0 || h.floor > h.base {
		return segmentHeader{}, ErrChecksum
	}
	return h, nil
}

// recordHeader goes before each record.
type recordHeader struct {
	marker uint32
	length uint32
	seq    uint64
	sum    uint32 // CRC-32C of the record
}

// headerSum is a record header's checksum, of its first 20 bytes and mixed with
// its place in the file: a header that a misdirected write or a forger has put
// elsewhere is none.
func headerSum(b []byte, off int64) uint32 {
	return crc32.Checksum(b[:20], castagnoli) ^ uint32(off) ^ uint32(off>>32)
}

// appendRecord adds a record that will begin at off in its file.
func appendRecord(dst []byte, off int64, marker uint32, seq uint64, record []byte) []byte {
	at := len(dst)
	dst = binary.LittleEndian.AppendUint32(dst, marker)
	dst = binary.LittleEndian.AppendUint32(dst, uint32(len(record)))
	dst = binary.LittleEndian.AppendUint64(dst, seq)
	dst = binary.LittleEndian.AppendUint32(dst, crc32.Checksum(record, castagnoli))
	dst = binary.LittleEndian.AppendUint32(dst, headerSum(dst[at:], off))
	return append(dst, record...)
}

// parseRecordHeader checks the header by itself, so that its length can be
// trusted where the record cannot.
func parseRecordHeader(b []byte, off int64) (h recordHeader, ok bool) {
	if binary.LittleEndian.Uint32(b[20:]) != headerSum(b, off) {
		return recordHeader{}, false
	}
	h = recordHeader{
		marker: binary.LittleEndian.Uint32(b),
		length: binary.LittleEndian.Uint32(b[4:]),
		seq:    binary.LittleEndian.Uint64(b[8:]),
		sum:    binary.LittleEndian.Uint32(b[16:]),
	}
	return h, h.length <= MaxRecord && h.seq > 0
}
