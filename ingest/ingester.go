package ingest

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/sync/semaphore"
	"golang.org/x/time/rate"

	"github.com/siaga-id/siaga/internal/reading"
	"github.com/siaga-id/siaga/internal/spool"
	"github.com/siaga-id/siaga/internal/wire"
)

// Packet is one message as MQTT delivered it.
type Packet struct {
	Topic string
	// Payload belongs to the ingester after Offer took it: nobody may change it.
	Payload []byte
	// Received is when it came, by the center's clock.
	Received time.Time
}

// Store writes to InfluxDB. Its errors are told apart by the types of package
// influx; any other error is retried.
type Store interface {
	// Write stores line protocol with timestamps in milliseconds, all of it, or
	// returns an error. It must not keep lines.
	Write(ctx context.Context, lines []byte) error
}

// Acker sends acknowledgements.
type Acker interface {
	// Acknowledge hands one to the node's topic. It must not block for long. A
	// lost acknowledgement is harmless: the node sends its packs again.
	Acknowledge(node reading.NodeID, ack wire.Ack) error
}

// Deps are what an ingester works with.
type Deps struct {
	Store    Store
	Acker    Acker
	Registry Registry
	// Observer is shown every pack that is fit to be seen, before it is durable,
	// previews (clock wire.Unknown, times relative to received) included. Readings
	// that were refused are left out. It is called from several goroutines; the
	// pack is valid only during the call. It may be nil.
	Observer func(p *wire.Pack, lane wire.Channel, received time.Time)
	// Delivered is told of ranges of packs as soon as InfluxDB has them, some time
	// before the Registry and not durably. It is called from several goroutines; the
	// slice is valid only during the call. It may be nil.
	Delivered func(ranges []StoredRange)
	// Enrolled tells the nodes that Config.MaxNodes does not bound. It is asked
	// once a node, from several goroutines. Nil means none.
	Enrolled func(reading.NodeID) bool
	// Now is the center's clock. Nil means time.Now.
	Now func() time.Time
	// ClockSynced says whether that clock can be believed. While it cannot, no
	// reading is refused for being ahead of it. Nil means that it always can.
	ClockSynced func() bool
	// Metrics may be nil.
	Metrics prometheus.Registerer
	// Log may be nil: then nothing is logged.
	Log *slog.Logger
}

// Ingester is described in the package comment. All methods may be called
// concurrently.
type Ingester struct {
	conf    Config
	dep     Deps
	log     *slog.Logger
	metrics *metrics
	census  *census
	// strangers bounds how often it is told that the census turns nodes away.
	strangers rate.Sometimes
	recent    *recent
	delays    delayWindow // of live packs
	ages      delayWindow // of their newest readings

	queue    chan Packet
	queued   atomic.Int64 // bytes in queue
	verdicts chan *verdict
	pending  *semaphore.Weighted // bytes of verdicts that are not committed yet
	acks     *acks

	data, stored, refused *outbox

	running    atomic.Bool // Run or Drain
	state      condition   // not running, or a disk that takes nothing more
	room       condition   // a spool is full
	quarantine condition   // the registry's quarantine is full
	store      condition   // InfluxDB
	registry   condition
	changes    chan struct{} // Accepting may have changed; for one Presence
}

// outbox is a spool with a bell for the one that empties it.
type outbox struct {
	*spool.Spool
	name   string
	limit  int64 // bytes on disk
	bell   chan struct{}
	damage int          // pieces found when it was opened
	oldest atomic.Int64 // Unix ms: when the first record that waits came, as far as it is known; else 0
	over   overflow     // of stored: a kill loses them
}

func (o *outbox) ring() {
	select {
	case o.bell <- struct{}{}:
	default: // it has been rung already
	}
}

// recentPacks is how many packs an ingester remembers: some minutes of a full
// house, in at most 10 MB.
const recentPacks = 1 << 17

