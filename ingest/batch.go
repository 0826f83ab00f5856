package ingest

import (
	"bytes"
	"cmp"
	"slices"

	"github.com/siaga-id/siaga/internal/spool"
)

// batch is what goes to InfluxDB in one write: the lines of one or more whole
// packs, in the order of the spool. The bytes never change between attempts.
type batch struct {
	lines []byte
	count int
	packs []packed
	acked spool.Range // the spool's records in it
	// expired counts lines that are older than InfluxDB keeps, as it says there.
	expired    int
	expiredWhy string
}

// packed is one pack in a batch.
type packed struct {
	header
	from, to int      // its lines' bytes in batch.lines
	refused  []byte   // lines of it that InfluxDB refused
	reasons  []string // why, one for each of them
}

func (b *batch) reset() {
	b.lines, b.count, b.packs, b.acked = b.lines[:0], 0, b.packs[:0], spool.Range{}
	b.expired, b.expiredWhy = 0, ""
}

// oldest is the time of the oldest reading in Unix milliseconds.
func (b *batch) oldest() int64 {
	at := b.packs[0].header.oldest
	for i := range b.packs {
		at = min(at, b.packs[i].header.oldest)
	}
	return at
}

// add appends a record, unless that would make the batch larger than the limits.
// A batch takes at least one record, however large.
func (b *batch) add(seq uint64, record []byte, maxLines, maxBytes int) (added bool, err error) {
	h, lines, err := parseRecord(record)
	if err != nil {
		return false, err
	}
	if len(b.packs) > 0 && (b.count+h.lines > maxLines || len(b.lines)+len(lines) > maxBytes) {
		return false, nil
	}
	from := len(b.lines)
	b.lines = append(b.lines, lines...)
	b.count += h.lines
	b.packs = append(b.packs, packed{header: h, from: from, to: len(b.lines)})
	if b.acked.From == 0 {
		b.acked.From = seq
	}
	b.acked.To = seq
	return true, nil
}

// refuse notes that InfluxDB refused the one line at that place.
func (b *batch) refuse(from, to int, reason string) {
	i, _ := slices.BinarySearchFunc(b.packs, from, func(p packed, at int) int {
		switch {
		case p.to <= at:
			return -1
		case p.from > at:
			return 1
		}
		return 0
	})
	p := &b.packs[i]
	p.refused = append(p.refused, b.lines[from:to]...)
	p.reasons = append(p.reasons, reason)
}

// isRefused says whether InfluxDB refused a line of it.
func (b *batch) isRefused() bool {
	return slices.ContainsFunc(b.packs, func(p packed) bool { return len(p.reasons) > 0 })
}

// middle returns the end of a line near the middle of lines from..to, or to when
// that is a single line.
func (b *batch) middle(from, to int) int {
	half := from + (to-from)/2
	if i := bytes.IndexByte(b.lines[half:to-1], '\n'); i >= 0 {
		return half + i + 1
	}
	if i := bytes.LastIndexByte(b.lines[from:half], '\n'); i >= 0 {
		return from + i + 1
	}
	return to
}

// ranges tells the registry what is stored, packs with consecutive numbers joined.
func (b *batch) ranges() []StoredRange {
	packs := slices.Clone(b.packs)
	slices.SortStableFunc(packs, func(p, q packed) int {
		return cmp.Or(cmp.Compare(p.node, q.node), cmp.Compare(p.epoch, q.epoch), cmp.Compare(p.seq, q.seq))
	})
	var ranges []StoredRange
	for i, p := range packs {
		if i > 0 {
			if q := &packs[i-1]; p.node == q.node && p.epoch == q.epoch && p.seq == q.seq && p.check == q.check {
				continue // sent twice, stored twice, one pack
			}
		}
		r := StoredRange{
			Node: p.node, Epoch: p.epoch, From: p.seq, To: p.seq, Check: p.check,
			Readings: p.readings - bytes.Count(p.refused, []byte(valueMark)),
			OldestMS: p.oldest, NewestMS: p.newest,
			Conflict: p.flags&flagConflict != 0,
		}
		if last := len(ranges) - 1; last >= 0 && ranges[last].joins(&r) {
			ranges[last].join(&r)
			continue
		}
		ranges = append(ranges, r)
	}
	return ranges
}

// joins reports whether o continues r.
func (r *StoredRange) joins(o *StoredRange) bool {
	return r.Node == o.Node && r.Epoch == o.Epoch && r.To+1 == o.From && !r.Conflict && !o.Conflict
}

func (r *StoredRange) join(o *StoredRange) {
	r.To = o.To
	r.Check ^= o.Check
	r.Readings += o.Readings
	r.OldestMS, r.NewestMS = min(r.OldestMS, o.OldestMS), max(r.NewestMS, o.NewestMS)
}
