package readout

import (
	"context"
	"sync"
	"time"

	"github.com/siaga-id/siaga/edge"
	"github.com/siaga-id/siaga/edge/calibration"
	"github.com/siaga-id/siaga/edge/driver"
	"github.com/siaga-id/siaga/internal/reading"
)

var _ Store = (*calibration.Store)(nil)

// Store is the corrections in force. Its methods are called concurrently.
type Store interface {
	// Apply returns values and the corrected ones that follow from them.
	Apply(sensor reading.SensorID, values []driver.Value) []driver.Value
	// InForce returns what corrects a raw quantity.
	InForce(sensor reading.SensorID, raw reading.Quantity) (calibration.Correction, bool)
	// Datum is the height in metres above gauge zero that was measured for a sensor.
	Datum(sensor reading.SensorID) (m float64, ok bool)
}

// Readout is sensors that are being read.
type Readout struct {
	sensors []*sensor
	running sync.WaitGroup
	settled chan struct{}
}

// Direct opens cfg's sensors on board and reads each at its interval, all beside
// one another, until ctx ends; then Wait. A sensor that fails is opened again and
// stops no other.
func Direct(ctx context.Context, cfg edge.Config, board driver.Board, store Store) *Readout {
	start := time.Now()
	r := &Readout{settled: make(chan struct{})}
	var first sync.WaitGroup
	for _, sc := range cfg.Sensors {
		first.Add(1)
		s := &sensor{
			cfg: withDatum(sc, store), store: store, board: board,
			now: func() time.Duration { return time.Since(start) }, first: sync.OnceFunc(first.Done),
			newest: map[reading.Quantity]measured{}, state: state{health: healthStarting},
		}
		r.sensors = append(r.sensors, s)
		r.running.Go(func() {
			defer s.first()
			s.run(ctx)
		})
	}
	r.running.Go(func() {
		first.Wait()
		close(r.settled)
	})
	return r
}

// Settled is closed when every sensor has given a value or failed, or the reading
// has ended.
func (r *Readout) Settled() <-chan struct{} { return r.settled }

// Snapshot returns what the sensors said last, in the configuration's order. It
// may be called from any goroutine; the caller owns the slice.
func (r *Readout) Snapshot() []edge.SensorSnapshot {
	all := make([]edge.SensorSnapshot, 0, len(r.sensors))
	for _, s := range r.sensors {
		all = append(all, s.snapshot())
	}
	return all
}

// Wait returns when the context has ended and every sensor is closed.
func (r *Readout) Wait() { r.running.Wait() }
