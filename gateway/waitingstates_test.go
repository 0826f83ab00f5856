package gateway

import (
	"fmt"
	"slices"
	"testing"

	"github.com/siaga-id/siaga/gateway/registry"
	"github.com/siaga-id/siaga/internal/reading"
	"github.com/siaga-id/siaga/internal/wire"
)

// However often nodes come and go before the registry has time, it learns the
// last that each said, and whether it is gone.
func TestWaitingStates(t *testing.T) {
	w := newWaitingStates()
	put := func(node, version string) {
		w.put(registry.StateReport{Node: reading.NodeID(node), State: &wire.NodeState{Online: version != "gone", Version: version}})
	}
	told := func(most int) (all []string) {
		for _, s := range w.take(most) {
			all = append(all, string(s.Node)+" "+s.State.Version)
		}
		return all
	}
	put("a", "1")
	put("b", "gone")
	put("c", "1")
	put("c", "gone")
	put("a", "2")
	put("c", "2")
	put("d", "1")
	put("d", "gone")
	put("d", "gone")
	if n := w.len(); n != 4 {
		t.Errorf("%d nodes wait", n)
	}
	<-w.some
	if got, want := told(2), []string{"a 2", "b gone"}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	<-w.some // others wait
	put("a", "3")
	if got, want := told(10), []string{"c 2", "d 1", "d gone", "a 3"}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if n := w.len(); n != 0 || len(w.said) != 0 || told(1) != nil {
		t.Errorf("%d nodes are left", n)
	}
}

// A transaction has no more states than it should, however many one node has said, and
// what is left comes in its order.
func TestWaitingStatesInPortions(t *testing.T) {
	w := newWaitingStates()
	const nodes, most = 9, 2*maxOfNode + 1
	for n := range nodes {
		for boot := range maxOfNode {
			w.put(registry.StateReport{Node: reading.NodeID(fmt.Sprint("n", n)), State: &wire.NodeState{Online: true, Boot: fmt.Sprint(boot)}})
		}
	}
	var got []string
	for w.len() > 0 {
		<-w.some
		taken := w.take(most)
		if len(taken) == 0 || len(taken) > most {
			t.Fatalf("%d states at once", len(taken))
		}
		for _, s := range taken {
			got = append(got, string(s.Node)+" "+s.State.Boot)
		}
	}
	if !slices.IsSorted(got) || len(got) != nodes*maxOfNode {
		t.Errorf("%d states: %v", len(got), got)
	}
	if len(w.said) != 0 || w.take(most) != nil {
		t.Errorf("%v are left", w.said)
	}
}

// Two boards with copies of one card say what only each of them knows, in whatever
// order they come before the registry has time; of one board only the last counts,
// whatever another says in between.
func TestWaitingStatesOfTwoBoards(t *testing.T) {
	w := newWaitingStates()
	put := func(boot, epoch string, next uint64, online bool) {
		w.put(registry.StateReport{Node: "a", State: &wire.NodeState{Online: online, Boot: boot, Epoch: epoch, NextSeq: next}})
	}
	type said struct {
		boot   string
		next   uint64
		online bool
	}
	told := func() (all []said) {
		for _, s := range w.take(10) {
			all = append(all, said{s.State.Boot, s.State.NextSeq, s.State.Online})
		}
		return all
	}
	put("b1", "e", 20, true)
	put("b1", "e", 25, false)
	put("b2", "e", 9, true)
	put("b2", "e", 10, true)
	if got, want := told(), []said{{"b1", 20, true}, {"b1", 25, false}, {"b2", 10, true}}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	put("b1", "e", 25, false)
	put("b1", "e", 0, false)
	put("b1", "e", 0, false)
	if got, want := told(), []said{{"b1", 25, false}, {"b1", 0, false}}; !slices.Equal(got, want) {
		t.Errorf("a Will after a leave: got %v, want %v", got, want)
	}
	put("b1", "e", 26, true)
	put("b2", "e", 11, true)
	put("b1", "e", 27, true)
	if got, want := told(), []said{{"b2", 11, true}, {"b1", 27, true}}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	put("b1", "e", 28, true)
	put("b1", "f", 28, true)
	if got, want := told(), []said{{"b1", 28, true}, {"b1", 28, true}}; !slices.Equal(got, want) {
		t.Errorf("of two epochs: got %v, want %v", got, want)
	}
	for next := range uint64(3 * maxOfNode) {
		put(fmt.Sprint(next), "e", next, true)
	}
	if got := told(); len(got) != maxOfNode || got[maxOfNode-1].next != 3*maxOfNode-1 {
		t.Errorf("bounded: got %v", got)
	}
}
