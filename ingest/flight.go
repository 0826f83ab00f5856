package ingest

import (
	"context"
	"errors"
	"fmt"

	"golang.org/x/sync/errgroup"
)

// errEnough ends a scan of a spool.
var errEnough = errors.New("enough")

// flying is how many batches are on their way to InfluxDB at a time: while one is
// written another is read and a third is noted. More would only stand in a queue.
const flying = 3

// flight is a batch on its way.
type flight struct {
	batch
	written chan error // has what send returned
}

// drain moves the data spool into InfluxDB, batch by batch, and takes note of them in
// order. It returns nil when it was told to stop, and an error when a spool fails.
func (m *mover) drain(ctx context.Context) error {
	all, ctx := errgroup.WithContext(ctx)
	free, under := make(chan *flight, flying), make(chan *flight, flying)
	for range flying {
		free <- &flight{written: make(chan error, 1)}
	}
	all.Go(func() error {
		defer close(under)
		return m.launch(ctx, all, free, under)
	})
	all.Go(func() error { return m.land(ctx, under, free) })
	return all.Wait()
}

// launch reads the spool from its beginning, and sends off batch after batch, until
// it was told to stop.
func (m *mover) launch(ctx context.Context, all *errgroup.Group, free <-chan *flight, under chan<- *flight) error {
	in, next := m.in, uint64(0)
	var f *flight
	for pace := (pace{every: gatherPacks}); ; {
		m.gather(ctx, &pace)
		if f == nil {
			select {
			case f = <-free:
			case <-ctx.Done():
				return nil
			}
		}
		f.reset()
		err := in.data.Scan(next, func(seq uint64, record []byte) error {
			added, err := f.add(seq, record, in.conf.BatchLines, in.conf.BatchBytes)
			if err == nil && !added {
				err = errEnough
			}
			return err
		})
		if err != nil && !errors.Is(err, errEnough) {
			return fmt.Errorf("read data spool: %w", err)
		}
		pace.full = err != nil
		if len(f.packs) == 0 {
			if !m.idle(ctx, in.data) {
				return nil
			}
			continue
		}
		next = f.acked.To + 1
		if pace.every = gatherPacks; f.count >= manyLines {
			pace.every = gatherMany
		}
		b := f
		all.Go(func() error {
			b.written <- m.send(ctx, &b.batch, 0, len(b.lines))
			return nil
		})
		under <- f
		f = nil
	}
}

// land brings batches home in the order in which they were sent off. One that was not
// written, because it is time to stop, stays in the spool.
func (m *mover) land(ctx context.Context, under <-chan *flight, free chan<- *flight) error {
	for f := range under {
		m.in.data.oldest.Store(f.packs[0].received)
		err := <-f.written
		if err == nil {
			err = m.deliver(ctx, &f.batch)
		}
		if err = quiet(err); err != nil {
			return err
		}
		m.in.data.oldest.Store(0)
		free <- f
	}
	return nil
}
