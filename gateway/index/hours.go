package index

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"sync"
	"time"

	"github.com/siaga-id/siaga/gateway/registry"
	"github.com/siaga-id/siaga/internal/reading"
	"github.com/siaga-id/siaga/internal/wholefile"
)

const (
	// hoursFile is in the center's data directory.
	hoursFile = "index.json"
	// firstHours are rolled up where nothing is known of earlier ones, lateHours is
	// how late readings may be: 400 days.
	firstHours = 30 * 24
	lateHours  = 400 * 24
	// maxSpans bounds the separate stretches of one node that wait.
	maxSpans = 64
	// jobHours bounds what is asked of InfluxDB at once.
	jobHours = 6
	// maxNodes bounds the nodes of which hours wait; the registry knows no more.
	maxNodes = 10_000
	// maxFile bounds what is read of the file: every node with all its stretches.
	maxFile = 64 << 20
)

// span is the Unix hours from the first, included, until the last, not included.
type span [2]int64

// job is a stretch of a node's hours to roll up.
type job struct {
	node  reading.NodeID
	hours span
}

// hours are those that wait to be rolled up. Its methods may be called
// concurrently, take and done by one at a time.
type hours struct {
	disk wholefile.Disk

	mu      sync.Mutex
	from    int64 // hours from here on are of all nodes, when they are over
	nodes   map[reading.NodeID][]span
	busy    job  // taken and not done; zero: none
	changed bool // since it was kept
	// heard are nodes of which readings of hours from there on were stored since from
	// was set: whoever advances may know of them later.
	heard map[reading.NodeID]bool
	// level is the oldest time of which readings were stored since it was last
	// asked, in Unix ms; 0: none.
	level int64
}

// keptHours is hours as the file has it.
type keptHours struct {
	From  int64                     `json:"from"`
	Nodes map[reading.NodeID][]span `json:"nodes"`
}

// openHours reads what waits. Where there is no file, everything of the last 30 days
// waits, and nothing for a center that is new: all that it will have stored comes
// later. A file that cannot be read is told of and is like none.
func openHours(disk wholefile.Disk, now time.Time, fresh bool) (*hours, error) {
	h := &hours{disk: disk, from: hourOf(now) - firstHours, nodes: make(map[reading.NodeID][]span), heard: make(map[reading.NodeID]bool)}
	b, err := disk.Read(hoursFile, maxFile+1)
	if errors.Is(err, fs.ErrNotExist) {
		if fresh {
			h.from, h.changed = hourOf(now), true
		}
		return h, nil
	}
	if err != nil {
		return h, fmt.Errorf("read %s: %w", hoursFile, err)
	}
	var kept keptHours
	if err := json.Unmarshal(b, &kept); err != nil {
		return h, fmt.Errorf("read %s: %w", hoursFile, err)
	}
	for node, spans := range kept.Nodes {
		if !reading.ValidID(node) {
			continue
		}
		for _, s := range spans {
			h.add(node, s)
		}
	}
	// A clock that was ahead leaves nothing out.
	h.from, h.changed = min(kept.From, hourOf(now)), false
	return h, nil
}

func hourOf(t time.Time) int64 { return floorDiv(t.Unix(), 3600) }

func floorDiv(a, b int64) int64 {
	if a < 0 {
		a -= b - 1
	}
	return a / b
}

// stored takes note of readings that are in InfluxDB. Where hours were rolled up
// before, it returns once it is durable that they wait again.
func (h *hours) stored(ranges []registry.StoredRange, now time.Time) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	for i := range ranges {
		r := &ranges[i]
		if r.Readings <= 0 || !reading.ValidID(r.Node) {
			continue
		}
		if _, waits := h.nodes[r.Node]; !waits && len(h.nodes) >= maxNodes {
			continue
		}
		if hourOf(r.Newest) >= h.from && (h.heard[r.Node] || len(h.heard) < maxNodes) {
			h.heard[r.Node] = true
		}
		if at := r.Oldest.UnixMilli(); h.level == 0 || at < h.level {
			h.level = at
		}
		h.add(r.Node, span{max(hourOf(r.Oldest), hourOf(now)-lateHours), min(hourOf(r.Newest)+1, h.from)})
	}
	return h.keep()
}