// New opens the spools under conf.Dir and returns an ingester that queues
// packets and does nothing else until Run. Its errors name the key of the
// configuration that is wrong. The caller must Close it.
func New(conf Config, dep Deps) (*Ingester, error) {
	conf, err := conf.withDefaults()
	if err != nil {
		return nil, fmt.Errorf("configure ingest: %w", err)
	}
	if dep.Store == nil || dep.Acker == nil || dep.Registry == nil {
		return nil, errors.New("configure ingest: it needs a store, an acker and a registry")
	}
	if dep.Now == nil {
		dep.Now = time.Now
	}
	if dep.ClockSynced == nil {
		dep.ClockSynced = func() bool { return true }
	}
	if dep.Log == nil {
		dep.Log = slog.New(slog.DiscardHandler)
	}
	in := &Ingester{
		conf: conf,
		dep:  dep,
		log:  dep.Log,
		census: &census{
			maxNodes: conf.MaxNodes, maxSensors: conf.MaxSensors, enrolled: dep.Enrolled,
			nodes: make(map[reading.NodeID]map[reading.SensorID]struct{}),
		},
		strangers: rate.Sometimes{First: 1, Interval: time.Minute},
		recent:    newRecent(recentPacks),
		queue:     make(chan Packet, conf.QueuePacks),
		verdicts:  make(chan *verdict, maxGroup),
		pending:   semaphore.NewWeighted(maxPendingBytes),
		changes:   make(chan struct{}, 1),
	}
	in.acks = newAcks(in)
	const atNodes = "new packs at the nodes, which are not acknowledged"
	in.state = in.condition("accepting", atNodes, "nothing is taken before the process runs again", in.accepts)
	in.room = in.condition("disk space", atNodes, "taken again when InfluxDB or the registry has emptied a spool", in.accepts)
	in.quarantine = in.condition("quarantine", atNodes, "taken again when entries were replayed or dropped", in.accepts)
	in.store = in.condition("InfluxDB", "acknowledged packs in the data spool", "the same bytes are sent again until they are taken", nil)
	in.registry = in.condition("registry", "reports in the spools stored and refused", "they are sent again until they are taken", nil)
	in.state.why = notRunning
	if err := in.openSpools(); err != nil {
		return nil, err
	}
	in.metrics = in.newMetrics()
	if dep.Metrics != nil {
		if err := in.metrics.register(dep.Metrics); err != nil {
			return nil, errors.Join(err, in.closeSpools())
		}
	}
	return in, nil
}

func (in *Ingester) condition(name, kept, next string, changed func()) condition {
	return condition{name: name, kept: kept, next: next, log: in.log, changed: changed}
}

func (in *Ingester) openSpools() error {
	for _, o := range []struct {
		box   **outbox
		name  string
		bytes int64
	}{
		{&in.data, "data", in.conf.SpoolBytes},
		{&in.stored, "stored", in.conf.ReportBytes},
		{&in.refused, "refused", in.conf.ReportBytes},
	} {
		s, err := spool.Open(filepath.Join(in.conf.Dir, o.name), spool.Options{MaxBytes: o.bytes, ReserveBytes: in.conf.ReserveBytes})
		if err != nil {
			return errors.Join(fmt.Errorf("open %s spool: %w", o.name, err), in.closeSpools())
		}
		*o.box = &outbox{Spool: s, name: o.name, limit: o.bytes, bell: make(chan struct{}, 1)}
		if err := (*o.box).settle(in.log); err != nil {
			return errors.Join(err, in.closeSpools())
		}
	}
	return nil
}

// settle tells of what the disk destroyed since the last time, once.
func (o *outbox) settle(log *slog.Logger) error {
	for _, lost := range o.Lost() {
		switch {
		case errors.Is(lost, spool.ErrTorn):
			log.Info("spool ends in an incomplete write, which was never acknowledged", "spool", o.name, "damage", lost)
		case errors.Is(lost, spool.ErrDropped): // counted when it was dropped
		default:
			o.damage++
			log.Error("spool is damaged", "spool", o.name, "damage", lost)
		}
		if lost.Range == (spool.Range{}) {
			continue
		}
		if err := o.Ack(lost.Range); err != nil {
			return fmt.Errorf("%s spool: %w", o.name, err)
		}
	}
	return nil
}

func (in *Ingester) closeSpools() error {
	var errs []error
	for _, o := range []*outbox{in.data, in.stored, in.refused} {
		if o == nil {
			continue
		}
		if err := o.Close(); err != nil {
			errs = append(errs, fmt.Errorf("close %s spool: %w", o.name, err))
		}
	}
	return errors.Join(errs...)
}

// Close closes the spools, which keep what has not been delivered. Run and Drain
// must have returned.
func (in *Ingester) Close() error {
	if in.dep.Metrics != nil {
		in.metrics.unregister(in.dep.Metrics)
	}
	return in.closeSpools()
}

// Offer queues a packet and never blocks. It returns false when the queue is
// full: the packet is dropped and counted, and the node will send it again.
func (in *Ingester) Offer(p Packet) bool {
	size := int64(len(p.Payload))
	if in.queued.Add(size) <= in.conf.QueueBytes {
		select {
		case in.queue <- p:
			return true
		default:
		}
	}
	in.queued.Add(-size)
	_, lane, _ := wire.ParseTopic(p.Topic)
	in.metrics.pack(packLane(lane), resultQueueFull)
	return false
}

// packLane keeps what a stranger writes into topics out of the metrics.
func packLane(c wire.Channel) wire.Channel {
	if c == wire.Live || c == wire.Fill {
		return c
	}
	return ""
}
