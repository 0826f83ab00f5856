//go:build linux

package main

import (
	"context"
	"crypto/tls"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/siaga-id/siaga/firmware-sim/world"
)

const (
	// openWithin is how long it takes until all connections without CONNECT were
	// opened once, and again how long after its end each is opened once more.
	openWithin = 10 * time.Second
	again      = 10 * time.Second
	// newcomerEvery is between two handshakes of a node that is let in.
	newcomerEvery = time.Second
)

// besiege measures the center while connections without CONNECT are open.
func (m *measurement) besiege(ctx context.Context) error {
	if m.silent == 0 {
		return nil
	}
	m.progress("%d connections are opened that never say CONNECT", m.silent)
	before, err := m.look(ctx)
	if err != nil {
		return err
	}
	s := &siegeTold{Connections: m.silent, Least: m.nodes, Before: m.memory(before.center, before.told)}
	s.Most = s.Before
	var b besiegers
	besieging, leave := context.WithCancel(ctx)
	defer b.gone.Wait()
	defer leave()
	for i := range m.silent {
		b.gone.Go(func() { b.stay(besieging, m.addr, i%3, openWithin*time.Duration(i)/time.Duration(m.silent)) })
	}
	tick := time.NewTicker(newcomerEvery)
	defer tick.Stop()
	after := before
	for after.at.Sub(before.at) < m.quiet {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return ctx.Err()
		}
		m.newcomer(ctx, s)
		if after, err = m.look(ctx); err != nil {
			return err
		}
		s.Least = min(s.Least, int(after.told["siaga_broker_clients"]))
		now := m.memory(after.center, after.told)
		s.Most = memory{max(s.Most.Resident, now.Resident), max(s.Most.Objects, now.Objects), max(s.Most.Stacks, now.Stacks), max(s.Most.Goroutines, now.Goroutines)}
	}
	const evicted, wills = `siaga_secure_connections_total{outcome="evicted"}`, "siaga_broker_wills_total"
	s.Opened, s.MostOpen = int(b.opened.Load()), int(b.most.Load())
	s.Evicted = int(after.told[evicted] - before.told[evicted])
	s.Gone = int(after.told[wills] - before.told[wills])
	s.Delivery = after.since(before)
	s.Center = (after.center.CPU - before.center.CPU).Seconds() / after.at.Sub(before.at).Seconds()
	m.result.Siege = s
	return nil
}

// newcomer makes the handshake of the first node once more.
func (m *measurement) newcomer(ctx context.Context, s *siegeTold) {
	began := time.Now()
	id, err := m.identity(string(world.VillageAt(0).Node)).Load()
	if err == nil {
		_, err = id.Handshake(ctx, m.addr, func() time.Time { return time.Time{} })
	}
	s.Tried++
	if err != nil {
		s.Failed++
	}
	s.NewcomerS = max(s.NewcomerS, time.Since(began).Seconds())
}

// besiegers are connections without CONNECT.
type besiegers struct {
	gone               sync.WaitGroup
	opened, open, most atomic.Int64
}

// stay opens a connection again and again. far is how far it goes: 0 nowhere, 1 to
// the end of the handshake, 2 to the first byte.
func (b *besiegers) stay(ctx context.Context, addr string, far int, after time.Duration) {
	for pause := after; ; pause = again {
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return
		}
		b.once(ctx, addr, far)
	}
}

// once returns when the center has closed the connection, or ctx ends.
func (b *besiegers) once(ctx context.Context, addr string, far int) {
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", addr)
	if err != nil {
		return
	}
	defer context.AfterFunc(ctx, func() { _ = conn.Close() })()
	defer conn.Close()
	b.opened.Add(1)
	open := b.open.Add(1)
	defer b.open.Add(-1)
	for most := b.most.Load(); open > most && !b.most.CompareAndSwap(most, open); most = b.most.Load() {
	}
	if far > 0 {
		t := tls.Client(conn, &tls.Config{InsecureSkipVerify: true}) // who besieges trusts anybody
		if err := t.HandshakeContext(ctx); err != nil {
			return
		}
		if far > 1 {
			_, _ = t.Write([]byte{0x10}) // the end is seen below
		}
	}
	_, _ = io.Copy(io.Discard, conn)
}