// advance lets the hours of nodes that are over wait; of one that was retired,
// those until then; of those that are not among nodes yet, where readings came.
func (h *hours) advance(nodes []registry.Node, until int64) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if until <= h.from {
		return
	}
	over := span{max(h.from, until-lateHours), until}
	for i := range nodes {
		delete(h.heard, nodes[i].ID)
		if gone := nodes[i].Retired; !gone.IsZero() && hourOf(gone) < h.from {
			continue
		}
		h.add(nodes[i].ID, over)
	}
	for node := range h.heard {
		h.add(node, over)
	}
	clear(h.heard)
	h.from, h.changed = until, true
}

// oldest returns the oldest time of readings that were stored since it was last
// asked, and whether there were any.
func (h *hours) oldest() (time.Time, bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	at := h.level
	h.level = 0
	return time.UnixMilli(at), at != 0
}

// add makes hours wait. The caller holds mu.
func (h *hours) add(node reading.NodeID, s span) {
	old := h.nodes[node]
	if s[0] >= s[1] || slices.ContainsFunc(old, func(o span) bool { return o[0] <= s[0] && s[1] <= o[1] }) {
		return
	}
	var all []span
	for _, o := range old {
		if o[1] < s[0] || s[1] < o[0] {
			all = append(all, o)
		} else {
			s = span{min(o[0], s[0]), max(o[1], s[1])}
		}
	}
	all = append(all, s)
	slices.SortFunc(all, func(a, b span) int { return int(min(max(a[0]-b[0], -1), 1)) })
	if len(all) > maxSpans {
		nearest := 1
		for i := 2; i < len(all); i++ {
			if all[i][0]-all[i-1][1] < all[nearest][0]-all[nearest-1][1] {
				nearest = i
			}
		}
		all[nearest-1][1] = all[nearest][1]
		all = slices.Delete(all, nearest, nearest+1)
	}
	h.nodes[node], h.changed = all, true
}

// take returns the newest hours that wait, of whatever node. They wait in the file
// until they are done.
func (h *hours) take() (job, bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	var next job
	for node, spans := range h.nodes {
		last := spans[len(spans)-1]
		if next.node == "" || last[1] > next.hours[1] || last[1] == next.hours[1] && node < next.node {
			next = job{node, last}
		}
	}
	if next.node == "" {
		return job{}, false
	}
	next.hours[0] = max(next.hours[0], next.hours[1]-jobHours)
	spans := h.nodes[next.node]
	last := &spans[len(spans)-1]
	if last[1] = next.hours[0]; last[0] == last[1] {
		spans = spans[:len(spans)-1]
	}
	if h.nodes[next.node] = spans; len(spans) == 0 {
		delete(h.nodes, next.node)
	}
	h.busy, h.changed = next, true
	return next, true
}

// done ends what take began: it waits again unless it was rolled up.
func (h *hours) done(rolledUp bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	was := h.busy
	h.busy, h.changed = job{}, true
	if !rolledUp {
		h.add(was.node, was.hours)
	}
}

// waits reports whether an hour of a node is to be rolled up.
func (h *hours) waits(node reading.NodeID, hour int64) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return hour >= h.from || slices.ContainsFunc(h.nodes[node], func(s span) bool { return s[0] <= hour && hour < s[1] })
}

// waiting returns how many hours of nodes are to be rolled up.
func (h *hours) waiting() (n int64) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, spans := range h.nodes {
		for _, s := range spans {
			n += s[1] - s[0]
		}
	}
	return n
}

// flush makes durable what waits.
func (h *hours) flush() error {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.keep()
}

// keep is flush. The caller holds mu.
func (h *hours) keep() error {
	if !h.changed {
		return nil
	}
	kept := keptHours{h.from, h.nodes}
	if h.busy.node != "" {
		kept.Nodes = make(map[reading.NodeID][]span, len(h.nodes)+1)
		for node, spans := range h.nodes {
			kept.Nodes[node] = spans
		}
		kept.Nodes[h.busy.node] = append(slices.Clone(kept.Nodes[h.busy.node]), h.busy.hours)
	}
	b, err := json.Marshal(kept)
	if err == nil {
		err = wholefile.Replace(h.disk, hoursFile, b)
	}
	if err != nil {
		return fmt.Errorf("keep the hours to roll up in %s: %w", hoursFile, err)
	}
	h.changed = false
	return nil
}
