package device

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/sync/semaphore"

	"github.com/siaga-id/siaga/internal/spool"
)

var (
	// ErrFull says that the spool has no room. It wraps what the spool said.
	ErrFull = errors.New("no room for messages of devices")
	// ErrStopped says that the intake takes nothing, because Run has ended.
	ErrStopped = errors.New("messages of devices are not taken: the program is stopping")
	// ErrSlow says that the disk did not take the messages before this one in time.
	ErrSlow = errors.New("the disk is too slow for messages of devices")
)

const (
	// queueMessages and queueBytes bound what waits to be made durable, of all
	// connections together.
	queueMessages = 8192
	queueBytes    = 32 << 20
	// A group is what one fsync makes durable.
	maxGroup      = 2048
	maxGroupBytes = 4 << 20
	// patience is how long a connection may wait for room in the queue.
	patience = 10 * time.Second
	// fullFor is how long a full spool is believed to be full without trying.
	fullFor = 5 * time.Second
)

// Deps are what an Intake works with.
type Deps struct {
	// Metrics may be nil.
	Metrics prometheus.Registerer
	// Log nil is slog.Default.
	Log *slog.Logger
	// ReserveBytes is the disk space to leave free, as spool.Options has it.
	ReserveBytes int64
}

// Intake makes messages durable. All methods may be called concurrently.
type Intake struct {
	conf    Config
	log     *slog.Logger
	spool   *spool.Spool
	metrics *metrics
	reg     prometheus.Registerer

	queue   chan entry
	bytes   *semaphore.Weighted // of the records under way
	oldest  atomic.Int64        // Unix ms of the first message that waits, 0 for none
	links   atomic.Int64
	senders sync.WaitGroup // the links' acknowledgements under way
	takers  sync.WaitGroup // calls of Take that may still queue a message

	mu        sync.Mutex // guards what follows, and Take's beginning against shut
	open      context.Context
	end       context.CancelCauseFunc
	full      string // why, "" while there is room
	fullSince time.Time
}

// entry is a message on its way to the disk.
type entry struct {
	record   []byte
	received int64
	filter   string
	result   string
	link     *Link
	ack      func()
}

// Open opens the spool in dir. Without topics it opens it too: what waits there
// is shown. The caller must Close it.
func Open(conf Config, dir string, dep Deps) (*Intake, error) {
	if err := conf.Validate(); err != nil {
		return nil, err
	}
	if dep.Log == nil {
		dep.Log = slog.Default()
	}
	conf = conf.withDefaults()
	s, err := spool.Open(dir, spool.Options{MaxBytes: conf.SpoolBytes, ReserveBytes: dep.ReserveBytes})
	if err != nil {
		return nil, fmt.Errorf("open devices spool: %w", err)
	}
	in := &Intake{
		conf: conf, log: dep.Log, spool: s, reg: dep.Metrics,
		queue: make(chan entry, queueMessages), bytes: semaphore.NewWeighted(queueBytes),
	}
	in.open, in.end = context.WithCancelCause(context.Background())
	in.metrics = in.newMetrics()
	if err := in.settle(); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	if in.reg != nil {
		if err := in.metrics.register(in.reg); err != nil {
			return nil, errors.Join(err, s.Close())
		}
	}
	return in, nil
}

// errFirst ends a scan after the first record.
var errFirst = errors.New("first")

// settle tells of what the disk destroyed since the last time, once, and of what
// waits.
func (in *Intake) settle() error {
	for _, lost := range in.spool.Lost() {
		if errors.Is(lost, spool.ErrTorn) {
			in.log.Info("spool ends in an incomplete write, which was never acknowledged", "spool", "devices", "damage", lost)
		} else {
			in.log.Error("spool is damaged: messages of devices are lost", "spool", "devices", "damage", lost)
		}
		if lost.Range == (spool.Range{}) {
			continue
		}
		if err := in.spool.Ack(lost.Range); err != nil {
			return fmt.Errorf("devices spool: %w", err)
		}
	}
	err := in.Scan(0, func(_ uint64, m Message) error {
		in.oldest.Store(m.Received.UnixMilli())
		return errFirst
	})
	if err != nil && !errors.Is(err, errFirst) {
		return err
	}
	if st := in.Status(); st.Records > 0 {
		in.log.Info("messages of devices are kept until there is a decoder for their topics",
			"spool", "devices", "records", st.Records, "bytes", st.Bytes, "limit_bytes", st.LimitBytes, "oldest", st.Oldest)
	}
	return nil
}

// Scan calls fn for every message that waits, from sequence from on, in the order
// in which they came. It removes nothing. The payload is valid only during the
// call. It ends with the first error of fn, which it returns unchanged.
func (in *Intake) Scan(from uint64, fn func(seq uint64, m Message) error) error {
	return in.spool.Scan(from, func(seq uint64, record []byte) error {
		m, err := parse(record)
		if err != nil {
			return fmt.Errorf("read devices spool: record %d: %w", seq, err)
		}
		return fn(seq, m)
	})
}

// Filters are the subscriptions that Takes follows.
func (in *Intake) Filters() []string {
	all := make([]string, len(in.conf.Topics))
	for i, t := range in.conf.Topics {
		all[i] = t.Filter
	}
	return all
}

// Takes says whether the configuration names the topic.
func (in *Intake) Takes(topic string) bool { return in.filter(topic) != "" }

// filter returns the filter that names the topic, "" for none.
func (in *Intake) filter(topic string) string {
	if strings.HasPrefix(topic, "$") {
		return ""
	}
	for i := range in.conf.Topics {
		if matches(in.conf.Topics[i].Filter, topic) {
			return in.conf.Topics[i].Filter
		}
	}
	return ""
}

// Close closes the spool, which keeps what is in it. Run must have returned; what
// was taken without it is refused.
func (in *Intake) Close() error {
	in.stop(ErrStopped)
	in.senders.Wait()
	if in.reg != nil {
		in.metrics.unregister(in.reg)
	}
	if err := in.spool.Close(); err != nil {
		return fmt.Errorf("close devices spool: %w", err)
	}
	return nil
}
