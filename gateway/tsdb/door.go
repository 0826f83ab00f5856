package tsdb

import (
	"context"
	"errors"
	"sync"
)

// errReopening says that a request came while the store is closed for a moment.
// The answer is 503, and the client comes again.
var errReopening = errors.New("the store is being opened again after its disk was full, try again")

// door hands out the storage to requests, and lets nobody in while it is
// exchanged.
type door struct {
	mu     sync.Mutex
	st     *storage // nil while the door is shut
	inside int
	out    chan struct{} // rung when the last has left a shut door
}

func newDoor(st *storage) *door { return &door{st: st, out: make(chan struct{}, 1)} }

// enter returns the storage, or errReopening. After nil the caller must leave.
func (d *door) enter() (*storage, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.st == nil {
		return nil, errReopening
	}
	d.inside++
	return d.st, nil
}

// leave ends the use of the storage.
func (d *door) leave() {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.inside--; d.inside == 0 && d.st == nil {
		select {
		case d.out <- struct{}{}:
		default:
		}
	}
}

// shut keeps everybody out and returns the storage, nil where it was shut
// already. Some may still be inside.
func (d *door) shut() *storage {
	d.mu.Lock()
	defer d.mu.Unlock()
	st := d.st
	d.st = nil
	return st
}

// empty waits behind a shut door until the last has left or ctx ends.
func (d *door) empty(ctx context.Context) error {
	for {
		d.mu.Lock()
		n := d.inside
		d.mu.Unlock()
		if n == 0 {
			return nil
		}
		select {
		case <-d.out:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// open lets requests in to st.
func (d *door) open(st *storage) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.st = st
}

// kill ends the queries that run in the storage, also those whose clients do not
// read.
func (d *door) kill() {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.st != nil {
		d.st.kill()
	}
}
