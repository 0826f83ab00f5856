package ingest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/siaga-id/siaga/ingest/influx"
	"github.com/siaga-id/siaga/internal/spool"
	"github.com/siaga-id/siaga/internal/wire"
)

// deliver takes note of batches that were written. One with lines that InfluxDB
// refused may have to wait for room for them: those before it do not.
func (m *mover) deliver(ctx context.Context, home []*flight) error {
	for len(home) > 0 {
		n := 1
		for n < len(home) && !home[n].isRefused() {
			n++
		}
		if err := m.note(ctx, home[:n]); err != nil {
			return err
		}
		home = home[n:]
	}
	return nil
}

// note reports batches, and removes them.
func (m *mover) note(ctx context.Context, home []*flight) error {
	in := m.in
	var ranges []StoredRange
	var acked []spool.Range
	for _, f := range home {
		if f.expired > 0 {
			in.metrics.expired.Add(float64(f.expired))
			in.log.Warn("points are older than InfluxDB keeps them: they count as stored", "points", f.expired, "packs", len(f.packs),
				"oldest", time.UnixMilli(f.oldest()).UTC(), "detail", f.expiredWhy)
		}
		if err := m.reportRefused(ctx, &f.batch); err != nil {
			return err
		}
		ranges, acked = append(ranges, f.ranges...), append(acked, f.acked)
	}
	if err := m.reportStored(ranges); err != nil {
		return err
	}
	if err := in.data.Ack(acked...); err != nil {
		return fmt.Errorf("data spool: %w", err)
	}
	in.lookForRoom()
	return nil
}

// quiet makes being told to stop no error.
func quiet(err error) error {
	if errors.Is(err, errStopping) || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return nil
	}
	return err
}

