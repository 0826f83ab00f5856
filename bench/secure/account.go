//go:build linux

package main

import (
	"context"
	"time"

	"github.com/siaga-id/siaga/bench/process"
)

// tellEvery is between two lines that say how far the last packs are.
const tellEvery = 10 * time.Second

// account ends the fleets, and compares what they queued with what is stored.
func (m *measurement) account(ctx context.Context) error {
	m.progress("the nodes stop measuring, and send what waits")
	a, began := &m.result.Account, time.Now()
	for _, g := range m.fleets {
		if err := g.Stop(); err != nil {
			return err
		}
	}
	reported := make(chan error, 1)
	go func() { reported <- m.reports() }() // processes, which end with this one
	if err := m.follow(ctx, reported); err != nil {
		return err
	}
	for {
		e, err := m.center.Scrape(ctx)
		if err != nil {
			return err
		}
		if e.OnTheirWay() == 0 {
			break
		}
		if err := process.Wait(ctx, time.Second); err != nil {
			return err
		}
	}
	a.SettledS = time.Since(began).Seconds()
	u, err := m.center.Look()
	if err != nil {
		return err
	}
	m.result.Peaks = append(m.result.Peaks, u.Peak)
	if a.Stored, err = m.center.Stored(ctx, quantities); err != nil {
		return err
	}
	m.result.Complaints, err = m.center.Complaints()
	return err
}

// reports adds up what the fleets say in the end.
func (m *measurement) reports() error {
	a := &m.result.Account
	for _, g := range m.fleets {
		r, err := g.Report()
		if err != nil {
			return err
		}
		a.Queued, a.Lost, a.Waiting = a.Queued+r.Queued, a.Lost+r.Lost, a.Waiting+r.Waiting
	}
	return nil
}

// follow tells what the center still takes, until all fleets have reported.
func (m *measurement) follow(ctx context.Context, reported <-chan error) error {
	tick := time.NewTicker(tellEvery)
	defer tick.Stop()
	const live, fill = `siaga_ingest_packs_total{lane="live",result="stored"}`, `siaga_ingest_packs_total{lane="fill",result="stored"}`
	before := -1.0
	for {
		e, err := m.center.Scrape(ctx)
		if err != nil {
			return err
		}
		packs := e[live] + e[fill]
		if before >= 0 {
			m.progress("the center took %.0f packs in the last %v, %.0f are on their way to InfluxDB", packs-before, tellEvery, e.OnTheirWay())
		}
		before = packs
		select {
		case err := <-reported:
			return err
		case <-tick.C:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}
