package spool

import (
	"encoding/binary"
	"hash/crc32"
	"math/rand/v2"
	"path/filepath"
)

const (
	journalName    = "acks"
	journalNewName = "acks.new"
	journalMagic   = "SIAGASA"

	journalHeaderSize = 16
	slotSize          = 40

	// compactSlots is how many slots beyond twice the needed ones the journal
	// grows by before it is written anew: 160 KiB.
	compactSlots = 4096
)

type slotKind byte

const (
	// slotAck: the range was acknowledged.
	slotAck slotKind = iota + 1
	// slotDrop: the range was given up.
	slotDrop
	// slotOpen: the segment that begins at From takes sequences up to To.
	slotOpen
	// slotShut: no segment takes records; next is exact.
	slotShut
)

// slot is one entry of the journal. Slots have one size and stand at multiples
// of it, so that a damaged one costs no other.
type slot struct {
	kind slotKind
	r    Range
	next uint64 // the spool's next sequence when the slot was written
}

func appendSlot(dst []byte, marker uint32, s slot) []byte {
	at := len(dst)
	dst = binary.LittleEndian.AppendUint32(dst, marker)
	dst = append(dst, byte(s.kind), 0, 0, 0)
	dst = binary.LittleEndian.AppendUint64(dst, s.r.From)
	dst = binary.LittleEndian.AppendUint64(dst, s.r.To)
	dst = binary.LittleEndian.AppendUint64(dst, s.next)
	dst = binary.LittleEndian.AppendUint32(dst, 0)
	return binary.LittleEndian.AppendUint32(dst, crc32.Checksum(dst[at:], castagnoli))
}

func parseSlot(b []byte) (s slot, marker uint32, ok bool) {
	if binary.LittleEndian.Uint32(b[36:]) != crc32.Checksum(b[:36], castagnoli) {
		return slot{}, 0, false
	}
	s = slot{
		kind: slotKind(b[4]),
		r:    Range{binary.LittleEndian.Uint64(b[8:]), binary.LittleEndian.Uint64(b[16:])},
		next: binary.LittleEndian.Uint64(b[24:]),
	}
	sound := s.next > 0 && s.next < maxSequence
	switch s.kind {
	case slotAck, slotDrop:
		sound = s.r.From > 0 && s.r.From <= s.r.To && s.r.To < s.next
	case slotOpen:
		sound = s.r.From > 0 && s.r.From <= s.r.To && s.r.To < maxSequence && s.next >= s.r.From
	case slotShut:
	default:
		sound = false
	}
	return s, binary.LittleEndian.Uint32(b), sound
}

func appendJournalHeader(dst []byte, marker uint32) []byte {
	at := len(dst)
	dst = append(dst, journalMagic...)
	dst = append(dst, formatVersion)
	dst = binary.LittleEndian.AppendUint32(dst, marker)
	return binary.LittleEndian.AppendUint32(dst, crc32.Checksum(dst[at:], castagnoli))
}

func parseJournalHeader(b []byte) (marker uint32, err error) {
	if len(b) < journalHeaderSize || string(b[:len(journalMagic)]) != journalMagic ||
		binary.LittleEndian.Uint32(b[12:]) != crc32.Checksum(b[:12], castagnoli) {
		return 0, ErrChecksum
	}
	if b[len(journalMagic)] != formatVersion {
		return 0, ErrVersion
	}
	return binary.LittleEndian.Uint32(b[8:]), nil
}

// readJournal gives every sound slot to fn. end is where the sound part of the
// file ends: what follows is the torn end of an unsynced write, which is no
// damage. bad are the offsets of damaged slots before that, and 0 for a damaged
// header. The error is ErrVersion.
func readJournal(w *window, fn func(slot)) (end int64, marker uint32, bad []int64, err error) {
	head := w.bytes(0, int(min(journalHeaderSize, w.size)))
	marker, err = parseJournalHeader(head)
	if err == ErrVersion {
		return 0, 0, nil, err
	}
	known := err == nil
	if !known {
		bad = append(bad, 0)
	}
	end = journalHeaderSize
	damaged := len(bad)
	for off := int64(journalHeaderSize); off+slotSize <= w.size; off += slotSize {
		s, m, ok := parseSlot(w.bytes(off, slotSize))
		if ok && !known {
			marker, known = m, true
		}
		if !ok || m != marker {
			bad = append(bad, off)
			continue
		}
		fn(s)
		end, damaged = off+slotSize, len(bad)
	}
	return end, marker, bad[:damaged], nil
}

// journal is the open acknowledgement journal. Its methods are called by one
// caller at a time.
type journal struct {
	fs     FS
	dir    string
	f      File // nil when an attempt to replace the file failed half-way
	marker uint32
	size   int64
	slots  int
	dirty  bool // something was written since the last sync
}

func (j *journal) path() string { return filepath.Join(j.dir, journalName) }

// append writes the slots; they are durable after sync. After an error nothing
// of them counts, and the next append writes over them.
func (j *journal) append(slots ...slot) error {
	b := make([]byte, 0, len(slots)*slotSize)
	for _, s := range slots {
		b = appendSlot(b, j.marker, s)
	}
	if _, err := j.f.WriteAt(b, j.size); err != nil {
		return err
	}
	j.size += int64(len(b))
	j.slots += len(slots)
	j.dirty = true
	return nil
}

func (j *journal) sync() error {
	if !j.dirty {
		return nil
	}
	if err := j.f.Sync(); err != nil {
		return err
	}
	j.dirty = false
	return nil
}

func (j *journal) close() error {
	if j.f == nil {
		return nil
	}
	return j.f.Close()
}

// replace writes a journal of these slots only, durably, in place of the one
// there is. After an error the old one is in use as before, unless f is nil:
// then it is open what the disk holds.
func (j *journal) replace(slots []slot) error {
	n := &journal{fs: j.fs, dir: j.dir, marker: rand.Uint32(), size: journalHeaderSize}
	tmp := filepath.Join(j.dir, journalNewName)
	f, err := j.fs.Create(tmp)
	if err != nil {
		return err
	}
	n.f = f
	_, err = f.WriteAt(appendJournalHeader(nil, n.marker), 0)
	if err == nil {
		err = n.append(slots...)
	}
	if err == nil {
		err = f.Sync()
	}
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		// What is left of it is removed by the next Open at the latest.
		_ = j.fs.Remove(tmp)
		return err
	}
	// Windows renames neither an open file nor over one.
	err = j.close()
	j.f = nil
	if err != nil {
		return err
	}
	if err := j.fs.Rename(tmp, j.path()); err != nil {
		return err
	}
	if err := j.fs.SyncDir(j.dir); err != nil {
		return err
	}
	if n.f, err = j.fs.Open(j.path()); err != nil {
		return err
	}
	n.dirty = false
	*j = *n
	return nil
}
