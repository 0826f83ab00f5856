package live

import (
	"cmp"
	"context"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/siaga-id/siaga/internal/reading"
	"github.com/siaga-id/siaga/internal/wire"
)

// Reading is the latest reading of a series. It is a plain value.
type Reading struct {
	Node reading.NodeID
	reading.Reading
	// Clock says how far the time can be trusted. With wire.Unknown it is when
	// the reading arrived.
	Clock wire.Clock
	Sim   bool
	// Interval is how often the sensor is configured to measure; 0: not known.
	Interval time.Duration
}

// Node is whether a node is online, and when and how it last said something.
type Node struct {
	ID     reading.NodeID
	Online bool
	// LastSeen is when its last state arrived; zero when none has.
	LastSeen time.Time
	Clock    wire.Clock // "" when it has said nothing
	Sim      bool
	// Retired is whether it was taken out of service: it counts in no figure.
	Retired bool
}

// Options configure a Hub. The zero value of each is its default.
type Options struct {
	// Load returns the stored latest readings; Run asks it until it succeeds.
	// nil: there are none.
	Load func(ctx context.Context) ([]Reading, error)
	// Every is how often subscribers are told of changes; 0 is 200 ms.
	Every time.Duration
	// SilentAfter is how long after its last state a node counts as offline; 0
	// is 3 minutes, since a state comes every minute.
	SilentAfter time.Duration
	// Queue is how many batches may wait for a subscriber; 0 is 32.
	Queue int
	// MaxNodes and MaxSeries (of one node) bound the memory; what is beyond them
	// is stored like all else, but not shown, and counted. 0 is 10,000 and 1,024.
	MaxNodes, MaxSeries int
	Now                 func() time.Time // nil is time.Now
	Logger              *slog.Logger     // nil is slog.Default
}

// Hub holds the latest readings. It may be used concurrently.
type Hub struct {
	opt Options

	mu    sync.RWMutex // guards the map, not the nodes in it; taken before theirs
	nodes map[reading.NodeID]*node

	dirtyMu sync.Mutex // taken last
	dirty   []*node

	subMu sync.Mutex
	subs  map[*Subscription]struct{}

	seen    atomic.Uint64 // readings observed
	newest  atomic.Int64  // Unix ms of the newest reading
	dropped atomic.Uint64
	reseeds atomic.Uint64
	meter   meter
}

type seriesKey struct {
	sensor   reading.SensorID
	quantity reading.Quantity
}

type series struct {
	latest Reading
	dirty  bool
}

type node struct {
	mu        sync.Mutex
	is        Node
	series    map[seriesKey]*series
	intervals map[reading.SensorID]time.Duration
	dirty     []*series // changed since the last batch
	changed   bool      // is changed since the last batch
	listed    bool      // in Hub.dirty
	told      time.Time // when is was last in a batch
}

// ahead is how far in the future a reading may be and still be believed to be
// the newest; ingest lets none pass that are more, unless its own clock is off.
const ahead = 5 * time.Minute

// New returns a hub that knows nothing. Subscribers hear nothing until Run.
func New(opt Options) *Hub {
	opt.Every = cmp.Or(opt.Every, 200*time.Millisecond)
	opt.SilentAfter = cmp.Or(opt.SilentAfter, 3*time.Minute)
	opt.Queue = cmp.Or(opt.Queue, 32)
	opt.MaxNodes = cmp.Or(opt.MaxNodes, 10_000)
	opt.MaxSeries = cmp.Or(opt.MaxSeries, 1024)
	if opt.Now == nil {
		opt.Now = time.Now
	}
	if opt.Logger == nil {
		opt.Logger = slog.Default()
	}
	return &Hub{opt: opt, nodes: make(map[reading.NodeID]*node), subs: make(map[*Subscription]struct{})}
}

// Observe takes over a pack's readings where they are newer than what is known,
// at equal times the last one. Those of a preview (clock unknown) get the time
// of arrival. A pack whose times were never known is passed over. The pack is
// not kept.
func (h *Hub) Observe(p *wire.Pack, received time.Time) {
	if p.Clock == wire.Untimed {
		return
	}
	h.seen.Add(uint64(len(p.Readings)))
	n := h.node(p.Node)
	if n == nil {
		h.dropped.Add(uint64(len(p.Readings)))
		return
	}
	limit := received.Add(ahead).UnixMilli()
	n.mu.Lock()
	defer n.mu.Unlock()
	n.is.Sim = p.Sim
	var key seriesKey
	var s *series
	newest := int64(0)
	for i := range p.Readings {
		r := &p.Readings[i]
		if k := (seriesKey{r.Sensor, r.Quantity}); s == nil || k != key {
			key, s = k, h.seriesOf(n, k)
			if s == nil {
				h.dropped.Add(1)
				continue
			}
		}
		t := r.TimeMS
		if p.Clock == wire.Unknown {
			t = received.UnixMilli()
		}
		if h.take(n, s, r, t, p, limit) && t <= limit && p.Clock != wire.Unknown {
			newest = max(newest, t)
		}
	}
	h.raiseNewest(newest)
}

// take makes r the latest of s if it is. A latest from beyond limit was measured
// against a wrong clock, and gives way to anything.
func (h *Hub) take(n *node, s *series, r *reading.Reading, t int64, p *wire.Pack, limit int64) bool {
	l := &s.latest
	if t < l.TimeMS && l.TimeMS <= limit {
		return false
	}
	l.TimeMS, l.Value, l.Quality = t, r.Value, r.Quality
	l.Clock, l.Sim = p.Clock, p.Sim
	if !s.dirty {
		s.dirty = true
		n.dirty = append(n.dirty, s)
		h.list(n)
	}
	return true
}

