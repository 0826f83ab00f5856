//go:build linux

package main

import (
	"context"
	"fmt"
	"time"

	"github.com/siaga-id/siaga/bench/process"
)

const (
	// lookEvery is between two looks while nodes connect, backWithin how long is
	// waited for the last of them.
	lookEvery  = 500 * time.Millisecond
	backWithin = 3 * time.Minute
)

// storms kills the center, and starts it again after each of the times.
func (m *measurement) storms(ctx context.Context) error {
	for _, down := range m.downs {
		u, err := m.center.Look()
		if err != nil {
			return err
		}
		m.result.Peaks = append(m.result.Peaks, u.Peak)
		m.progress("the center is killed, and away for %v", down)
		killed := time.Now()
		if err := m.center.Kill(); err != nil {
			return err
		}
		if err := process.Wait(ctx, down); err != nil {
			return err
		}
		before := point{at: time.Since(killed)}
		if err := m.start(); err != nil {
			return err
		}
		c, err := m.watch(ctx, killed, before)
		if err != nil {
			return err
		}
		c.DownS = down.Seconds()
		m.result.Storms = append(m.result.Storms, c)
		if err := process.Wait(ctx, m.rest); err != nil {
			return err
		}
	}
	return nil
}

// watch looks on while all nodes connect; first is what was before.
func (m *measurement) watch(ctx context.Context, began time.Time, first point) (c comeback, err error) {
	before, err := m.fleetsCPU()
	if err != nil {
		return c, err
	}
	points := []point{first}
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for {
		p, err := m.point(ctx, began)
		switch {
		case err == nil:
			points = append(points, p)
		case time.Since(began) > backWithin || ctx.Err() != nil || len(points) > 1:
			return c, err
		}
		if p.connected >= m.nodes || time.Since(began) > backWithin {
			break
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return c, ctx.Err()
		}
	}
	after, err := m.fleetsCPU()
	if err != nil {
		return c, err
	}
	c = tell(points, m.nodes)
	c.FleetCPUS = (after - before).Seconds()
	m.progress("%d of %d nodes connected: 50 %%, 99 %%, all after %.1f, %.1f, %.1f s; %d handshakes, %d failed, %d evicted",
		c.Back, m.nodes, c.HalfS, c.MostS, c.AllS, c.Handshakes, c.Failed, c.Evicted)
	return c, nil
}

// point errs while the center does not answer yet.
func (m *measurement) point(ctx context.Context, began time.Time) (p point, err error) {
	e, err := m.center.Scrape(ctx)
	if err != nil {
		return p, err
	}
	u, err := m.center.Look()
	if err != nil {
		return p, err
	}
	became := func(outcome string) int {
		return int(e[fmt.Sprintf("siaga_secure_connections_total{outcome=%q}", outcome)])
	}
	return point{
		at: max(time.Since(began), 0), connected: int(e["siaga_broker_clients"]),
		handshakes: became("accepted"), failed: became("failed"), evicted: became("evicted"), cpu: u.CPU,
	}, nil
}
