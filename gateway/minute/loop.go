package minute

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/siaga-id/siaga/ingest/influx"
)

// again is how long after a failure a minute is tried again.
const again = 5 * time.Second

// Buckets are for Loop.Seconds, in seconds.
var Buckets = []float64{.005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 15, 20, 30, 60}

// Loop has every whole minute written. While InfluxDB is away nothing is kept:
// minutes that pass stay empty. All fields but Then are required.
type Loop struct {
	// Write computes a minute's points and writes them. It is called again for the
	// same minute after an error, from the beginning, and may take until its ctx ends.
	Write func(ctx context.Context, minute time.Time) error
	// Then is called after each minute that was written; the next minute waits for it.
	Then func(ctx context.Context)
	// Lag is how long after the beginning of the minute whose time its points have it
	// is first tried, Limit when its last attempt must have ended.
	Lag, Limit time.Duration
	// What begins sentences of the log: "the index".
	What string
	// Minutes counts by result: written, or missed for one that never was. Seconds is
	// told how long each attempt took, its rests included.
	Minutes *prometheus.CounterVec
	Seconds prometheus.Observer
	Log     *slog.Logger

	missed int // minutes since the last one written
}

// Run writes every whole minute from the next on, until ctx ends. It may be called
// once.
func (l *Loop) Run(ctx context.Context) {
	last := time.Now().Truncate(time.Minute)
	for {
		if !Sleep(ctx, time.Until(last.Add(time.Minute+l.Lag))) {
			return
		}
		minute := time.Now().Add(-l.Lag).Truncate(time.Minute)
		if !minute.After(last) && last.Sub(minute) < time.Hour { // the clock was set back a little
			if !Sleep(ctx, time.Second) {
				return
			}
			continue
		}
		last = minute
		if l.try(ctx, minute) {
			l.missed = 0
			l.Minutes.WithLabelValues("written").Inc()
			if l.Then != nil {
				l.Then(ctx)
			}
		} else if ctx.Err() == nil {
			l.missed++
			l.Minutes.WithLabelValues("missed").Inc()
		}
	}
}

// try tries until the minute is written or over.
func (l *Loop) try(ctx context.Context, minute time.Time) bool {
	ctx, cancel := context.WithTimeout(ctx, l.Limit-l.Lag)
	defer cancel()
	told := l.missed > 0
	for {
		began := time.Now()
		err := l.Write(ctx, minute)
		l.Seconds.Observe(time.Since(began).Seconds())
		if err == nil {
			if told {
				l.Log.Info(l.What+" is written again", "minutes_missed", l.missed)
			}
			return true
		}
		if !told && !errors.Is(err, context.Canceled) {
			told = true
			l.Log.Warn(l.What+" cannot be written: minutes that pass stay empty, then the present is written", "err", err)
		}
		wait := again
		var retry *influx.RetryableError
		if errors.As(err, &retry) {
			wait = max(wait, retry.RetryAfter)
		}
		if !Sleep(ctx, wait) {
			return false
		}
	}
}

// Sleep returns false when ctx ended first.
func Sleep(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}