// State takes over what a node, or its Will, says of itself. A state that
// arrived before the last one is passed over, so that remembered states may be
// given at any time.
func (h *Hub) State(id reading.NodeID, st *wire.NodeState, received time.Time) {
	n := h.node(id)
	if n == nil {
		return
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if received.Before(n.is.LastSeen) {
		return
	}
	n.is.Online = st.Online
	if st.Online { // a Will knows only what was so when the node connected
		n.is.LastSeen, n.is.Clock, n.is.Sim = received, st.Clock, st.Sim
		clear(n.intervals)
		for i := range st.Sensors {
			s := &st.Sensors[i]
			n.intervals[s.ID] = time.Duration(s.IntervalMS) * time.Millisecond
		}
		for k, s := range n.series {
			s.latest.Interval = n.intervals[k.sensor]
		}
	}
	n.changed = true
	h.list(n)
}

// Seed takes over stored readings where they are newer than what is known.
func (h *Hub) Seed(readings []Reading) {
	limit := h.opt.Now().Add(ahead).UnixMilli()
	for i := range readings {
		r := &readings[i]
		n := h.node(r.Node)
		if n == nil {
			continue
		}
		p := wire.Pack{Clock: r.Clock, Sim: r.Sim}
		n.mu.Lock()
		if s := h.seriesOf(n, seriesKey{r.Sensor, r.Quantity}); s != nil {
			if h.take(n, s, &r.Reading, r.TimeMS, &p, limit) && r.TimeMS <= limit {
				h.raiseNewest(r.TimeMS)
			}
		}
		n.mu.Unlock()
	}
}

// Retire takes a node out of the figures. What was heard of it stays.
func (h *Hub) Retire(id reading.NodeID) {
	n := h.node(id)
	if n == nil {
		return
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	n.is.Retired = true
	n.changed = true
	h.list(n)
}

// Tell has a node told of in the next batch, since something about it changed that
// only others know. One that was never heard of is nobody's news.
func (h *Hub) Tell(id reading.NodeID) {
	if id == "" {
		return
	}
	for _, n := range h.pick(id) {
		n.mu.Lock()
		n.changed = true
		h.list(n)
		n.mu.Unlock()
	}
}

// Latest returns the latest readings of a node ("": all) and a quantity (0:
// all), by node, sensor and quantity, a corrected one after what it corrects. The
// caller owns them.
func (h *Hub) Latest(id reading.NodeID, q reading.Quantity) []Reading {
	var all []Reading
	for _, n := range h.pick(id) {
		n.mu.Lock()
		for k, s := range n.series {
			if q == 0 || k.quantity == q {
				all = append(all, s.latest)
			}
		}
		n.mu.Unlock()
	}
	slices.SortFunc(all, func(a, b Reading) int {
		return cmp.Or(strings.Compare(string(a.Node), string(b.Node)),
			strings.Compare(string(a.Sensor), string(b.Sensor)),
			cmp.Compare(a.Quantity.Raw(), b.Quantity.Raw()), cmp.Compare(a.Quantity, b.Quantity))
	})
	return all
}

// Node returns what is known of a node; of an unknown one, that it is offline.
func (h *Hub) Node(id reading.NodeID) Node {
	for _, n := range h.pick(id) {
		n.mu.Lock()
		defer n.mu.Unlock()
		return n.is
	}
	return Node{ID: id}
}

// pick returns one node, or with "" all.
func (h *Hub) pick(id reading.NodeID) []*node {
	h.mu.RLock()
	defer h.mu.RUnlock()
	if id != "" {
		if n := h.nodes[id]; n != nil {
			return []*node{n}
		}
		return nil
	}
	all := make([]*node, 0, len(h.nodes))
	for _, n := range h.nodes {
		all = append(all, n)
	}
	return all
}

// node returns the node, made when there is room, else nil.
func (h *Hub) node(id reading.NodeID) *node {
	h.mu.RLock()
	n := h.nodes[id]
	h.mu.RUnlock()
	if n != nil {
		return n
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if n := h.nodes[id]; n != nil {
		return n
	}
	if len(h.nodes) >= h.opt.MaxNodes {
		return nil
	}
	id = reading.NodeID(strings.Clone(string(id)))
	n = &node{is: Node{ID: id}, series: make(map[seriesKey]*series), intervals: make(map[reading.SensorID]time.Duration)}
	h.nodes[id] = n
	return n
}

// seriesOf returns the node's series, made when there is room, else nil. The
// caller holds n.mu.
func (h *Hub) seriesOf(n *node, k seriesKey) *series {
	if s := n.series[k]; s != nil {
		return s
	}
	if len(n.series) >= h.opt.MaxSeries {
		return nil
	}
	k.sensor = reading.SensorID(strings.Clone(string(k.sensor)))
	s := &series{latest: Reading{Node: n.is.ID, Interval: n.intervals[k.sensor]}}
	s.latest.Sensor, s.latest.Quantity = k.sensor, k.quantity
	n.series[k] = s
	return s
}

// list puts the node on the list for the next batch. The caller holds n.mu.
func (h *Hub) list(n *node) {
	if n.listed {
		return
	}
	n.listed = true
	h.dirtyMu.Lock()
	h.dirty = append(h.dirty, n)
	h.dirtyMu.Unlock()
}

func (h *Hub) raiseNewest(t int64) {
	for {
		old := h.newest.Load()
		if t <= old || h.newest.CompareAndSwap(old, t) {
			return
		}
	}
}
