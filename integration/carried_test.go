//go:build integration

package integration

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/siaga-id/siaga/firmware-sim/fleet"
	"github.com/siaga-id/siaga/firmware-sim/world"
	"github.com/siaga-id/siaga/gateway/broker"
	"github.com/siaga-id/siaga/gateway/registry"
	"github.com/siaga-id/siaga/internal/mqtt"
	"github.com/siaga-id/siaga/internal/reading"
	"github.com/siaga-id/siaga/internal/wire"
)

// TestACardInAnotherBoardLeavesNoGap has a real agent say to a real registry, over
// MQTT, what waits; then its card is put into another board, which sends the same
// packs under another epoch.
func TestACardInAnotherBoardLeavesNoGap(t *testing.T) {
	village := world.Villages()[:1]
	node, dir := village[0].Node, t.TempDir()
	b, err := broker.New(broker.Options{Addr: "127.0.0.1:0", Logger: slog.New(slog.DiscardHandler)})
	must(t, err)
	must(t, b.Start())
	// A ledger without its half minute of grace: what waits is a gap at once.
	reg, err := registry.Open(filepath.Join(t.TempDir(), "registry.db"), registry.Options{
		Kind: registry.Demo, Now: func() time.Time { return time.Now().Add(time.Hour) },
	})
	must(t, err)
	defer func() { must(t, errors.Join(b.Close(), reg.Close())) }()
	heard := make(chan *wire.NodeState, 64)
	connect(t, mqtt.Options{
		URL: "tcp://" + b.Addr(), ClientID: "center",
		Subscriptions: []mqtt.Subscription{{Filter: wire.Filter(wire.State), QoS: 1}},
		OnMessage: func(m mqtt.Message) {
			st, err := wire.ParseNodeState(m.Payload)
			if err == nil {
				err = reg.States(context.Background(), []registry.StateReport{{Node: node, State: &st, Received: time.Now()}})
			}
			if err != nil {
				t.Errorf("%s: %v", m.Payload, err)
			}
			heard <- &st
		},
	})
	// run runs the node until it has said, as it leaves, how it stands.
	run := func(boot string) (st *wire.NodeState) {
		f, err := fleet.New(fleet.Options{
			Villages: village, Dir: dir, MQTT: mqtt.Config{URL: "tcp://" + b.Addr()},
			PackInterval: time.Second, Version: "test", Logger: slog.New(slog.DiscardHandler),
		})
		must(t, err)
		ctx, stop := context.WithTimeout(t.Context(), 4*time.Second)
		defer stop()
		must(t, f.Run(ctx))
		eventually(t, 10*time.Second, "the node left in "+boot, func() error {
			select {
			case st = <-heard:
			default:
			}
			if st == nil || st.Online || st.NextSeq == 0 {
				return fmt.Errorf("it said %+v", st)
			}
			return nil
		})
		return st
	}
	before := run("the old board")
	if len(before.Outstanding) == 0 {
		t.Fatalf("nothing waits: %+v", before)
	}
	wantGaps(t, reg, node, before.Epoch)

	file := filepath.Join(dir, string(node), "identity.json")
	identity, err := os.ReadFile(file)
	must(t, err)
	moved := bytes.Replace(identity, []byte(`"board":"`), []byte(`"board":"of-another-`), 1)
	if bytes.Equal(moved, identity) {
		t.Fatalf("no board in %s", identity)
	}
	must(t, os.WriteFile(file, moved, 0o600))
	after := run("the new board")
	if after.Epoch == before.Epoch {
		t.Fatal("the card goes on in its epoch")
	}
	wantGaps(t, reg, node, after.Epoch)
	must(t, reg.Stored(t.Context(), []registry.StoredRange{{Node: node, Epoch: after.Epoch, From: 1, To: after.NextSeq - 1}}))
	wantGaps(t, reg, node)
}

// wantGaps wants gaps in those epochs and in no other.
func wantGaps(t *testing.T, reg *registry.Registry, node reading.NodeID, epochs ...string) {
	t.Helper()
	gaps, err := reg.Gaps(t.Context(), node)
	must(t, err)
	left := map[string]bool{}
	for _, e := range epochs {
		left[e] = true
	}
	for _, g := range gaps {
		if _, ok := left[g.Epoch]; !ok {
			t.Errorf("a gap: %+v", g)
		}
		delete(left, g.Epoch)
	}
	if len(left) > 0 {
		t.Errorf("no gap in %v: %+v", left, gaps)
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
