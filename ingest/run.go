package ingest

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

// errBusy is a mistake of the caller.
var errBusy = errors.New("the ingester runs already")

// Run does the work until ctx ends. Then it makes durable and acknowledges what
// was queued, moves on what InfluxDB and the registry take without being asked
// twice, and returns within 5 s; the rest stays in the spools. It returns an
// error when a disk takes nothing more: the process should then be restarted.
// It may be called once.
func (in *Ingester) Run(ctx context.Context) error {
	if !in.running.CompareAndSwap(false, true) {
		return errBusy
	}
	in.state.set("")
	intake, stop := context.WithCancel(ctx)
	defer stop()
	broken := firstError{then: stop}
	late, give := context.WithCancel(context.WithoutCancel(ctx))
	defer give()
	committed := make(chan struct{})

	var workers, committer, movers sync.WaitGroup
	for range in.conf.Workers {
		workers.Go(func() { in.work(intake) })
	}
	committer.Go(func() { in.commit(broken.set) })
	ackCtx, stopAcks := context.WithCancel(late)
	committer.Go(func() { in.acks.run(ackCtx) })
	movers.Go(func() { in.move(late, &mover{in: in, until: committed, hurry: committed}, broken.set) })

	<-intake.Done()
	workers.Wait()
	close(in.verdicts)
	stopAcks()
	committer.Wait()
	in.acks.flush()
	if in.state.reason() == "" {
		in.state.set(notRunning)
	}
	close(committed)
	grace := time.AfterFunc(stopWithin, give)
	defer grace.Stop()
	movers.Wait()
	if err := broken.get(); err != nil {
		return fmt.Errorf("ingest: %w", err)
	}
	return nil
}

// firstError keeps the first of the errors that several goroutines meet.
type firstError struct {
	then func() // what to do about it, once

	mu  sync.Mutex
	err error
}

func (e *firstError) set(err error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.err == nil {
		e.err = err
		e.then()
	}
}

func (e *firstError) get() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.err
}

// move empties the spools until m says that it is enough: first the packs, and
// then the reports about them.
func (in *Ingester) move(ctx context.Context, m *mover, fail func(error)) {
	check := func(err error) {
		if err != nil {
			in.state.set(err.Error())
			fail(err)
		}
	}
	drained := make(chan struct{})
	relay := &mover{in: in, until: drained, hurry: m.hurry}
	var reports sync.WaitGroup
	reports.Go(func() { check(relay.relay(ctx, in.stored, gatherReports, in.tellStored)) })
	reports.Go(func() { check(relay.relay(ctx, in.refused, 0, in.tellRefused)) })
	check(m.drain(ctx))
	close(drained)
	reports.Wait()
	check(in.stored.unload())
	if n := in.stored.over.len(); n > 0 {
		in.metrics.dropped.Add(float64(n))
		in.log.Error("reports of stored packs are lost: the disk has no room, and the registry did not take them", "reports", n)
	}
}

// gatherQueue is how long a worker that has emptied the queue leaves it alone: to
// wake it for each packet would cost more than to examine one.
const gatherQueue = 10 * time.Millisecond

// work examines packets until ctx has ended and the queue is empty.
func (in *Ingester) work(ctx context.Context) {
	x := &examiner{in: in}
	for ctx.Err() == nil {
		select {
		case p := <-in.queue:
			in.take(x, p)
			in.takeAll(x)
			time.Sleep(gatherQueue)
		case <-ctx.Done():
		}
	}
	in.takeAll(x)
}

// takeAll examines what is in the queue.
func (in *Ingester) takeAll(x *examiner) {
	for {
		select {
		case p := <-in.queue:
			in.take(x, p)
		default:
			return
		}
	}
}

// take examines one packet and passes on what is to be made durable.
func (in *Ingester) take(x *examiner, p Packet) {
	in.queued.Add(-int64(len(p.Payload)))
	v := x.examine(p, nil)
	switch v.result {
	case resultTooManyNodes:
		in.strangers.Do(func() {
			in.log.Warn("packs not taken, more nodes send than max_nodes that are not enrolled: they keep their packs; enrol them, or raise ingest.max_nodes",
				"node", v.node, "max_nodes", in.conf.MaxNodes)
		})
		fallthrough
	case resultPreview, resultPreviewRefused:
		in.metrics.pack(v.lane, v.result)
		v.free()
	default:
		v.held = int64(v.size())
		// The committer releases it, and ends after the workers.
		_ = in.pending.Acquire(context.Background(), v.held)
		in.verdicts <- v
	}
}

// Drain moves everything that is in the spools into InfluxDB and the registry,
// and returns when all of it is there, or with an error that says what is left
// when ctx ends. It takes the place of Run, for the last act of an ingester
// before it is removed.
func (in *Ingester) Drain(ctx context.Context) error {
	if !in.running.CompareAndSwap(false, true) {
		return errBusy
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	broken := firstError{then: stop}
	now := make(chan struct{})
	close(now)
	in.move(ctx, &mover{in: in, until: now}, broken.set)
	if ctx.Err() == nil {
		return nil
	}
	s := in.Status()
	return fmt.Errorf("drain: %d packs and %d reports are left (InfluxDB: %s, registry: %s): %w",
		s.WaitingPacks, s.WaitingReports, wellOr(s.Store), wellOr(s.Registry), cmp.Or(broken.get(), ctx.Err()))
}

func wellOr(trouble string) string {
	if trouble == "" {
		return "well"
	}
	return trouble
}
