package gateway

import (
	"context"
	"log/slog"
	"time"

	"github.com/siaga-id/siaga/gateway/live"
	"github.com/siaga-id/siaga/gateway/minute"
	"github.com/siaga-id/siaga/gateway/registry"
)

// vitalsLimit ends the attempts of a minute before the next begins.
const vitalsLimit = 55 * time.Second

// vitals writes once a minute into InfluxDB how every registered node does, also
// the silent ones, but not the retired: the measurement "node", whose fields
// appendNode tells; and then how the center itself does: "center", of appendCenter,
// whose last point so says that a whole minute was written. Only `siaga up` has one,
// beside whatever parts, so there is one writer.
//
// A point has the time of its whole minute and is overwritten when that minute is
// written again, as after a restart. While InfluxDB is away nothing is kept: what
// is written later is computed anew, of the present. Minutes that passed meanwhile
// stay empty, since nobody can say any more what was so then.
type vitals struct {
	registry *minute.Registry
	hub      *live.Hub
	writer   *minute.Writer
	delays   *delays
	// self is how the center does, but for its counts.
	self    func() centerVital
	metrics *metrics
	log     *slog.Logger
}

// run writes every whole minute from the next on, until ctx ends.
func (v *vitals) run(ctx context.Context) error {
	loop := minute.Loop{
		Write: v.write, Limit: vitalsLimit, What: v.writer.What,
		Minutes: v.metrics.minutes, Seconds: v.metrics.minuteSeconds, Log: v.log,
	}
	loop.Run(ctx)
	return nil
}

// write computes how all nodes and the center do now, and writes it as of the minute.
// What is told of a node's readings is of the moment at which the registry was read,
// since writing takes its time.
func (v *vitals) write(ctx context.Context, of time.Time) error {
	nodes, now, err := v.registry.Present(ctx)
	if err != nil {
		return err
	}
	quarantined, err := v.registry.QuarantinedOf(ctx)
	if err != nil {
		return err
	}
	delays := v.delays.quantiles(of)
	under, err := v.registry.Under(ctx, now)
	if err != nil {
		return err
	}
	own := v.self()
	for _, n := range quarantined {
		own.quarantined += n
	}
	own.unregistered = own.quarantined
	pass := v.writer.Pass()
	for i := range nodes {
		n := &nodes[i]
		if !n.Retired.IsZero() {
			continue // nobody misses it
		}
		_, repair := under[n.ID]
		is := vital{Node: n, live: v.hub.Node(n.ID), quarantined: quarantined[n.ID], repair: repair, delay: delays[n.ID], now: now}
		own.count(&is)
		if err := pass.Add(ctx, appendNode(pass.Lines(), is, of)); err != nil {
			return err
		}
	}
	if err := pass.Add(ctx, appendCenter(pass.Lines(), &own, of)); err != nil {
		return err
	}
	return pass.Flush(ctx)
}

// vital is what the center knows of one node at one moment.
type vital struct {
	*registry.Node
	live        live.Node
	quarantined int
	repair      bool // planned, and going on
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
