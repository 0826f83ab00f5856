package ingest

import "time"

// notRunning is why an ingester that has been made, or has stopped, takes nothing.
const notRunning = "the ingester is not running"

// Accepting reports whether packs are made durable and acknowledged, and if not,
// why, for people. While it is false packs are dropped and counted, and nodes
// keep theirs; the Observer still sees them.
func (in *Ingester) Accepting() (ok bool, reason string) {
	for _, c := range []*condition{&in.state, &in.quarantine, &in.room} {
		if why := c.reason(); why != "" {
			return false, why
		}
	}
	return true, ""
}

// accepts tells the Presence to look again.
func (in *Ingester) accepts() {
	select {
	case in.changes <- struct{}{}:
	default: // it has been told already
	}
}

// Delay returns the median and the 99th percentile of the delivery delay, from a
// node sealing a pack to InfluxDB having it, over the live packs of the last
// minute. Both are 0 when there were none.
func (in *Ingester) Delay() (p50, p99 time.Duration) {
	return in.delays.quantiles(in.dep.Now())
}

// Status is how an ingester is doing.
type Status struct {
	Accepting bool
	// Reason is why it does not accept, "" when it does.
	Reason string
	// Store and Registry are what is wrong with InfluxDB and with the registry, ""
	// for nothing; StoreSince is since when.
	Store, Registry string
	StoreSince      time.Time
	// QueuedPacks wait to be decoded. WaitingPacks are durable and wait for
	// InfluxDB; WaitingBytes is their size on disk, and LimitBytes how much of that
	// there may be.
	QueuedPacks              int
	WaitingPacks             uint64
	WaitingBytes, LimitBytes int64
	// WaitingReports wait for the registry.
	WaitingReports uint64
	// Damage is how many pieces of damage were found in the spools at the start:
	// acknowledged packs, or reports, that the disk destroyed.
	Damage int
}

// Status returns how the ingester is doing.
func (in *Ingester) Status() Status {
	held := in.stored.over.len() // before what is on the disk: that is where they go
	data, stored, refused := in.data.Stats(), in.stored.Stats(), in.refused.Stats()
	s := Status{
		Registry:       in.registry.reason(),
		QueuedPacks:    len(in.queue),
		WaitingPacks:   data.Records,
		WaitingBytes:   data.Bytes,
		LimitBytes:     in.data.limit,
		WaitingReports: stored.Records + uint64(held) + refused.Records,
		Damage:         in.data.damage + in.stored.damage + in.refused.damage,
	}
	s.Accepting, s.Reason = in.Accepting()
	s.Store, s.StoreSince = in.store.state()
	return s
}
