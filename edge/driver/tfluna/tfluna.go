package tfluna

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"sync"
	"time"

	"github.com/siaga-id/siaga/edge/driver"
	"github.com/siaga-id/siaga/edge/driver/traffic"
	"github.com/siaga-id/siaga/internal/reading"
)

// Baud is the lidar's rate as it is delivered.
const Baud = 115200

// Model is what a kind of lidar can see.
type Model struct {
	nearestM, farthestM float64
	beam                float64 // its whole angle, radians
}

// The models, as their manuals describe them.
var (
	Luna     = Model{nearestM: 0.2, farthestM: 8, beam: 2 * math.Pi / 180}
	MiniPlus = Model{nearestM: 0.1, farthestM: 12, beam: 3.6 * math.Pi / 180}
)

// Opts is how the lidar looks at the road.
type Opts struct {
	Model Model
	// RoadDistanceM is how far the road, or what is behind the vehicles, is along
	// the beam, in metres.
	RoadDistanceM float64
	// ThresholdM is how much nearer a vehicle is, in metres.
	ThresholdM float64
	// VehicleLengthM is the mean length of the vehicles that pass, in metres, which
	// speeds are reckoned with. 0 means unknown: no speeds are given.
	VehicleLengthM float64
	// StuckAfter is how long something may be in the beam before it is no vehicle;
	// where it was there from the beginning that counts at once. 0 is for ever.
	StuckAfter time.Duration
	// Now is the node's clock, by which frames are stamped; nil means Go's monotonic
	// clock.
	Now func() time.Duration
}

// DefaultOpts is for a TF-Luna; RoadDistanceM must be set.
var DefaultOpts = Opts{Model: Luna, ThresholdM: 0.5, StuckAfter: 10 * time.Minute}

// Dev is a lidar on a serial port. Its methods may be called concurrently.
type Dev struct {
	port io.ReadCloser
	now  func() time.Duration
	stop chan struct{}
	done chan struct{}
	err  error // why reading ended; set before done closes

	mu      sync.Mutex // covers what follows
	road    road
	read    time.Duration // by now, when the last chunk came
	heard   time.Time     // the last frame; zero is never
	noise   int           // bytes since then that were none
	changed chan struct{} // closed and replaced when frames came

	closeOnce sync.Once
	closeErr  error
}

// New takes over an open port, and starts to read it. It does not wait for the
// lidar. The port's Read must return 0 bytes and no error after a while without
// data.
func New(port io.ReadCloser, opts Opts) (*Dev, error) {
	if err := opts.check(); err != nil {
		return nil, fmt.Errorf("open lidar: %w", err)
	}
	d := &Dev{
		port: port, now: opts.Now,
		stop: make(chan struct{}), done: make(chan struct{}), changed: make(chan struct{}),
	}
	if began := time.Now(); d.now == nil {
		d.now = func() time.Duration { return time.Since(began) }
	}
	d.road = road{
		nearest:  uint16(100 * opts.Model.nearestM),
		near:     uint16(100 * (opts.RoadDistanceM - opts.ThresholdM)),
		far:      uint16(math.Ceil(100 * (opts.RoadDistanceM - opts.ThresholdM/2))),
		vehicles: traffic.Presence{StuckAfter: opts.StuckAfter},
	}
	if opts.VehicleLengthM > 0 {
		d.road.vehicles.Length = opts.VehicleLengthM + 2*opts.RoadDistanceM*math.Tan(opts.Model.beam/2)
	}
	d.read = d.now()
	go d.follow()
	return d, nil
}

// check names the option that is wrong by its key in configurations.
func (o Opts) check() error {
	var err error
	if !(o.RoadDistanceM > o.Model.nearestM && o.RoadDistanceM <= o.Model.farthestM) {
		err = fmt.Errorf("road_distance_m: %v: this lidar sees %v to %v m: measure along the beam to the road",
			o.RoadDistanceM, o.Model.nearestM, o.Model.farthestM)
	}
	if !(o.ThresholdM >= 0.1 && o.ThresholdM < o.RoadDistanceM-o.Model.nearestM) {
		err = errors.Join(err, fmt.Errorf("threshold_m: %v: give 0.1 or more, and less than the road is away; 0.5 is usual", o.ThresholdM))
	}
	if !(o.VehicleLengthM >= 0) || math.IsInf(o.VehicleLengthM, 0) {
		err = errors.Join(err, fmt.Errorf("vehicle_length_m: %v: give metres, or 0 for no speeds", o.VehicleLengthM))
	}
	if o.StuckAfter < 0 {
		err = errors.Join(err, fmt.Errorf("stuck_after: %v is negative: 10m is usual, 0 is never", o.StuckAfter))
	}
	return err
}

// Sense ends the window and returns its values: always count, flow and
// occupancy; headway, speed and speed_p85 where there are any; all Suspect where
// less than half of the frames could be trusted. The next window begins where
// this one ended. The first call, and the first after an error, only opens a
// window: no values and no error. It waits up to two seconds for a lidar that is
// silent. Errors: driver.ErrNoAnswer, ErrChecksum, ErrEchoLost (no frame could be
// trusted: a dirty window, or the road is too far), ErrStuck (something was in the
// beam for too long), ErrUnplugged, ErrClosed, or ctx's own when it is cancelled;
// the window then goes on.
func (d *Dev) Sense(ctx context.Context) ([]driver.Value, error) {
	values, err := d.values(ctx)
	if err != nil {
		return nil, fmt.Errorf("sense lidar: %w", err)
	}
	return values, nil
}

func (d *Dev) values(ctx context.Context) ([]driver.Value, error) {
	if errors.Is(ctx.Err(), context.Canceled) {
		return nil, ctx.Err()
	}
	err := d.alive(ctx)
	if errors.Is(err, context.Canceled) {
		return nil, err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if err != nil {
		d.road.forget() // nobody knows what it did not see
		return nil, err
	}
	w, frames, trusted := d.road.cut(d.read)
	if frames > 0 && trusted == 0 {
		d.road.forget()
		return nil, fmt.Errorf("%w: none of %d frames can be trusted: clean its window, and see that the road is within its range",
			driver.ErrEchoLost, frames)
	}
	values, err := w.Values()
	if 2*trusted < frames {
		for i := range values {
			values[i].Quality = values[i].Quality.Worse(reading.Suspect)
		}
	}
	return values, err
}

// Close stops reading, waits for that, and closes the port. A Sense that waits
// returns driver.ErrClosed.
func (d *Dev) Close() error {
	d.closeOnce.Do(func() {
		close(d.stop)
		if err := d.port.Close(); err != nil {
			d.closeErr = fmt.Errorf("close lidar: close port: %w", err)
		}
		<-d.done
	})
	return d.closeErr
}
