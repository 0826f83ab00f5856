package device

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/siaga-id/siaga/internal/spool"
)

// Run makes messages durable until ctx ends; then those that were taken, and
// returns when their acknowledgements are sent. An error means that a disk takes
// nothing more: the process should then be restarted. It is to be called once.
func (in *Intake) Run(ctx context.Context) error {
	defer in.senders.Wait()
	group := make([]entry, 0, maxGroup)
	for pace := (pace{}); ; {
		select {
		case e := <-in.queue:
			pace.wait(ctx, e.link)
			group = in.gather(append(group[:0], e))
			pace.last = group[len(group)-1].link
			err := in.commit(group)
			clear(group)
			if err != nil {
				in.stop(err)
				return err
			}
			continue
		case <-ctx.Done():
		}
		in.shut()
		for {
			select {
			case e := <-in.queue:
				if err := in.commit(in.gather(append(group[:0], e))); err != nil {
					in.stop(err)
					return err
				}
				continue
			default:
			}
			return nil
		}
	}
}

// gatherGroup is how far groups are apart while messages of several connections
// come one after the other: an fsync for each would cost more than all else.
const gatherGroup = 20 * time.Millisecond

// pace keeps the groups apart.
type pace struct {
	began time.Time // the last group
	last  *Link     // whose message was the last in it
}

// wait waits until it is time for a group that begins with a message of link, or
// ctx ends. It does not hold up the connection that came last: a device that sends
// one message after the acknowledgement of the other would be slowed by it.
func (p *pace) wait(ctx context.Context, link *Link) {
	if wait := gatherGroup - time.Since(p.began); wait > 0 && link != p.last {
		t := time.NewTimer(wait)
		defer t.Stop()
		select {
		case <-ctx.Done():
		case <-t.C:
		}
	}
	p.began = time.Now()
}

// shut makes Take refuse, and returns when the last one that did not has queued
// its message.
func (in *Intake) shut() {
	in.mu.Lock()
	in.end(ErrStopped)
	in.mu.Unlock()
	in.takers.Wait()
}

// begin lets a Take begin, which must end by takers.Done.
func (in *Intake) begin() error {
	in.mu.Lock()
	defer in.mu.Unlock()
	if err := context.Cause(in.open); err != nil {
		return err
	}
	if err := in.noRoom(); err != nil {
		return err
	}
	in.takers.Add(1)
	return nil
}

// noRoom returns an ErrFull while the last attempt that found no room is not long
// ago: others would only find the crumbs. The caller holds mu.
func (in *Intake) noRoom() error {
	if in.full == "" || time.Since(in.fullSince) >= fullFor {
		return nil
	}
	return fmt.Errorf("%w: %s", ErrFull, in.full)
}

// stop refuses what was queued, and everything from now on.
func (in *Intake) stop(why error) {
	in.shut()
	for {
		select {
		case e := <-in.queue:
			in.done(&e, why)
		default:
			return
		}
	}
}

// gather adds what waits already.
func (in *Intake) gather(group []entry) []entry {
	for size := len(group[0].record); len(group) < maxGroup && size < maxGroupBytes; {
		select {
		case e := <-in.queue:
			group = append(group, e)
			size += len(e.record)
		default:
			return group
		}
	}
	return group
}

// commit makes a group durable, all or none of it, and tells the links.
func (in *Intake) commit(group []entry) error {
	in.mu.Lock()
	full := in.noRoom()
	in.mu.Unlock()
	if full != nil {
		in.settleGroup(group, full)
		return nil
	}
	records := make([][]byte, len(group))
	for i := range group {
		records[i] = group[i].record
	}
	started := time.Now()
	_, err := in.spool.Append(records...)
	in.metrics.commit.Observe(time.Since(started).Seconds())
	switch {
	case errors.Is(err, spool.ErrFull):
		in.setFull(err.Error())
		in.settleGroup(group, fmt.Errorf("%w: %w", ErrFull, err))
		return nil
	case err != nil:
		err = fmt.Errorf("devices spool: %w", err)
		in.setFull(err.Error())
		in.settleGroup(group, err)
		return err
	}
	in.setFull("")
	in.oldest.CompareAndSwap(0, group[0].received)
	in.settleGroup(group, nil)
	return nil
}

func (in *Intake) settleGroup(group []entry, err error) {
	for i := range group {
		in.done(&group[i], err)
	}
}

// done tells the link of a message what became of it.
func (in *Intake) done(e *entry, err error) {
	in.bytes.Release(int64(len(e.record)))
	result := e.result
	if err != nil {
		result = resultNotAccepting
	}
	in.metrics.messages.WithLabelValues(e.filter, result).Inc()
	e.link.settle(e.ack, err)
}

// setFull notes why nothing fits, "" where something did. Only a change is logged.
func (in *Intake) setFull(why string) {
	in.mu.Lock()
	before := in.full
	in.full = why
	if why != "" {
		in.fullSince = time.Now()
	}
	in.mu.Unlock()
	switch {
	case (before == "") == (why == ""):
	case why != "":
		st := in.spool.Stats()
		in.log.Warn("messages of devices are not taken: connections that publish them are ended without an acknowledgement, and devices keep theirs",
			"spool", "devices", "reason", why, "records", st.Records, "bytes", st.Bytes, "limit_bytes", in.conf.SpoolBytes, "retry_in", fullFor)
	default:
		in.log.Info("messages of devices are taken again", "spool", "devices")
	}
}
