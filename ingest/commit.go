package ingest

import (
	"errors"
	"fmt"
	"time"

	"github.com/siaga-id/siaga/internal/spool"
)

// A group is what one fsync makes durable: whatever waits by then, bounded.
// Groups are begun at least gatherGroup apart: while packs come one after the
// other, an fsync for each would cost more than all else, and acknowledgements
// are collected for longer anyway.
const (
	gatherGroup   = 20 * time.Millisecond
	maxGroup      = 1024
	maxGroupBytes = 4 << 20
	// maxPendingBytes bounds the verdicts that wait for the committer: a pack makes
	// several times its size of line protocol.
	maxPendingBytes = 16 << 20
)

// commit makes verdicts durable in groups and acknowledges them, until the
// channel is closed. An error means that a disk takes nothing more; it goes on
// receiving then, so that nobody waits for it, and makes nothing durable.
func (in *Ingester) commit(fail func(error)) {
	group := make([]*verdict, 0, maxGroup)
	var records [][]byte
	var last time.Time
	for first := range in.verdicts {
		time.Sleep(gatherGroup - time.Since(last))
		last = time.Now()
		group = append(group[:0], first)
		for size := first.size(); len(group) < maxGroup && size < maxGroupBytes; {
			v, ok := in.nextVerdict()
			if !ok {
				break
			}
			group = append(group, v)
			size += v.size()
		}
		started := time.Now()
		var err error
		if records, err = in.commitGroup(group, records[:0]); err != nil {
			in.state.set(err.Error())
			fail(err)
		}
		in.metrics.commit.Observe(time.Since(started).Seconds())
		for _, v := range group {
			in.pending.Release(v.held)
			v.free()
		}
	}
}

// maxIdleRecord is the largest buffer that a verdict keeps while nobody uses it.
const maxIdleRecord = 64 << 10

// free gives v back to the others.
func (v *verdict) free() {
	if cap(v.record) > maxIdleRecord {
		v.record = nil
	}
	v.refusal = nil
	verdicts.Put(v)
}

// size is about how many bytes the verdict makes the spools write.
func (v *verdict) size() int {
	n := len(v.record)
	if v.refusal != nil {
		n += len(v.refusal.Payload)
	}
	return n
}

// nextVerdict returns one that waits already.
func (in *Ingester) nextVerdict() (*verdict, bool) {
	select {
	case v, ok := <-in.verdicts:
		return v, ok
	default:
		return nil, false
	}
}

// commitGroup makes a group durable and acknowledges it, or drops all of it: a
// group that is half acknowledged while the center says that it does not accept
// would be hard to believe in. The slice is for reuse.
func (in *Ingester) commitGroup(group []*verdict, records [][]byte) ([][]byte, error) {
	if in.state.reason() != "" || in.quarantine.reason() != "" || in.outOfRoom() {
		in.count(group, resultNotAccepting)
		return records, nil
	}
	// What is refused goes first: should the second append fail, the node sends
	// the pack again, and an entry that is in the quarantine twice is one entry.
	for _, v := range group {
		if v.result == resultRefused || v.result == resultPartlyRefused {
			b, err := v.refusal.encode()
			if err != nil {
				return records, err
			}
			records = append(records, b)
		}
	}
	refused := len(records)
	err := in.refused.appendAll(records)
	if err == nil {
		records = records[:0]
		for _, v := range group {
			if len(v.record) > 0 {
				records = append(records, v.record)
			}
		}
		err = in.data.appendAll(records)
	}
	if errors.Is(err, spool.ErrFull) {
		in.room.set(err.Error())
		in.count(group, resultNotAccepting)
		return records, nil
	}
	if err != nil {
		in.count(group, resultNotAccepting)
		return records, err
	}
	if refused+len(records) > 0 {
		in.room.set("")
	}
	in.count(group, "")
	for _, v := range group {
		in.remember(v)
		in.acks.add(v)
	}
	return records, nil
}

// fullFor is how long a full disk is believed to be full without trying, so that
// the center does not change its mind with every record that comes and goes.
const fullFor = 5 * time.Second

func (in *Ingester) outOfRoom() bool {
	why, since := in.room.state()
	return why != "" && time.Since(since) < fullFor
}

// lookForRoom ends the trouble of a full disk when a spool has been emptied
// enough, or others have left room again: nodes that were told to wait would not
// try for a minute.
func (in *Ingester) lookForRoom() {
	why, since := in.room.state()
	if why == "" || time.Since(since) < fullFor {
		return
	}
	for _, box := range []*outbox{in.data, in.refused} {
		if room, err := box.Room(); err != nil || room < 2*maxGroupBytes {
			return
		}
	}
	in.room.set("")
}

// appendAll makes records durable, all or none, and rings the bell.
func (o *outbox) appendAll(records [][]byte) error {
	if len(records) == 0 {
		return nil
	}
	if _, err := o.Append(records...); err != nil {
		return fmt.Errorf("%s spool: %w", o.name, err)
	}
	o.ring()
	return nil
}

// count counts the packs of a group, under result or else each under its own.
func (in *Ingester) count(group []*verdict, result string) {
	for _, v := range group {
		if result != "" {
			in.metrics.pack(v.lane, result)
			continue
		}
		in.metrics.pack(v.lane, v.result)
		in.metrics.readings.WithLabelValues(string(v.lane)).Add(float64(v.readings))
		if v.result == resultRefused || v.result == resultPartlyRefused {
			in.metrics.refused.WithLabelValues(v.refusal.Reason).Inc()
			in.log.Warn("pack refused", "node", v.node, "topic", v.refusal.Topic, "reason", v.refusal.Reason, "detail", v.refusal.Detail)
		}
		if v.conflict {
			in.metrics.conflicts.Inc()
			in.log.Warn("another pack came under the same numbers before: the node's card was cloned or restored",
				"node", v.node, "epoch", v.id.epoch, "seq", v.id.seq)
		}
	}
}

func (in *Ingester) remember(v *verdict) {
	if v.result != resultAgain {
		in.recent.add(v.id, v.check)
	}
}
