package fleet

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/siaga-id/siaga/edge"
	"github.com/siaga-id/siaga/edge/enrol"
	"github.com/siaga-id/siaga/edge/remote"
	"github.com/siaga-id/siaga/firmware-sim/world"
)

// keptLog is how much of its log each node keeps for the center, in bytes: there may
// be thousands in a process.
const keptLog = 4 << 10

// node is one simulated node: as on a real one, an agent that the center's commands
// and configurations start again.
type node struct {
	fleet   *Fleet
	opt     Options
	board   *board
	clock   nodeClock
	log     *slog.Logger
	station *remote.Station

	made  chan struct{} // has one element once there is the first agent
	ended chan error    // of the station's Run

	mu     sync.Mutex // covers what follows
	agent  *edge.Agent
	before edge.Counts // of the agents before this one; nothing of theirs waits
}

func newNode(f *Fleet, opt Options, v world.Village, b *board) (*node, error) {
	dir := filepath.Join(opt.Dir, string(v.Node))
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("data_dir: %w", err)
	}
	kept := &remote.Log{Max: keptLog}
	n := &node{
		fleet: f, opt: opt, board: b, clock: newNodeClock(f.clock),
		log:  slog.New(slog.NewMultiHandler(cmp.Or(opt.Logger, slog.Default()).Handler(), slog.NewTextHandler(kept, nil))),
		made: make(chan struct{}, 1), ended: make(chan error, 1),
	}
	var err error
	n.station, err = remote.New(remote.Options{
		Settings: func() map[string]any { return settings(opt, v, dir, b) }, Start: n.start, Log: kept, Logger: n.log.With("node", string(v.Node)),
	})
	return n, err
}

// settings is a node's configuration, as its file would have it. Where its broker is
// stands in none.
func settings(opt Options, v world.Village, dir string, b *board) map[string]any {
	sensors := make([]any, len(b.sensors))
	for i, sc := range b.sensors {
		s := maps.Clone(sc.Options)
		s["id"], s["driver"], s["interval"] = sc.ID, sc.Driver, sc.Interval.String()
		sensors[i] = s
	}
	return map[string]any{
		"node": string(v.Node), "site": string(v.Site), "data_dir": dir,
		"pack_interval": opt.PackInterval.String(),
		"queue":         map[string]any{"reserve_bytes": 0},
		"send":          map[string]any{"fill_packs_per_second": 200},
		"sensors":       sensors,
	}
}

// start runs an agent until ctx ends or it fails.
func (n *node) start(ctx context.Context, cfg edge.Config, r edge.Remote) error {
	cfg.MQTT = n.opt.MQTT
	a, err := edge.New(cfg, edge.Deps{
		Board: n.board.machine, Clock: n.clock, Version: n.opt.Version, Simulated: true, Logger: n.log, Remote: r,
	})
	if err != nil {
		return err
	}
	n.follow(a)
	select {
	case n.made <- struct{}{}:
	default:
	}
	<-n.fleet.begun
	n.enrol(ctx, cfg)
	var stopping sync.WaitGroup
	if n.fleet.sampling.Err() != nil { // before this agent was there
		stopping.Go(a.StopSampling)
	}
	defer stopping.Wait()
	return a.Run(ctx)
}

// follow makes a the node's agent; the one before has ended.
func (n *node) follow(a *edge.Agent) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.agent != nil {
		ended := n.agent.Counts()
		ended.WaitingPacks = 0
		n.before = plus(n.before, ended)
	}
	n.agent = a
}

func (n *node) present() *edge.Agent {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.agent
}

func (n *node) counts() edge.Counts {
	n.mu.Lock()
	defer n.mu.Unlock()
	return plus(n.before, n.agent.Counts())
}

func plus(a, b edge.Counts) edge.Counts {
	return edge.Counts{
		QueuedReadings: a.QueuedReadings + b.QueuedReadings,
		LostReadings:   a.LostReadings + b.LostReadings,
		WaitingPacks:   a.WaitingPacks + b.WaitingPacks,
	}
}

// enrol enrols the node by its token, where it has one, as a real node does that finds
// it on its card, and waits for that until ctx ends or nothing is to be measured any
// more. What goes wrong is logged; the node then runs all the same.
func (n *node) enrol(ctx context.Context, cfg edge.Config) {
	if n.opt.Tokens == "" {
		return
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(n.fleet.sampling, cancel)()
	enrol.Open(cfg.DataDir).Take(ctx, enrol.TakeOptions{
		Patterns: []string{filepath.Join(n.opt.Tokens, fmt.Sprintf("siaga-token-%s.txt", cfg.Node))},
		Node:     cfg.Node, Earliest: func() time.Time { return edge.Earliest(cfg.DataDir) },
		Logger: n.log,
	})
}
