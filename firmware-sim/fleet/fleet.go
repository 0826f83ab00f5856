package fleet

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
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
	// Villages, where not nil, are the nodes instead.
	Villages []world.Village
	// Chips are the drivers whose chips each node has: nil for the usual four,
	// AllChips for one of every kind. A trace has chips of its own.
	Chips []string
	// Seed makes the world; the same seed is the same weather.
	Seed uint64
	// Dir holds each node's queue, in a folder of its name.
	Dir string
	// MQTT is the broker that all connect to. Without a URL each node goes where its
	// identity in Dir says. One that has none is enrolled by its token in the folder
	// Tokens, siaga-token-<node>.txt, which is deleted then.
	MQTT   mqtt.Config
	Tokens string
	// PackInterval is how often each node closes a pack, in real time.
	PackInterval time.Duration
	// Trace, where not nil, is the truth instead of the seeded world, for every
	// node, played as Replay says from the moment of Run.
	Trace  *world.Trace
	Replay world.Options
	// Version is reported by the nodes. Logger may be nil.
	Version string
	Logger  *slog.Logger
}

func (o Options) villages() []world.Village {
	if o.Villages != nil {
		return o.Villages
	}
	var all []world.Village
	for i := range o.Nodes {
		all = append(all, world.VillageAt(i))
	}
	return all
}

// Fleet is simulated nodes. Make it with New, run it once with Run.
type Fleet struct {
	clock  *clock
	end    time.Time // of the trace, in the world; zero without one
	nodes  []*node
	clocks map[string]nodeClock          // by node
	chips  map[string]map[string]plugged // by node and sensor

	begun chan struct{} // closed by Run
	// running ends with Run's context, sampling with the first StopSampling.
	running, sampling       context.Context
	stopRunning, stopSample context.CancelFunc
}

// New makes the nodes and opens their queues. Nothing is read or sent before Run,
// which closes what New opened. Its errors are those of a node's configuration or
// queue, and a speed of the replay that the nodes cannot follow.
func New(opt Options) (*Fleet, error) {
	c, s, replay, err := opt.time()
	if err != nil {
		return nil, err
	}
	f := &Fleet{clock: c, clocks: map[string]nodeClock{}, chips: map[string]map[string]plugged{}, begun: make(chan struct{})}
	f.running, f.stopRunning = context.WithCancel(context.Background())
	f.sampling, f.stopSample = context.WithCancel(context.Background())
	if replay != nil {
		// The last window ends with the trace, and is taken a moment later.
		f.end = replay.End().Add(s.step() / 2)
	}
	for _, v := range opt.villages() {
		b, err := newBoard(c, s, opt, replay, v)
		if err == nil {
			err = f.add(opt, v, b)
		}
		if err != nil {
			return nil, errors.Join(fmt.Errorf("node %s: %w", v.Node, err), f.abandon())
		}
	}
	return f, nil
}

// time returns the clock that the options ask for and how to sample by it;
// replay is nil without a trace.
func (o Options) time() (c *clock, s schedule, replay *world.Replay, err error) {
	if o.Trace == nil {
		return newRealClock(), s, nil, nil
	}
	if o.Replay.EndsAt.IsZero() {
		o.Replay.EndsAt = time.Now().Truncate(time.Second)
	}
	if replay, err = o.Trace.Replay(o.Replay); err != nil {
		return nil, s, nil, fmt.Errorf("replay trace: %w", err)
	}
	if s, err = newSchedule(o.Trace, replay.Clock().Speed()); err != nil {
		return nil, s, nil, fmt.Errorf("replay trace: %w", err)
	}
	return newReplayClock(replay, s), s, replay, nil
}

// add makes a node, whose first agent waits for Run then.
func (f *Fleet) add(opt Options, v world.Village, b *board) error {
	n, err := newNode(f, opt, v, b)
	if err != nil {
		return err
	}
	f.clocks[string(v.Node)], f.chips[string(v.Node)] = n.clock, b.chips
	go func() { n.ended <- n.station.Run(f.running) }()
	select {
	case <-n.made:
		f.nodes = append(f.nodes, n)
		return nil
	case err := <-n.ended:
		return err
	}
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
	defer f.stopSample()
	defer f.stopRunning()
	defer context.AfterFunc(ctx, f.stopRunning)()
	err := f.clock.begin()
	close(f.begun)
	errs := make([]error, len(f.nodes))
	for i, n := range f.nodes {
		errs[i] = <-n.ended
	}
	return errors.Join(append(errs, err)...)
}

// StopSampling closes all sensors for good and queues what they said last;
// sending goes on until Run's context ends. It returns when everything is
// queued, and wants Run to be running or to have run.
func (f *Fleet) StopSampling() {
	f.stopSample()
	var wg sync.WaitGroup
	for _, n := range f.nodes {
		wg.Go(n.present().StopSampling)
	}
	wg.Wait()
}

// TraceOver returns nil when the trace has nothing more to show, and otherwise,
// or where there is no trace, ctx's error when that ends.
func (f *Fleet) TraceOver(ctx context.Context) error {
	if f.end.IsZero() {
		<-ctx.Done()
		return ctx.Err()
	}
	return f.clock.waitFor(ctx, f.end)
}

// Counts is the sum over all nodes. It may be called concurrently.
func (f *Fleet) Counts() edge.Counts {
	var sum edge.Counts
	for _, n := range f.nodes {
		sum = plus(sum, n.counts())
	}
	return sum
}

// SetFault puts a fault on the wires of one sensor of one node. It may be called
// concurrently.
func (f *Fleet) SetFault(node, sensor string, fault simbus.Fault) error {
	c, ok := f.chips[node][sensor]
	if !ok || c.wires == nil {
		return fmt.Errorf("set fault: node %q has no wires to a sensor %q", node, sensor)
	}
	c.wires.SetFault(fault)
	return nil
}

// StepClock steps the system's clock of one node, forward, or back where by is
// negative, as a wrong or a first answer of a time server does. It remains
// synchronised, and the world's time, by which the chips go, stays. Steps add up;
// another start of the node knows nothing of them. It may be called concurrently.
func (f *Fleet) StepClock(node string, by time.Duration) error {
	c, ok := f.clocks[node]
	if !ok {
		return fmt.Errorf("step clock: there is no node %q", node)
	}
	c.stepped.Add(by.Milliseconds())
	return nil
}
