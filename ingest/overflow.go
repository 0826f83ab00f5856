package ingest

import (
	"errors"
	"math"
	"slices"
	"sync"

	"github.com/siaga-id/siaga/internal/spool"
)

const (
	// maxHeldBytes bounds the records that are held in memory while there is no room for
	// them on the disk. What somebody has taken and puts back can come on top of it.
	maxHeldBytes = 4 << 20
	// unloadBytes is what is brought to the disk at a time.
	unloadBytes = 256 << 10
)

// overflow are records for which there is no room in their spool, in memory, the oldest
// first. Whoever takes them has them alone until he has put them back, or is done with
// them. It may be used concurrently.
type overflow struct {
	mu      sync.Mutex
	records [][]byte
	bytes   int        // of records
	out     [][][]byte // those that somebody has taken
}

// put adds a record, and reports false where it does not fit.
func (w *overflow) put(record []byte) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.bytes+len(record) > maxHeldBytes {
		return false
	}
	w.records = append(w.records, record)
	w.bytes += len(record)
	return true
}

// take returns the oldest records, up to most of mostBytes together, and at least one.
func (w *overflow) take(most, mostBytes int) [][]byte {
	w.mu.Lock()
	defer w.mu.Unlock()
	n, bytes := 0, 0
	for n < min(most, len(w.records)) && (n == 0 || bytes+len(w.records[n]) <= mostBytes) {
		bytes += len(w.records[n])
		n++
	}
	taken := slices.Clone(w.records[:n])
	w.records = slices.Delete(w.records, 0, n)
	w.bytes -= bytes
	if n > 0 {
		w.out = append(w.out, taken)
	}
	return taken
}

// done ends the having of records that were taken.
func (w *overflow) done(taken [][]byte) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.ended(taken)
}

// ended is done with the lock held.
func (w *overflow) ended(taken [][]byte) {
	w.out = slices.DeleteFunc(w.out, func(o [][]byte) bool { return len(taken) > 0 && &o[0] == &taken[0] })
}

// back puts records back that were taken.
func (w *overflow) back(taken [][]byte) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.ended(taken)
	w.records = slices.Concat(taken, w.records)
	for _, r := range taken {
		w.bytes += len(r)
	}
}

// all returns every record, also those that somebody has taken, and leaves it there.
func (w *overflow) all() [][]byte {
	w.mu.Lock()
	defer w.mu.Unlock()
	return append(slices.Concat(w.out...), w.records...)
}

// len is how many all returns.
func (w *overflow) len() int { return len(w.all()) }

// unload brings what is held to the disk, as far as there is room.
func (o *outbox) unload() error {
	for most := math.MaxInt; ; {
		taken := o.over.take(most, unloadBytes)
		if len(taken) == 0 {
			return nil
		}
		err := o.appendAll(taken)
		if err == nil {
			o.over.done(taken)
			most = max(most, 2*most) // there may be more room again
			continue
		}
		o.over.back(taken)
		if !errors.Is(err, spool.ErrFull) {
			return err
		}
		if most = len(taken) / 2; most == 0 {
			return nil
		}
	}
}

// atLimit says whether records have no room for others of this spool; else it is
// somebody else who has the disk.
func (o *outbox) atLimit() bool { return o.limit-o.Stats().DiskBytes < maxHeldBytes }
