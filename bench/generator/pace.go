//go:build unix

package generator

import (
	"fmt"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"
)

// Pace sends packs at fixed moments, whatever the center does: each node one
// every so often, all of them spread evenly. As real nodes do, they hold a
// keep-alive, leave a Will, hear the center's state, tell their own when they
// connect and every minute, send a pack again that is not acknowledged, and go
// with a word. Packs and states say that they are simulated.
type Pace struct {
	// First is the first node, Nodes how many there are; All is how many all
	// generators have together, among whom moments are spread.
	First, Nodes, All int
	// Every is the time between two packs of a node, Jitter by how much each may
	// be late.
	Every, Jitter time.Duration
	// BeginMS is the time of the first readings, StepMS from one to the next of a
	// series.
	BeginMS, StepMS int64
	// For is how long packs are sent.
	For time.Duration
	// Window is how many packs a node has under way without acknowledgement. Those
	// that must wait for it are counted as held; they keep their moment.
	Window int
}

const (
	keepAlive  = 20 * time.Second
	stateEvery = time.Minute
	// again is how long an acknowledgement may take before a pack is sent once
	// more, and settle how long the last ones may take.
	again  = 10 * time.Second
	settle = time.Minute
	// connecting is how many nodes connect at a time.
	connecting = 64
)

// pace is a Pace whose nodes are connected.
type pace struct {
	Pace
	begun   chan struct{} // closed when begin is set
	begin   time.Time
	running sync.WaitGroup

	mu     sync.Mutex // guards report
	report Report
}

func preparePace(addr string, o Pace) (*pace, error) {
	if o.Nodes < 1 || o.Every <= o.Jitter || o.Window < 1 {
		return nil, fmt.Errorf("pace: %+v", o)
	}
	p := &pace{Pace: o, begun: make(chan struct{})}
	var group errgroup.Group
	group.SetLimit(connecting)
	for i := range p.Nodes {
		group.Go(func() error {
			n, err := p.join(addr, p.First+i)
			if err != nil {
				return err
			}
			p.running.Go(func() {
				if err := n.run(); err != nil {
					p.note(func(r *Report) {
						r.Broken++
						r.Error = err.Error()
					})
				}
			})
			return nil
		})
	}
	return p, group.Wait()
}

// run sends from begin on, and ends when all is acknowledged or given up.
func (p *pace) run(begin time.Time) (Report, error) {
	before := processorTime()
	p.begin = begin
	close(p.begun)
	p.running.Wait()
	p.report.CPU = processorTime() - before
	return p.report, nil
}

// note changes the report.
func (p *pace) note(change func(r *Report)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	change(&p.report)
}
