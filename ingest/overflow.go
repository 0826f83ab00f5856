package ingest

import (
	"errors"
	"slices"
	"sync"

	"github.com/siaga-id/siaga/internal/spool"
)

// maxHeldBytes bounds the records that are held in memory while there is no room for
// them on the disk.
const maxHeldBytes = 4 << 20

// overflow are records for which there is no room in their spool, in memory, the oldest
// first. Whoever takes them has them alone until he has put them back. It may be used
// concurrently.
type overflow struct {
	mu      sync.Mutex
	records [][]byte
	bytes   int
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

// take returns up to most records, the oldest.
func (w *overflow) take(most int) [][]byte {
	w.mu.Lock()
	defer w.mu.Unlock()
	n := min(most, len(w.records))
	taken := slices.Clone(w.records[:n])
	w.records = slices.Delete(w.records, 0, n)
	for _, r := range taken {
		w.bytes -= len(r)
	}
	return taken
}

// back puts records back that were taken.
func (w *overflow) back(taken [][]byte) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.records = slices.Concat(taken, w.records)
	for _, r := range taken {
		w.bytes += len(r)
	}
}

func (w *overflow) len() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.records)
}

// unload brings what is held to the disk, as far as there is room.
func (o *outbox) unload() error {
	for {
		taken := o.over.take(1)
		if len(taken) == 0 {
			return nil
		}
		if err := o.appendAll(taken); err != nil {
			o.over.back(taken)
			if errors.Is(err, spool.ErrFull) {
				return nil
			}
			return err
		}
	}
}
