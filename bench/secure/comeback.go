package main

import "time"

// point is a look at the center while nodes connect.
type point struct {
	at                          time.Duration // since all began
	connected                   int
	handshakes, failed, evicted int           // so far, of this center
	cpu                         time.Duration // so far, of this center
}

// tell makes a comeback of all points; the first, of which there must be one, is what
// was before any node came.
func tell(points []point, nodes int) (c comeback) {
	first, last := points[0], points[len(points)-1]
	if len(points) > 1 {
		c.AnswersS = points[1].at.Seconds()
	}
	c.Back = last.connected
	c.Handshakes, c.Failed, c.Evicted = last.handshakes-first.handshakes, last.failed-first.failed, last.evicted-first.evicted
	c.CenterCPUS = (last.cpu - first.cpu).Seconds()
	for _, share := range []struct {
		of int
		in *float64
	}{{50, &c.HalfS}, {99, &c.MostS}, {100, &c.AllS}} {
		for _, p := range points[1:] {
			if 100*p.connected >= share.of*nodes {
				*share.in = p.at.Seconds()
				break
			}
		}
	}
	used := make([]time.Duration, int(last.at/time.Second)+1)
	c.Seconds = make([]second, len(used))
	for i, p := range points[1:] {
		before, s := points[i], int(p.at/time.Second)
		c.Seconds[s].Handshakes += p.handshakes - before.handshakes
		c.Seconds[s].Connected += p.connected - before.connected
		used[s] += p.cpu - before.cpu
	}
	for i, s := range c.Seconds {
		c.PeakPerS = max(c.PeakPerS, float64(s.Handshakes))
		c.PeakCores = max(c.PeakCores, used[i].Seconds())
	}
	return c
}
