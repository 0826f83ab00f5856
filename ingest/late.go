package ingest

import (
	"errors"
	"sync/atomic"

	"github.com/siaga-id/siaga/internal/reading"
	"github.com/siaga-id/siaga/internal/wire"
)

// LateAcker is an Acker that is known only after the ingester that it serves,
// since a connection wants to know to whom it gives packs. The zero value knows
// none. It may be used concurrently.
type LateAcker struct {
	acker atomic.Pointer[Acker]
}

var _ Acker = (*LateAcker)(nil)

// Set says who acknowledges from now on.
func (l *LateAcker) Set(a Acker) { l.acker.Store(&a) }

// Acknowledge implements Acker. Before Set it is an error.
func (l *LateAcker) Acknowledge(node reading.NodeID, ack wire.Ack) error {
	a := l.acker.Load()
	if a == nil {
		return errors.New("acknowledge: not connected yet")
	}
	return (*a).Acknowledge(node, ack)
}
