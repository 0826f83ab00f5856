package fleet

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"sync"
	"time"

	"github.com/siaga-id/siaga/edge"
	"github.com/siaga-id/siaga/firmware-sim/simbus"
	"github.com/siaga-id/siaga/firmware-sim/world"
	"github.com/siaga-id/siaga/internal/mqtt"
)

// Options say which nodes there are and where they send.
type Options struct {
	// Nodes is how many; the first twelve stand in twelve villages, further ones
	// beside them.
	Nodes int
	// Seed makes the world; the same seed is the same weather.
	Seed uint64
	// Dir holds each node's queue, in a folder of its name.
	Dir string
	// MQTT is the broker that all connect to.
	MQTT mqtt.Config
	// PackInterval is how often each node closes a pack.
	PackInterval time.Duration
	// Trace, where not nil, is the truth instead of the seeded world, for every
	// node.
	Trace *world.Replay
	// TraceChips are the chips that the trace can drive; TraceTopM is the highest
	// water level in it.
	TraceChips []world.Chip
	TraceTopM  float64
	// Version is reported by the nodes. Logger may be nil.
	Version string
	Logger  *slog.Logger
}

// Fleet is simulated nodes. Make it with New, run it once with Run.
type Fleet struct {
	agents []*edge.Agent
	plugs  map[string]map[string]*simbus.Plug
}

// New makes the nodes and opens their queues. It starts nothing; Run closes what
// New opened.
func New(opt Options) (*Fleet, error) {
	clock := world.RealClock()
	if opt.Trace != nil {
		clock = opt.Trace.Clock()
	}
	f := &Fleet{plugs: map[string]map[string]*simbus.Plug{}}
	for i := range opt.Nodes {
		if err := f.add(opt, world.VillageAt(i), clock); err != nil {
			return nil, errors.Join(fmt.Errorf("node %d: %w", i+1, err), f.abandon())
		}
	}
	return f, nil
}

func (f *Fleet) add(opt Options, v world.Village, clock *world.Clock) error {
	b := newBoard(clock)
	if err := b.populate(opt, v); err != nil {
		return err
	}
	cfg := edge.DefaultConfig()
	cfg.Node, cfg.Site = string(v.Node), string(v.Site)
	cfg.DataDir = filepath.Join(opt.Dir, cfg.Node)
	cfg.PackInterval = opt.PackInterval
	cfg.MQTT = opt.MQTT
	cfg.Queue.ReserveBytes = 0
	cfg.Send.FillPacksPerSecond = 200
	cfg.Sensors = b.sensors
	a, err := edge.New(cfg, edge.Deps{
		Bus: b.machine, Clock: newNodeClock(clock), Version: opt.Version, Simulated: true, Logger: opt.Logger,
	})
	if err != nil {
		return err
	}
	f.agents = append(f.agents, a)
	f.plugs[cfg.Node] = b.plugs
	return nil
}

// populate puts chips on the board: one of each kind in the seeded world, those
// that have a column under a trace.
func (b *board) populate(opt Options, v world.Village) error {
	if opt.Trace == nil {
		return b.full(world.New(opt.Seed, v))
	}
	if len(opt.TraceChips) == 0 {
		return errors.New("the trace has no column that a simulated chip can show")
	}
	for _, c := range opt.TraceChips {
		unit := c.Unit
		if unit == "" {
			unit = "1"
		}
		// The sensor hangs half a metre above the highest water: the A02YYUW
		// reaches 4.5 m down, and what lies deeper is lost to it.
		err := b.plug(c.Kind, unit, opt.Trace.Source(c.Unit), beam{world.VehicleM}, opt.TraceTopM+0.5)
		if err != nil {
			return err
		}
	}
	return nil
}

// abandon closes the queues of nodes that will not run.
func (f *Fleet) abandon() error {
	stopped, cancel := context.WithCancel(context.Background())
	cancel()
	return f.Run(stopped)
}

// Run runs all nodes until ctx ends, and returns when all have closed their
// queues.
func (f *Fleet) Run(ctx context.Context) error {
	errs := make([]error, len(f.agents))
	var wg sync.WaitGroup
	for i, a := range f.agents {
		wg.Go(func() { errs[i] = a.Run(ctx) })
	}
	wg.Wait()
	return errors.Join(errs...)
}

// Counts is the sum over all nodes.
func (f *Fleet) Counts() edge.Counts {
	var sum edge.Counts
	for _, a := range f.agents {
		n := a.Counts()
		sum.QueuedReadings += n.QueuedReadings
		sum.LostReadings += n.LostReadings
		sum.WaitingPacks += n.WaitingPacks
	}
	return sum
}

// SetFault puts a fault on the wires of one sensor of one node.
func (f *Fleet) SetFault(node, sensor string, fault simbus.Fault) error {
	p := f.plugs[node][sensor]
	if p == nil {
		return fmt.Errorf("set fault: node %q has no sensor %q", node, sensor)
	}
	p.SetFault(fault)
	return nil
}
