//go:build linux

package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/siaga-id/siaga/bench/process"
	"github.com/siaga-id/siaga/edge"
	"github.com/siaga-id/siaga/edge/enrol"
	"github.com/siaga-id/siaga/firmware-sim/world"
)

// enrolling is how many nodes ask at a time. The center takes 100 certificates a
// second and 32 at a time of one address, and tells all others to come again.
const enrolling = 256

// enrol makes the nodes known, and lets each take a token from its card.
func (m *measurement) enrol(ctx context.Context) error {
	r := &m.result.Enrol
	var err error
	if r.ImportS, err = m.timed(m.importNodes); err != nil {
		return err
	}
	tokens := filepath.Join(m.cards, "tokens")
	if r.TokensS, err = m.timed(func() error { return m.siaga("token", "--all", "--out", tokens) }); err != nil {
		return err
	}
	m.progress("%d nodes imported in %.1f s, token files in %.1f s", m.nodes, r.ImportS, r.TokensS)
	before, err := m.center.Look()
	if err != nil {
		return err
	}
	if r.EnrolS, err = m.timed(func() error { return m.takeTokens(ctx, tokens) }); err != nil {
		return err
	}
	after, err := m.center.Look()
	if err != nil {
		return err
	}
	e, err := m.center.Scrape(ctx)
	if err != nil {
		return err
	}
	r.CenterCPUS = (after.CPU - before.CPU).Seconds()
	r.Again = int(e[`siaga_enrolments_total{kind="enrol",outcome="busy"}`])
	m.result.Before = m.memory(after, e)
	m.progress("all are enrolled after %.1f s, %d were told to come again", r.EnrolS, r.Again)
	return nil
}

func (m *measurement) timed(do func() error) (seconds float64, err error) {
	began := time.Now()
	err = do()
	return time.Since(began).Seconds(), err
}

// importNodes takes the nodes into the inventory.
func (m *measurement) importNodes() error {
	table := bytes.NewBufferString("node,site\n")
	for i := range m.nodes {
		v := world.VillageAt(i)
		fmt.Fprintf(table, "%s,%s\n", v.Node, v.Site)
	}
	file := filepath.Join(m.dir, "nodes.csv")
	if err := os.WriteFile(file, table.Bytes(), 0o600); err != nil {
		return err
	}
	return m.siaga("import", "--yes", file)
}

// siaga runs `siaga node` as on the center's own machine.
func (m *measurement) siaga(args ...string) error {
	args = append([]string{"node"}, args...)
	cmd := process.Command(m.program, append(args, "--center", m.center.HTTP, "--data", filepath.Join(m.dir, "data"))...)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("siaga node %s: %w: %s", args[1], err, out)
	}
	return nil
}

// takeTokens returns when every node has its certificate.
func (m *measurement) takeTokens(ctx context.Context, tokens string) error {
	var group errgroup.Group
	group.SetLimit(enrolling)
	log := slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelError}))
	for i := range m.nodes {
		group.Go(func() error {
			node := string(world.VillageAt(i).Node)
			store := m.identity(node)
			store.Take(ctx, enrol.TakeOptions{
				Patterns: []string{filepath.Join(tokens, "siaga-token-"+node+".txt")},
				Node:     node, Earliest: func() time.Time { return edge.Earliest(m.card(node)) }, Logger: log,
			})
			if _, err := store.Load(); err != nil {
				return fmt.Errorf("enrol %s: %w", node, errors.Join(ctx.Err(), err))
			}
			return nil
		})
	}
	return group.Wait()
}

// card is a node's data directory, as the fleet has it.
func (m *measurement) card(node string) string { return filepath.Join(m.cards, "nodes", node) }

func (m *measurement) identity(node string) *enrol.Store { return enrol.Open(m.card(node)) }
