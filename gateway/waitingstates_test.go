package gateway

import (
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
