package index

import (
	"testing"

	"github.com/siaga-id/siaga/gateway/registry"
	"github.com/siaga-id/siaga/internal/reading"
	"github.com/siaga-id/siaga/internal/wholefile"
)

// Roll-ups are whole until the first hour that waits, also while it is being rolled up,
// and again once it was.
func TestRolledUp(t *testing.T) {
	h := opened(t, wholefile.Dir(t.TempDir()))
	want := func(what string, node reading.NodeID, from, until int64) {
		t.Helper()
		var of []reading.NodeID
		if node != "" {
			of = append(of, node)
		}
		if got := h.rolledUp(of, from); got != until {
			t.Errorf("%s: %q from %d until %d, want %d", what, node, from, got, until)
		}
	}
	want("nothing is late", "", 0, 1000)
	want("nothing is late", "aa", 2000, 1000)
	if err := h.stored([]registry.StoredRange{stretch("aa", -30, -27.5), stretch("aa", -10, -9.5), stretch("bb", -5, -4.5)}, at(0.5)); err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		node        reading.NodeID
		from, until int64
	}{{"", 0, 970}, {"", 971, 971}, {"", 973, 990}, {"", 991, 995}, {"", 996, 1000}, {"aa", 980, 990}, {"aa", 991, 1000}, {"bb", 0, 995}, {"cc", 0, 1000}} {
		want("late", tc.node, tc.from, tc.until)
	}
	for _, failed := range []bool{true, false} {
		if j, ok := h.take(); !ok || j.node != "bb" {
			t.Fatalf("%+v", j)
		}
		want("busy", "bb", 0, 995)
		want("busy", "", 991, 995)
		want("busy", "aa", 991, 1000)
		h.done(!failed)
	}
	want("rolled up", "bb", 0, 1000)
	h.advance([]registry.Node{{ID: "aa"}}, 1001)
	want("an hour is over", "", 996, 1000)
	want("an hour is over, of another", "bb", 0, 1001)
}
