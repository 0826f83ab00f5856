package backup

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/siaga-id/siaga/internal/spool"
)

// writeRecord writes one record of a spool behind its length.
func writeRecord(w io.Writer, record []byte) error {
	var length [4]byte
	binary.BigEndian.PutUint32(length[:], uint32(len(record)))
	if _, err := w.Write(length[:]); err != nil {
		return err
	}
	_, err := w.Write(record)
	return err
}

// readRecords calls take for every record of r until its end. The record is valid
// only during the call.
func readRecords(r io.Reader, take func(record []byte) error) (n uint64, err error) {
	var buf []byte
	for {
		var length [4]byte
		_, err := io.ReadFull(r, length[:])
		if err == io.EOF {
			return n, nil
		}
		if err != nil {
			return n, cut(err)
		}
		size := binary.BigEndian.Uint32(length[:])
		if size > spool.MaxRecord {
			return n, fmt.Errorf("%w: record %d of %d bytes", ErrDamaged, n+1, size)
		}
		if int(size) > cap(buf) {
			buf = make([]byte, size)
		}
		buf = buf[:size]
		if _, err := io.ReadFull(r, buf); err != nil {
			return n, cut(err)
		}
		if err := take(buf); err != nil {
			return n, err
		}
		n++
	}
}

// cut makes an unexpected end an ErrDamaged.
func cut(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return fmt.Errorf("%w: %w", ErrDamaged, io.ErrUnexpectedEOF)
	}
	return err
}

const (
	groupRecords = 512
	groupBytes   = 1 << 20
)

// fill makes a new spool in dir that holds the records of r.
func fill(dir string, r io.Reader) (n uint64, err error) {
	s, err := spool.Open(dir, spool.Options{MaxBytes: 1 << 50, SegmentBytes: 4 << 20, ReserveBytes: -1})
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	var group [][]byte
	bytes := 0
	flush := func() error {
		_, err := s.Append(group...)
		group, bytes = group[:0], 0
		return err
	}
	n, err = readRecords(r, func(record []byte) error {
		group = append(group, append([]byte(nil), record...))
		if bytes += len(record); len(group) < groupRecords && bytes < groupBytes {
			return nil
		}
		return flush()
	})
	if err != nil {
		return n, err
	}
	return n, flush()
}
