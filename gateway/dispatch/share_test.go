package dispatch

import (
	"fmt"
	"testing"
	"time"

	"github.com/siaga-id/siaga/internal/reading"
)

func TestOneNodeTakesOnlyItsShare(t *testing.T) {
	var s share
	now := time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC)
	took := 0
	for i := range 1000 {
		if s.allows("stolen", now) {
			took++
		}
		if !s.allows(reading.NodeID(fmt.Sprintf("honest-%d", i)), now) {
			t.Fatal("another node was refused")
		}
	}
	if took != nodeBurst {
		t.Errorf("it took %d at once", took)
	}
	if !s.allows("stolen", now.Add(time.Second)) {
		t.Error("it is refused for ever")
	}
	for i := range maxShares + 1 {
		s.allows(reading.NodeID(fmt.Sprintf("n%d", i)), now)
	}
	if len(s.nodes) > maxShares {
		t.Errorf("%d nodes are remembered", len(s.nodes))
	}
}
