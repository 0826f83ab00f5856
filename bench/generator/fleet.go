//go:build unix

package generator

import (
	"bufio"
	"context"
	"errors"
	"io"
	"log/slog"
	"os"
	"time"

	"github.com/siaga-id/siaga/firmware-sim/fleet"
	"github.com/siaga-id/siaga/firmware-sim/world"
)

// Fleet is simulated nodes with the real agent: queues on a disk, and connections
// that come back by themselves, to where each node's identity says. Its Order's
// Addr is not used. It measures from the moment of Go until Stop.
type Fleet struct {
	// First is the first node, Nodes how many there are; see world.VillageAt.
	First, Nodes int
	// Dir, Chips and PackInterval are fleet.Options'.
	Dir          string
	Chips        []string
	PackInterval time.Duration
	// Settle is after how long without an acknowledgement, after Stop, what still
	// waits is left waiting; it is also left after patience as long in all.
	Settle time.Duration
}

// patience is how many times Settle all acknowledgements may take together.
const patience = 10

// agents is a Fleet whose queues are open.
type agents struct {
	Fleet
	fleet *fleet.Fleet
	stop  io.Reader // ends when measuring is to
}

func prepareFleet(o Fleet, stop *bufio.Reader) (*agents, error) {
	opt := fleet.Options{
		Seed: 3505, Dir: o.Dir, Chips: o.Chips, PackInterval: o.PackInterval, Version: "bench",
		Logger: slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelError})),
	}
	for i := range o.Nodes {
		opt.Villages = append(opt.Villages, world.VillageAt(o.First+i))
	}
	f, err := fleet.New(opt)
	return &agents{o, f, stop}, err
}

// run ends when all is acknowledged after Stop, or nothing more is.
func (a *agents) run(begin time.Time) (r Report, err error) {
	before := processorTime()
	time.Sleep(time.Until(begin))
	ctx, leave := context.WithCancel(context.Background())
	defer leave()
	ended := make(chan error, 1)
	go func() { ended <- a.fleet.Run(ctx) }()
	if _, err := io.Copy(io.Discard, a.stop); err != nil {
		return r, err
	}
	a.fleet.StopSampling()
	if err := a.settle(ended); err != nil {
		return r, err
	}
	leave()
	if err := <-ended; err != nil {
		return r, err
	}
	n := a.fleet.Counts()
	r.Queued, r.Lost, r.Waiting = int(n.QueuedReadings), int(n.LostReadings), int(n.WaitingPacks)
	r.CPU = processorTime() - before
	return r, nil
}

// settle returns when nothing waits any more, or nobody acknowledges what does. The
// error is that the fleet has ended.
func (a *agents) settle(ended <-chan error) error {
	const look = 100 * time.Millisecond
	began := time.Now()
	least, since := a.fleet.Counts().WaitingPacks, began
	for least > 0 && time.Since(since) < a.Settle && time.Since(began) < patience*a.Settle {
		select {
		case err := <-ended:
			return errors.Join(err, errors.New("the fleet ended by itself"))
		case <-time.After(look):
		}
		if n := a.fleet.Counts().WaitingPacks; n < least {
			least, since = n, time.Now()
		}
	}
	return nil
}
