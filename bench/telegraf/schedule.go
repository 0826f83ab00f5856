//go:build linux

package main

import (
	"cmp"
	"math/rand/v2"
	"slices"
	"time"
)

// brokerBreak is what happens to brokers in a storm. In a whole center broker and
// consumer are one program, which everything happens to.
type brokerBreak string

const (
	restarted brokerBreak = "consumer killed, broker restarted in order"
	killed    brokerBreak = "consumer killed, broker killed too"
)

// outage is when a program is down.
type outage struct {
	at, until time.Duration // since the storm began
	broker    bool          // or else the consumer
}

// draw makes a schedule of kills. The same arguments make the same.
func draw(seed uint64, storm time.Duration) (all []outage) {
	rng := rand.New(rand.NewPCG(seed, 0x7E1E))
	span := func(least, most time.Duration) time.Duration {
		return least + time.Duration(rng.Int64N(int64(most-least)+1))
	}
	until := map[bool]time.Duration{}
	for at := span(3*time.Second, 5*time.Second); at < storm-2*time.Second; at += span(time.Second, 5*time.Second) {
		o := outage{at: at, until: at + span(200*time.Millisecond, 4*time.Second), broker: rng.IntN(2) == 0}
		if at < until[o.broker]+500*time.Millisecond {
			o.broker = !o.broker
		}
		if at < until[o.broker]+500*time.Millisecond {
			continue
		}
		o.until = min(o.until, storm)
		until[o.broker] = o.until
		all = append(all, o)
	}
	return all
}

// act is one moment of a schedule.
type act struct {
	at    time.Duration
	of    outage
	mends bool
}

func acts(schedule []outage) (all []act) {
	for _, o := range schedule {
		all = append(all, act{o.at, o, false}, act{o.until, o, true})
	}
	slices.SortStableFunc(all, func(a, b act) int { return cmp.Compare(a.at, b.at) })
	return all
}
