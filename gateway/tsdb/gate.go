package tsdb

import (
	"context"
	"errors"
	"time"
)

// gateTimeout is how long a request waits for its place.
const gateTimeout = 10 * time.Second

// errBusy says that a request found no place. The answer is 503, and the client
// comes again.
var errBusy = errors.New("too many requests at the same time, try again")

// gate lets a bounded number of requests run and a bounded number wait. A
// request beyond both is refused at once.
type gate struct {
	running, inside chan struct{}
}

func newGate(running, waiting int) *gate {
	return &gate{
		running: make(chan struct{}, running),
		inside:  make(chan struct{}, running+waiting),
	}
}

// enter waits for a place. After nil the caller must leave.
func (g *gate) enter(ctx context.Context) error {
	select {
	case g.inside <- struct{}{}:
	default:
		return errBusy
	}
	ctx, cancel := context.WithTimeout(ctx, gateTimeout)
	defer cancel()
	select {
	case g.running <- struct{}{}:
		return nil
	case <-ctx.Done():
		<-g.inside
		return errBusy
	}
}

// leave gives the place back.
func (g *gate) leave() {
	<-g.running
	<-g.inside
}

// shut keeps everybody out for good, and waits until the last has left or ctx
// ends.
func (g *gate) shut(ctx context.Context) {
	for range cap(g.running) {
		select {
		case g.running <- struct{}{}:
		case <-ctx.Done():
			return
		}
	}
}
