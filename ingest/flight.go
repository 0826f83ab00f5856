package ingest

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"golang.org/x/sync/errgroup"
)

// errEnough ends a scan of a spool.
var errEnough = errors.New("enough")

const (
	// flying is how many batches are read or written at a time. More would only stand
	// in a queue. Which of two readings of one sensor and moment stays, as of copied
	// cards, is not said.
	flying = 3
	// aloft is how many there are with those that InfluxDB has and that are not noted
	// yet, each held in memory: a disk that takes its time over a note keeps none from
	// InfluxDB.
	aloft = 3 * flying
)

// flight is a batch on its way.
type flight struct {
	batch
	written chan error    // has what send returned
	ranges  []StoredRange // once written
}

// drain moves the data spool into InfluxDB, batch by batch, and takes note of them in
// order. It returns nil when it was told to stop, and an error when a spool fails.
func (m *mover) drain(ctx context.Context) error {
	all, ctx := errgroup.WithContext(ctx)
	free, under := make(chan *flight, aloft), make(chan *flight, aloft)
	for range aloft {
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
	runways := make(chan struct{}, flying)
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
		select {
		case runways <- struct{}{}:
		case <-ctx.Done():
			return nil
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
			<-runways
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
			m.fly(ctx, b)
			<-runways
			return nil
		})
		under <- f
		f = nil
	}
}

// fly brings a batch to InfluxDB, and tells how long its packs have been on the way.
func (m *mover) fly(ctx context.Context, f *flight) {
	err := m.send(ctx, &f.batch, 0, len(f.lines))
	if err == nil {
		m.observeDelay(&f.batch)
		f.ranges = f.batch.ranges()
		if m.in.dep.Delivered != nil {
			m.in.dep.Delivered(f.ranges)
		}
	}
	f.written <- err
}

// land takes note of batches in the order in which they were sent off, of those that
// are written by then together: a note costs the disk the same whatever is in it. One
// that was not written, because it is time to stop, stays in the spool.
func (m *mover) land(ctx context.Context, under <-chan *flight, free chan<- *flight) error {
	var waiting, home []*flight
	for {
		if waiting = append(waiting, queued(under, len(waiting) == 0)...); len(waiting) == 0 {
			return nil
		}
		m.in.data.oldest.Store(waiting[0].packs[0].received)
		n := 0
		for home = home[:0]; n < len(waiting) && (n == 0 || len(waiting[n].written) > 0); n++ {
			f := waiting[n]
			err := <-f.written
			if err == nil {
				home = append(home, f)
			} else if err = quiet(err); err != nil {
				return err
			}
		}
		if err := quiet(m.deliver(ctx, home)); err != nil {
			return err
		}
		m.in.data.oldest.Store(0)
		for _, f := range waiting[:n] {
			free <- f
		}
		waiting = slices.Delete(waiting, 0, n)
	}
}

// queued takes the flights that are in the channel, of which it waits for the first
// if it is told to. It returns none when the channel is closed.
func queued(under <-chan *flight, wait bool) (flights []*flight) {
	if wait {
		f, ok := <-under
		if !ok {
			return nil
		}
		flights = append(flights, f)
	}
	for {
		select {
		case f, ok := <-under:
			if ok {
				flights = append(flights, f)
				continue
			}
		default:
		}
		return flights
	}
}
