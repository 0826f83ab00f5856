package spool

import (
	"errors"
	"fmt"
)

// What Append, Read, Ack and Open can answer beside what the file system says.
// All come wrapped; test with errors.Is.
var (
	// ErrFull says that a record does not fit now: the byte limit is reached, or
	// the disk would be left with less than the reserve. Nothing was appended.
	// Try again after an Ack or DropOldest.
	ErrFull = errors.New("spool is full")
	// ErrTooLarge says that a record or an Append can never fit.
	ErrTooLarge = errors.New("too large for the spool")
	// ErrClosed is the answer of every method after Close.
	ErrClosed = errors.New("spool is closed")
	// ErrLocked says that another process, or this one, has the directory open.
	ErrLocked = errors.New("spool is in use")
	// ErrVersion says that the directory was written by a newer program. Nothing
	// was changed.
	ErrVersion = errors.New("spool format is newer than this program")
	// ErrNoRecord says that a sequence is not waiting: it was acknowledged or
	// given up, or no record ever had it.
	ErrNoRecord = errors.New("no such record")
	// ErrRange says that a range is reversed, starts at 0, or reaches a sequence
	// that no record has had.
	ErrRange = errors.New("not a range of this spool")
	// ErrEmpty says that there is no segment left to drop.
	ErrEmpty = errors.New("spool is empty")
)

// Why sequences are in Lost: the Err of a DamageError is or wraps one of these.
var (
	// ErrChecksum: the bytes are there, but not those that were written, or the
	// disk could not read them.
	ErrChecksum = errors.New("damaged bytes")
	// ErrTruncated: the file ends before what it is known to have held.
	ErrTruncated = errors.New("file cut short")
	// ErrTorn: the newest file ends in bytes that make no record. Most likely the
	// power failed during an Append that never returned. How many records they
	// were is not known: the Range is the most that the bytes could have held.
	ErrTorn = errors.New("incomplete write at the end of the newest file")
	// ErrMissing: the file with these records is gone. Where that was the newest
	// file, the Range is the most that it could have held.
	ErrMissing = errors.New("file is missing")
	// ErrDropped: given up by DropOldest.
	ErrDropped = errors.New("given up for want of room")
)

// DamageError is one piece of damage, or of what DropOldest gave up.
type DamageError struct {
	// File is the path of the damaged file; Offset counts bytes from its start.
	File   string
	Offset int64
	// Range is what was lost. The zero Range means that no record was lost, as
	// when a file's header is damaged. Damage of the acknowledgement journal has
	// the zero Range too: acknowledged records may be back.
	Range Range
	// Err wraps ErrChecksum, ErrTruncated, ErrTorn, ErrMissing or ErrDropped.
	Err error
}

// Error names file, offset and lost sequences.
func (e *DamageError) Error() string {
	if e.Range == (Range{}) {
		return fmt.Sprintf("spool file %s offset %d: no record lost: %v", e.File, e.Offset, e.Err)
	}
	return fmt.Sprintf("spool file %s offset %d: records %d to %d lost: %v",
		e.File, e.Offset, e.Range.From, e.Range.To, e.Err)
}

// Unwrap gives Err.
func (e *DamageError) Unwrap() error { return e.Err }

// FatalError says that the disk refused a write, fsync or directory change in a
// way that leaves open what is on it. The kernel forgets unwritten pages after
// a failed fsync, so trying again would prove nothing: from then on every
// Append and Ack returns the same FatalError. Reading goes on. Only a new Open,
// best after a restart of the process, ends it.
type FatalError struct {
	Op   string // what failed, such as "sync" or "write"
	File string
	Err  error
}

// Error names what failed on which file.
func (e *FatalError) Error() string {
	return fmt.Sprintf("spool takes no more records: %s %s: %v", e.Op, e.File, e.Err)
}

// Unwrap gives the file system's error.
func (e *FatalError) Unwrap() error { return e.Err }

var (
	_ error = (*DamageError)(nil)
	_ error = (*FatalError)(nil)
)
