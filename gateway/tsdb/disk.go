package tsdb

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
)

// minReopenBytes is the free space without which the store is not opened again,
// also where nothing is reserved: a new series file alone writes a few kilobytes,
// and the first snapshot of a small cache a few megabytes.
const minReopenBytes = 8 << 20

// spoils says whether err comes of a full disk: an error that the engine's
// buffered files keep for ever once they have met it, so that every later write
// to them fails as well, whatever room there is by then. A file that could not
// be followed by its next one is found closed ever after. The engine hands
// errors on as text, which is why the text is looked at as well.
func spoils(err error) bool {
	return closed(err) || slices.ContainsFunc(diskFull(), func(full error) bool { return says(err, full) })
}

// closed says whether err comes of a file that is not open any more.
func closed(err error) bool { return says(err, os.ErrClosed) }

func says(err, what error) bool {
	return err != nil && (errors.Is(err, what) || strings.Contains(err.Error(), what.Error()))
}

// shortError says that a write was not begun, for the disk has too little room.
type shortError struct {
	free, reserve int64
}

// Error says what to do.
func (e *shortError) Error() string {
	return fmt.Sprintf("the disk of the time series has %d bytes left, of which %d are reserved: make room on it, writes are taken again by themselves", max(e.free, 0), e.reserve)
}

// room returns nil where the disk has more free space than need. A disk that
// cannot say is taken to have it: writing will tell.
func (o *Options) room(need int64) error {
	free, err := o.free(o.Dir)
	if err != nil || free >= need {
		return nil
	}
	return &shortError{free: free, reserve: need}
}
