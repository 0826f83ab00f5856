package ingest

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/siaga-id/siaga/internal/spool"
)

// One call to the registry tells of at most maxReports records of maxReportBytes
// together.
const (
	maxReports     = 64
	maxReportBytes = 1 << 20
)

// relay moves a spool of reports, and then those for which it has no room, into the
// registry with tell, which is given what came within every, in records that are valid
// only during the call. Like drain, it returns an error only when the spool fails; the
// registry may be away for days.
func (m *mover) relay(ctx context.Context, box *outbox, every time.Duration, tell func(ctx context.Context, records [][]byte) error) error {
	in, next := m.in, uint64(0)
	var wait backoff
	for pace := (pace{every: every}); ; {
		m.gather(ctx, &pace)
		var records [][]byte
		var acked spool.Range
		size := 0
		err := box.Scan(next, func(seq uint64, record []byte) error {
			if len(records) == maxReports || size > 0 && size+len(record) > maxReportBytes {
				return errEnough
			}
			records = append(records, append([]byte(nil), record...))
			size += len(record)
			if acked.From == 0 {
				acked.From = seq
			}
			acked.To = seq
			return nil
		})
		if err != nil && !errors.Is(err, errEnough) {
			return fmt.Errorf("read %s spool: %w", box.name, err)
		}
		pace.full = err != nil
		var inMemory [][]byte
		if len(records) == 0 {
			inMemory = box.over.take(maxReports, maxReportBytes)
			records = inMemory
		}
		if len(records) == 0 {
			if !m.idle(ctx, box) {
				return nil
			}
			continue
		}
		if err := tell(ctx, records); err != nil {
			box.over.back(inMemory)
			if ctx.Err() != nil {
				return nil
			}
			if err := box.unload(); err != nil { // there may be room again
				return err
			}
			in.metrics.registry.WithLabelValues(box.name).Inc()
			if !errors.Is(err, ErrQuarantineFull) {
				in.registry.set(err.Error())
			}
			if err := wait.wait(ctx, m.hurry, 0); err != nil {
				return nil
			}
			continue
		}
		wait.reset()
		in.registry.set("")
		if inMemory != nil {
			box.over.done(inMemory)
			continue
		}
		if err := box.Ack(acked); err != nil {
			return fmt.Errorf("%s spool: %w", box.name, err)
		}
		in.lookForRoom()
		next = acked.To + 1
	}
}

// tellStored reports stored ranges.
func (in *Ingester) tellStored(ctx context.Context, records [][]byte) error {
	var all []StoredRange
	for _, record := range records {
		var ranges []StoredRange
		if err := json.Unmarshal(record, &ranges); err != nil {
			return fmt.Errorf("parse report of stored packs: %w", err)
		}
		all = append(all, ranges...)
	}
	return in.dep.Registry.Stored(ctx, merge(all))
}

// maxMerged is how much time of readings reports are merged over. The registry
// takes those of a range as evenly spread, and counts them by the minute.
const maxMerged = time.Minute

// merge joins ranges of several reports where one continues another. It uses the
// slice again.
func merge(ranges []StoredRange) []StoredRange {
	slices.SortStableFunc(ranges, func(a, b StoredRange) int {
		return cmp.Or(cmp.Compare(a.Node, b.Node), cmp.Compare(a.Epoch, b.Epoch), cmp.Compare(a.From, b.From))
	})
	merged := ranges[:0]
	for _, r := range ranges {
		if last := len(merged) - 1; last >= 0 && merged[last].joins(&r) {
			both := merged[last]
			both.join(&r)
			if both.NewestMS-both.OldestMS <= maxMerged.Milliseconds() {
				merged[last] = both
				continue
			}
		}
		merged = append(merged, r)
	}
	return merged
}

// tellRefused hands refused packs to the quarantine.
func (in *Ingester) tellRefused(ctx context.Context, records [][]byte) error {
	refused := make([]Refused, len(records))
	for i, record := range records {
		var err error
		if refused[i], err = decodeRefused(record); err != nil {
			return err
		}
	}
	err := in.dep.Registry.Quarantine(ctx, refused)
	if errors.Is(err, ErrQuarantineFull) {
		in.quarantine.set(err.Error() + ": look at its entries, then replay or drop them")
	} else if err == nil {
		in.quarantine.set("")
	}
	return err
}
