package edge

import (
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/siaga-id/siaga/internal/spool"
	"github.com/siaga-id/siaga/internal/wire"
)

// carried is what the newest node state says.
func (c *fakeCenter) carried() []wire.Carried {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.states[len(c.states)-1].Carried
}

func wantCarried(t *testing.T, when string, got, want []wire.Carried) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s, carried (-want +got):\n%s", when, diff)
	}
}

// TestWhatIsTakenAlongIsSaid over restarts, until the center has been told, and
// then for a week.
func TestWhatIsTakenAlongIsSaid(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		center := newFakeCenter(t)
		cfg := testConfig(t)
		r := start(t, cfg, newTestClock("b1", wire.Synced), center)
		center.setOffline(true)
		r.measure(1)
		r.measure(2)
		r.stop()
		start(t, cfg, newTestClock("b2", wire.Synced), center).stop() // it measured nothing
		r = start(t, cfg, newTestClock("b3", wire.Synced), center)
		r.measure(3)
		center.look(func() { center.falsify = 1 })
		epoch := r.agent.sender.id.Epoch
		center.setOffline(false)
		r.eventually("another epoch", func() bool {
			n := len(center.states)
			return n > 0 && center.states[n-1].Epoch != epoch
		})
		want := []wire.Carried{
			{Epoch: epoch, From: 1, To: 2, Boots: []string{"b1", "b2", "b3"}},
			{Epoch: epoch, From: 3, To: 3, Boots: []string{"b3"}},
		}
		wantCarried(t, "after the epoch's end", center.carried(), want)
		r.stop()

		center.look(func() { center.falsify = 0 })
		r = start(t, cfg, newTestClock("b3", wire.Synced), center)
		r.eventually("all acknowledged", func() bool { return r.waiting() == 0 })
		time.Sleep(time.Hour) // no ingester was heard
		wantCarried(t, "nobody was told", center.carried(), want)
		defer center.present()()
		time.Sleep(2 * stateInterval)
		r.stop()
		if told := r.agent.sender.id.Carried; !told[0].Told || !told[1].Told {
			t.Errorf("it does not know that it was told: %+v", told)
		}
		r = start(t, cfg, newTestClock("b4", wire.Synced), center)
		time.Sleep(time.Hour)
		wantCarried(t, "just told", center.carried(), want)
		r.stop()
		r = startOn(t, cfg, newTestClock("b5", wire.Synced), center, center.connect, func(a *Agent) {
			for i := range a.sender.id.Carried {
				a.sender.id.Carried[i].toldAt = time.Now().Add(2*stateInterval - carriedFor)
			}
		})
		wantCarried(t, "told almost a week ago", center.carried(), want)
		time.Sleep(4 * stateInterval)
		wantCarried(t, "told long ago", center.carried(), nil)
		r.stop()
		r = start(t, cfg, newTestClock("b6", wire.Synced), center)
		wantCarried(t, "after a restart", center.carried(), nil)
		r.stop()
	})
}

