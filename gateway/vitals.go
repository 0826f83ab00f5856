package gateway

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/siaga-id/siaga/gateway/live"
	"github.com/siaga-id/siaga/gateway/registry"
	"github.com/siaga-id/siaga/ingest"
	"github.com/siaga-id/siaga/ingest/influx"
)

const (
	// vitalsAgain is how long after a failure a minute is tried again.
	vitalsAgain = 5 * time.Second
	// vitalsLimit ends the attempts of a minute before the next begins.
	vitalsLimit = 55 * time.Second
	// vitalsChunk bounds one write, far below what servers and proxies take.
	vitalsChunk = 256 << 10
)

// vitals writes once a minute into InfluxDB how every registered node does, also
// the silent ones, but not the retired: the measurement "node", whose fields
// appendNode tells. Only `siaga up` has one, beside whatever parts, so there is one
// writer.
//
// A point has the time of its whole minute and is overwritten when that minute is
// written again, as after a restart. While InfluxDB is away nothing is kept: what
// is written later is computed anew, of the present. Minutes that passed meanwhile
// stay empty, since nobody can say any more what was so then.
type vitals struct {
	registry *registry.Registry
	hub      *live.Hub
	store    ingest.Store
	delays   *delays
	metrics  *metrics
	log      *slog.Logger

	lines  []byte
	missed int // minutes since the last one written
}

// run writes every whole minute from the next on, until ctx ends.
func (v *vitals) run(ctx context.Context) error {
	last := time.Now().Truncate(time.Minute)
	for {
		if !sleep(ctx, time.Until(last.Add(time.Minute))) {
			return nil
		}
		minute := time.Now().Truncate(time.Minute)
		if minute.Equal(last) { // the clock was set back a little
			continue
		}
		last = minute
		if v.minute(ctx, minute) {
			v.missed = 0
			v.metrics.minutes.WithLabelValues("written").Inc()
		} else if ctx.Err() == nil {
			v.missed++
			v.metrics.minutes.WithLabelValues("missed").Inc()
		}
	}
}

// minute tries until the minute is written or over.
func (v *vitals) minute(ctx context.Context, minute time.Time) bool {
	ctx, cancel := context.WithTimeout(ctx, vitalsLimit)
	defer cancel()
	told := v.missed > 0
	for {
		began := time.Now()
		err := v.write(ctx, minute)
		v.metrics.minuteSeconds.Observe(time.Since(began).Seconds())
		if err == nil {
			if told {
				v.log.Info("how nodes do is written again", "minutes_missed", v.missed)
			}
			return true
		}
		if !told && !errors.Is(err, context.Canceled) {
			told = true
			v.log.Warn("how nodes do cannot be written: minutes that pass stay empty, then the present is written", "err", err)
		}
		wait := vitalsAgain
		var retry *influx.RetryableError
		if errors.As(err, &retry) {
			wait = max(wait, retry.RetryAfter)
		}
		if !sleep(ctx, wait) {
			return false
		}
	}
}

// sleep returns false when ctx ended first.
func sleep(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}

// write computes how all nodes do now, and writes it as of the minute.
func (v *vitals) write(ctx context.Context, minute time.Time) error {
	nodes, err := v.registry.Nodes(ctx)
	if err != nil {
		return err
	}
	quarantined, err := v.registry.QuarantinedOf(ctx)
	if err != nil {
		return err
	}
	delays := v.delays.quantiles(minute)
	now := time.Now()
	v.lines = v.lines[:0]
	chunk := 0
	for i := range nodes {
		n := &nodes[i]
		if !n.Retired.IsZero() {
			continue // nobody misses it
		}
		before := len(v.lines)
		v.lines = appendNode(v.lines, vital{
			Node: n, live: v.hub.Node(n.ID), quarantined: quarantined[n.ID], delay: delays[n.ID], now: now,
		}, minute)
		if before-chunk > 0 && len(v.lines)-chunk > vitalsChunk {
			if err := v.put(ctx, v.lines[chunk:before]); err != nil {
				return err
			}
			chunk = before
		}
	}
	return v.put(ctx, v.lines[chunk:])
}

// put writes lines. Those that InfluxDB will never take are told of and left out.
func (v *vitals) put(ctx context.Context, lines []byte) error {
	if len(lines) == 0 {
		return nil
	}
	err := v.store.Write(ctx, lines)
	var rejected *influx.RejectedError
	var expired *influx.ExpiredError
	var large *influx.TooLargeError
	if errors.As(err, &rejected) || errors.As(err, &expired) || errors.As(err, &large) {
		v.metrics.minutes.WithLabelValues("refused").Inc()
		v.log.Error("InfluxDB refuses some of how nodes do; the rest is written", "bytes", len(lines), "err", err)
		return nil
	}
	if err != nil {
		return fmt.Errorf("write how nodes do: %w", err)
	}
	return nil
}

// vital is what the center knows of one node at one moment.
type vital struct {
	*registry.Node
	live        live.Node
	quarantined int
	delay       delay
	now         time.Time
}

// shortest is the node's shortest interval, 0 where it is not known.
func (n *vital) shortest() time.Duration {
	var shortest int64
	if n.State != nil {
		for i := range n.State.Sensors {
			if ms := n.State.Sensors[i].IntervalMS; shortest == 0 || ms < shortest {
				shortest = ms
			}
		}
	}
	return time.Duration(shortest) * time.Millisecond
}

// packTime is how long the newest reading may be on its way: packs are closed
// every few seconds.
const packTime = 15 * time.Second

// gap is how much longer than its shortest interval the node's newest stored
// reading is past, or where none is stored the node is known. It is 0 while that
// is current: within three intervals, or packTime.
func (n *vital) gap() time.Duration {
	newest := n.Newest
	if newest.IsZero() {
		newest = n.FirstSeen
	}
	age, interval := n.now.Sub(newest), n.shortest()
	if age <= max(3*interval, packTime) {
		return 0
	}
	return age - interval
}