// send writes the lines from..to. What InfluxDB refuses is halved until it is one
// line, which is noted in the batch; anything else is tried again with the same
// bytes until it works.
func (m *mover) send(ctx context.Context, b *batch, from, to int) error {
	in := m.in
	var wait backoff
	for {
		started := time.Now()
		err := in.dep.Store.Write(ctx, b.lines[from:to])
		in.metrics.storeWrite.Observe(time.Since(started).Seconds())
		if err == nil {
			in.metrics.storeDone.WithLabelValues("ok").Inc()
			in.store.set("")
			return nil
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		var expired *influx.ExpiredError
		var rejected *influx.RejectedError
		var large *influx.TooLargeError
		switch {
		case errors.As(err, &expired):
			in.metrics.storeDone.WithLabelValues("expired").Inc()
			return m.expire(ctx, b, from, to, expired)
		case errors.As(err, &rejected):
			in.metrics.storeDone.WithLabelValues("rejected").Inc()
			return m.split(ctx, b, from, to, rejected.Message)
		case errors.As(err, &large):
			in.metrics.storeDone.WithLabelValues("too_large").Inc()
			return m.split(ctx, b, from, to, large.Error())
		}
		in.metrics.storeDone.WithLabelValues("retry").Inc()
		in.store.set(err.Error())
		var retry *influx.RetryableError
		var least time.Duration
		if errors.As(err, &retry) {
			least = retry.RetryAfter
		}
		if err := wait.wait(ctx, m.hurry, least); err != nil {
			return err
		}
	}
}

// expire takes lines that are all older than InfluxDB keeps as stored, and expired
// since. Of others it does not say which they are, nor whether anything else was
// wrong, so that they are halved.
func (m *mover) expire(ctx context.Context, b *batch, from, to int, why *influx.ExpiredError) error {
	lines := bytes.Count(b.lines[from:to], []byte("\n"))
	if lines > 1 && lines != why.Points {
		return m.split(ctx, b, from, to, why.Message)
	}
	m.in.store.set("") // it answers
	b.expired, b.expiredWhy = b.expired+lines, why.Message
	return nil
}

// split sends the halves of what was refused, or notes the refusal of one line.
func (m *mover) split(ctx context.Context, b *batch, from, to int, reason string) error {
	m.in.store.set("") // it answers
	middle := b.middle(from, to)
	if middle == to {
		b.refuse(from, to, reason)
		return nil
	}
	if err := m.send(ctx, b, from, middle); err != nil {
		return err
	}
	return m.send(ctx, b, middle, to)
}

// reportRefused makes durable what InfluxDB refused, waiting for room if need be.
func (m *mover) reportRefused(ctx context.Context, b *batch) error {
	var records [][]byte
	for i := range b.packs {
		p := &b.packs[i]
		if len(p.reasons) == 0 {
			continue
		}
		r := m.in.refusedLines(p)
		record, err := r.encode()
		if err != nil {
			return err
		}
		records = append(records, record)
		m.in.metrics.refused.WithLabelValues(r.Reason).Inc()
		m.in.log.Warn("InfluxDB refused lines", "node", r.Node, "epoch", r.Epoch, "seq", r.Seq, "detail", r.Detail)
	}
	var wait backoff
	for len(records) > 0 {
		// One by one: together they could be more than an append may be.
		err := m.in.refused.appendAll(records[:1])
		switch {
		case errors.Is(err, spool.ErrFull):
			m.in.room.set(err.Error())
			if err := wait.wait(ctx, m.hurry, 0); err != nil {
				return err
			}
		case err != nil:
			return err
		default:
			records = records[1:]
		}
	}
	return nil
}

// refusedLines makes the quarantine's entry of the lines of one pack.
func (in *Ingester) refusedLines(p *packed) *Refused {
	detail := fmt.Sprintf("InfluxDB refused %d of %d lines of the pack: %s", len(p.reasons), p.lines, p.reasons[0])
	r := &Refused{
		Kind: RefusedLines, Ingester: in.conf.Name,
		Node: p.node, Topic: wire.Topic(p.node, p.lane()),
		Epoch: p.epoch, Seq: p.seq, Check: p.check, Length: p.length,
		ReceivedMS: p.received,
		Reason:     ReasonInfluxDB, Detail: detail,
		Payload: p.refused,
	}
	return r
}

// maxRanges is how many ranges one report holds, to fit into one spool record.
const maxRanges = 1000

// reportStored makes durable what to tell the ledger, or holds it in memory while
// there is no room: so no full disk keeps packs from InfluxDB. Where memory has no
// room either the oldest reports go: a ledger that missed one hears of it from the
// node's state.
func (m *mover) reportStored(ranges []StoredRange) error {
	in := m.in
	if err := in.stored.unload(); err != nil {
		return err
	}
	for len(ranges) > 0 {
		var part []StoredRange
		part, ranges = cut(ranges, maxRanges)
		record, err := json.Marshal(part)
		if err != nil {
			return fmt.Errorf("encode stored ranges: %w", err)
		}
		err = in.stored.appendAll([][]byte{record})
		if errors.Is(err, spool.ErrFull) {
			err = m.reportInMemory(record)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// reportInMemory holds a report for which the disk has no room. Where there are too many
// it gives up the oldest: those on the disk, where they have no room for one another,
// else of those in memory.
func (m *mover) reportInMemory(record []byte) error {
	in := m.in
	for !in.stored.over.put(record) {
		var given []spool.Range
		err := spool.ErrEmpty
		if in.stored.atLimit() {
			given, err = in.stored.DropOldest()
		}
		if errors.Is(err, spool.ErrEmpty) {
			oldest := in.stored.over.take(1, 0)
			in.metrics.dropped.Add(float64(len(oldest)))
			in.stored.over.done(oldest)
			continue
		}
		for _, r := range given {
			in.metrics.dropped.Add(float64(r.To - r.From + 1))
		}
		if err == nil {
			err = in.stored.Ack(given...)
		}
		if err == nil {
			err = in.stored.unload()
		}
		if err != nil {
			return fmt.Errorf("stored spool: %w", err)
		}
	}
	in.stored.ring()
	return nil
}

// observeDelay tells how old packs and their readings are now that InfluxDB has
// them.
func (m *mover) observeDelay(b *batch) {
	in, now := m.in, m.in.dep.Now()
	for i := range b.packs {
		p := &b.packs[i]
		lane := p.lane()
		age := max(now.Sub(time.UnixMilli(p.newest)), 0)
		in.metrics.age.WithLabelValues(string(lane)).Observe(age.Seconds())
		if lane == wire.Live {
			in.ages.add(now, age)
		}
		if p.sealed == 0 {
			continue
		}
		delay := max(now.Sub(time.UnixMilli(p.sealed)), 0)
		in.metrics.delay.WithLabelValues(string(lane)).Observe(delay.Seconds())
		if lane == wire.Live {
			in.delays.add(now, delay)
		}
	}
}
