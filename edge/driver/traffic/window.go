package traffic

import (
	"fmt"
	"time"

	"github.com/siaga-id/siaga/edge/driver"
	"github.com/siaga-id/siaga/internal/reading"
)

// Window is what happened from one Cut to the next.
type Window struct {
	length   time.Duration
	count    int
	gaps     int // headways
	gapSum   time.Duration
	speeds   speeds
	presence bool          // on is known
	on       time.Duration // a vehicle was there
	stuck    time.Duration // how long something has been there without a break, if too long
}

// Values returns count and flow, occupancy where the detector tells it, and
// headway, speed and speed_p85 where there are any. A window in which the
// detector was stuck gives driver.ErrStuck and no values. A nil Window gives
// neither. The caller owns the slice.
func (w *Window) Values() ([]driver.Value, error) {
	if w == nil {
		return nil, nil
	}
	if w.stuck > 0 {
		return nil, fmt.Errorf("%w: something has been in the way for %v", driver.ErrStuck, w.stuck.Round(time.Second))
	}
	values := []driver.Value{
		driver.Measured(reading.Count, float64(w.count)),
		driver.Measured(reading.Flow, 3600*float64(w.count)/w.length.Seconds()),
	}
	if w.presence {
		values = append(values, driver.Measured(reading.Occupancy, 100*w.on.Seconds()/w.length.Seconds()))
	}
	if w.gaps > 0 {
		values = append(values, driver.Measured(reading.Headway, w.gapSum.Seconds()/float64(w.gaps)))
	}
	if mean, p85, ok := w.speeds.summary(); ok {
		values = append(values, driver.Measured(reading.Speed, mean), driver.Measured(reading.SpeedP85, p85))
	}
	return values, nil
}
