package gateway

import (
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/siaga-id/siaga/ingest"
	"github.com/siaga-id/siaga/internal/reading"
	"github.com/siaga-id/siaga/internal/wire"
)

const (
	// pendingPacks bounds the live packs of a node that are on their way into
	// InfluxDB, delaySamples the delays of a minute; the oldest are forgotten.
	pendingPacks = 32
	delaySamples = 64
)

// delay is how long a node's live packs took from being sealed to being stored.
type delay struct {
	known    bool
	p50, p99 time.Duration
}

// delays measures the delivery delay node by node, where packs are taken in by
// this process. A pack counts as stored once InfluxDB has it. It may be used
// concurrently.
type delays struct {
	mu    sync.Mutex
	nodes map[reading.NodeID]*nodeDelays
	asked time.Time
	last  map[reading.NodeID]delay // of asked; nobody changes it
}

type nodeDelays struct {
	epoch   string       // of the newest pack
	pending []sealedPack // the oldest first
	samples []time.Duration
}

type sealedPack struct {
	epoch    string
	seq      uint64
	sealedMS int64
}

func newDelays() *delays { return &delays{nodes: make(map[reading.NodeID]*nodeDelays)} }

// sealed takes note of a pack on its way; of backlog and previews none is taken.
// The pack is not kept.
func (d *delays) sealed(p *wire.Pack, lane wire.Channel) {
	if lane != wire.Live || p.Clock == wire.Unknown || p.SealedMS == 0 {
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	n := d.nodes[p.Node]
	if n == nil {
		n = new(nodeDelays)
		d.nodes[reading.NodeID(strings.Clone(string(p.Node)))] = n
	}
	if len(n.pending) == pendingPacks {
		n.pending = slices.Delete(n.pending, 0, 1)
	}
	if n.epoch != p.Epoch {
		n.epoch = strings.Clone(p.Epoch)
	}
	n.pending = append(n.pending, sealedPack{n.epoch, p.Seq, p.SealedMS})
}

// stored takes note of what is in InfluxDB.
func (d *delays) stored(ranges []ingest.StoredRange, now time.Time) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for i := range ranges {
		r := &ranges[i]
		n := d.nodes[r.Node]
		if n == nil {
			continue
		}
		n.pending = slices.DeleteFunc(n.pending, func(p sealedPack) bool {
			if p.seq < r.From || p.seq > r.To || p.epoch != r.Epoch {
				return false
			}
			if len(n.samples) == delaySamples {
				n.samples = slices.Delete(n.samples, 0, 1)
			}
			n.samples = append(n.samples, max(now.Sub(time.UnixMilli(p.sealedMS)), 0))
			return true
		})
	}
}

// quantiles returns the delays of the minute before, the same however often it is
// asked about one minute.
func (d *delays) quantiles(minute time.Time) map[reading.NodeID]delay {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.last != nil && minute.Equal(d.asked) {
		return d.last
	}
	d.asked, d.last = minute, make(map[reading.NodeID]delay, len(d.nodes))
	for id, n := range d.nodes {
		if len(n.samples) == 0 {
			if len(n.pending) == 0 {
				delete(d.nodes, id)
			}
			continue
		}
		slices.Sort(n.samples)
		at := func(percent int) time.Duration { return n.samples[(len(n.samples)*percent+99)/100-1] }
		d.last[id] = delay{known: true, p50: at(50), p99: at(99)}
		n.samples = n.samples[:0]
	}
	return d.last
}
