package spool

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/crc32"
)

// entry is one readable record of a segment.
type entry struct {
	seq     uint64
	off     int64
	payload []byte // valid until the walker moves on
}

// gap is a stretch of a segment that makes no record.
type gap struct {
	off int64
	// from is the first sequence lost. sure is the last one that is known to
	// have been there, and most the last that can have been; they differ only at
	// the end of a file. With no sequence lost, both are below from.
	from, sure, most uint64
	err              error
}

func (g *gap) lost() Range {
	if g.most < g.from {
		return Range{}
	}
	return Range{g.from, g.most}
}

// walker goes through the records of a segment and, where the bytes are not
// what was written, looks for the next record that is.
//
// A record is believed when its header's checksum, which depends on its place,
// and its own are right, it begins with the segment's marker, and its sequence fits
// where it stands. The marker is random for each segment. So nothing passes for a
// record that was not written there as one: not what is inside a record, not an
// old block of the disk, not a block that was written in the wrong place.
type walker struct {
	win    *window
	marker uint32
	off    int64  // where the next record is expected
	want   uint64 // the sequence expected there
	limit  uint64 // no record has this sequence or a later one
}

// next gives the next readable record and the gap before it, if there is one.
// At the end there is no record (ok false), and perhaps a last gap.
func (w *walker) next() (e entry, g *gap, ok bool) {
	start, from := w.off, w.want
	known := from      // above the last sequence whose header was seen in the gap
	explained := start // the bytes before belong to those
	var cause error
	for w.off < w.win.size {
		h, ok := w.header(known, from+uint64(w.off-start)/recordHeaderSize)
		if ok {
			end := w.off + recordHeaderSize + int64(h.length)
			if end <= w.win.size {
				b := w.win.bytes(w.off, recordHeaderSize+int(h.length))[recordHeaderSize:]
				if crc32.Checksum(b, castagnoli) == h.sum {
					e = entry{seq: h.seq, off: w.off, payload: b}
					if w.off > start {
						g = &gap{off: start, from: from, sure: h.seq - 1, most: h.seq - 1, err: w.wrap(cause)}
					}
					w.off, w.want = end, h.seq+1
					return e, g, true
				}
			} else if cause == nil {
				cause = ErrTruncated
			}
			known, explained = h.seq+1, min(end, w.win.size)
		} else if cause == nil && w.win.size-w.off < recordHeaderSize {
			cause = ErrTruncated
		}
		if cause == nil {
			cause = ErrChecksum
		}
		w.find()
	}
	if start == w.win.size {
		return entry{}, nil, false
	}
	rest := uint64(w.win.size - explained)
	most := known + (rest+recordHeaderSize-1)/recordHeaderSize - 1
	w.want = most + 1
	return entry{}, &gap{off: start, from: from, sure: known - 1, most: most, err: w.wrap(cause)}, false
}

// header reads the header at w.off and says whether one is there with a
// sequence from lo to hi.
func (w *walker) header(lo, hi uint64) (recordHeader, bool) {
	if w.win.size-w.off < recordHeaderSize {
		return recordHeader{}, false
	}
	h, ok := parseRecordHeader(w.win.bytes(w.off, recordHeaderSize), w.off)
	return h, ok && h.marker == w.marker && lo <= h.seq && h.seq <= hi && h.seq < w.limit
}

// find moves w.off forward to the next place that begins with the marker.
func (w *walker) find() {
	var m [4]byte
	binary.LittleEndian.PutUint32(m[:], w.marker)
	w.off++
	for w.win.size-w.off >= recordHeaderSize {
		b := w.win.bytes(w.off, int(min(windowBytes, w.win.size-w.off)))
		if i := bytes.Index(b, m[:]); i >= 0 {
			w.off += int64(i)
			return
		}
		w.off += int64(len(b) - len(m) + 1)
	}
	w.off = w.win.size
}

// wrap adds the disk's own error, if it had one since the last gap.
func (w *walker) wrap(cause error) error {
	if w.win.err == nil {
		return cause
	}
	err := fmt.Errorf("%w: %w", cause, w.win.err)
	w.win.err = nil
	return err
}

// findMarker learns the marker from the records, for a segment whose header is
// damaged.
func findMarker(win *window, base, limit uint64) (marker uint32, ok bool) {
	for off := int64(segmentHeaderSize); win.size-off >= recordHeaderSize; off++ {
		h, ok := parseRecordHeader(win.bytes(off, recordHeaderSize), off)
		most := base + uint64(off-segmentHeaderSize)/recordHeaderSize
		if ok && base <= h.seq && h.seq <= most && h.seq < limit {
			return h.marker, true
		}
	}
	return 0, false
}