// TestTheLastWordOfAnEpoch is what is said to be sent under the next one.
func TestTheLastWordOfAnEpoch(t *testing.T) {
	open := func(t *testing.T, dir string, packs int, acked ...spool.Range) *spool.Spool {
		disk := openDisk(t, dir)
		t.Cleanup(func() { _ = disk.Close() })
		for range packs {
			if _, err := disk.Append([]byte("x")); err != nil {
				t.Fatal(err)
			}
		}
		must(t, disk.Ack(acked...))
		return disk
	}
	queued := []bootSpan{{boot: "b1", from: 1}, {boot: "b2", from: 5}, {boot: "b3", from: 9}}
	ran := []string{"b1", "b2", "b3"}
	older := []carried{{Epoch: "e0", From: 1, To: 3, Boots: ran, Told: true}, {Epoch: "e1", From: 2, To: 8, Boots: ran}}
	now := func(from, to uint64, boots ...string) carried {
		return carried{Epoch: "e2", From: from, To: to, Boots: boots}
	}
	for name, tc := range map[string]struct {
		was   identity
		packs int
		acked []spool.Range
		want  []carried
	}{
		"another board": {
			identity{Node: "n1", Epoch: "e2", Board: "other", Carried: older},
			8,
			[]spool.Range{{From: 1, To: 2}, {From: 4, To: 4}, {From: 7, To: 7}},
			append(older[:2:2], now(3, 3, "b1", "b2", "b3"), now(5, 8, "b2", "b3")),
		},
		"packs were only in memory": {
			identity{Node: "n1", Epoch: "e2", Board: "board", Held: true, Carried: older},
			6, nil,
			[]carried{older[0], {Epoch: "e1", From: 2, To: 6, Boots: ran}, now(1, 4, "b1", "b2", "b3"), now(5, 6, "b2", "b3")},
		},
		"the queue is new": {
			identity{Node: "n1", Epoch: "e2", Board: "board", Carried: older}, 0, nil, older[:1],
		},
		"another node's card":    {identity{Node: "n0", Epoch: "e2", Board: "board", Carried: older}, 4, []spool.Range{{From: 1, To: 4}}, nil},
		"nothing waits any more": {identity{Node: "n1", Epoch: "e2", Board: "other"}, 4, []spool.Range{{From: 1, To: 4}}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			tc.was.Boots = ran
			must(t, tc.was.store(dir))
			id, why, err := loadIdentity(dir, "n1", "board", open(t, filepath.Join(dir, "queue"), tc.packs, tc.acked...), queued, false)
			must(t, err)
			if why == "" || id.Epoch == "e2" {
				t.Fatalf("no other epoch: %+v", id)
			}
			if diff := cmp.Diff(tc.want, id.Carried, cmp.AllowUnexported(carried{})); diff != "" {
				t.Errorf("carried (-want +got):\n%s", diff)
			}
		})
	}
}

// TestBootsOfACard are those since the oldest that has packs in the queue, also of
// one that measured nothing, and of a card on which an older program ran.
func TestBootsOfACard(t *testing.T) {
	span := func(boots ...string) (all []bootSpan) {
		for i, b := range boots {
			all = append(all, bootSpan{boot: b, from: uint64(i + 1)})
		}
		return all
	}
	many := make([]string, wire.MaxCarriedBoots)
	for i := range many {
		many[i] = "boot-" + string(rune('a'+i%26)) + string(rune('a'+i/26))
	}
	for name, tc := range map[string]struct {
		had    []string
		queued []bootSpan
		want   []string
	}{
		"first start":            {nil, span("b1"), []string{"b1"}},
		"an older program's":     {nil, span("b1", "b2"), []string{"b1", "b2"}},
		"one measured nothing":   {[]string{"b1", "b2"}, span("b1", "b3"), []string{"b1", "b2", "b3"}},
		"the same boot":          {[]string{"b1", "b2"}, span("b1", "b2"), []string{"b1", "b2"}},
		"the first have no pack": {[]string{"b1", "b2", "b3"}, span("b2", "b3"), []string{"b2", "b3"}},
		"the queue is empty":     {[]string{"b1", "b2"}, span("b3"), []string{"b3"}},
		"too many":               {many, span(many[0], "b1"), append(many[1:len(many):len(many)], "b1")},
	} {
		if got := (identity{Node: "n1", Boots: tc.had}).ranIn("n1", tc.queued); !cmp.Equal(got, tc.want) {
			t.Errorf("%s: %q, want %q", name, got, tc.want)
		}
	}
	if got := (identity{Node: "n0", Boots: []string{"b1"}}).ranIn("n1", span("b2")); !cmp.Equal(got, []string{"b2"}) {
		t.Errorf("another node's card ran in %q", got)
	}
}

// TestAnOldIdentityIsRead: a card of a program that took nothing along.
func TestAnOldIdentityIsRead(t *testing.T) {
	dir := t.TempDir()
	must(t, os.WriteFile(filepath.Join(dir, identityFile), []byte(`{"node":"n1","epoch":"e1","board":"x"}`), 0o600))
	disk := openDisk(t, filepath.Join(dir, "queue"))
	defer disk.Close()
	if _, err := disk.Append([]byte("x")); err != nil {
		t.Fatal(err)
	}
	id, why, err := loadIdentity(dir, "n1", "y", disk, []bootSpan{{boot: "b1", from: 1}, {boot: "b2", from: 2}}, false)
	must(t, err)
	if why == "" || len(id.Carried) != 1 || id.Carried[0].Epoch != "e1" {
		t.Errorf("%q: %+v", why, id)
	}
}
