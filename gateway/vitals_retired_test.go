package gateway

import (
	"strings"
	"testing"
	"time"

	"github.com/siaga-id/siaga/gateway/registry"
)

// A retired node is not written as silent minute by minute.
func TestVitalsLeaveRetiredNodesOut(t *testing.T) {
	store := &notebook{}
	v := newVitals(t, store)
	v.says(t, "aa", state(true))
	v.says(t, "bb", state(true))
	if err := v.registry.Retire(t.Context(), registry.Actor{Name: "budi"}, "aa", "dicuri"); err != nil {
		t.Fatal(err)
	}
	if err := v.write(t.Context(), minuteOf); err != nil {
		t.Fatal(err)
	}
	if all := strings.Join(store.lines(), "\n"); strings.Contains(all, "node=aa") || !strings.Contains(all, "node=bb") {
		t.Errorf("written: %s", all)
	}
}

// A node whose repair is planned for now says so, so that no alert on silence has
// to be told of it.
func TestVitalsSayRepair(t *testing.T) {
	store := &notebook{}
	v := newVitals(t, store)
	v.says(t, "aa", state(true))
	v.says(t, "bb", state(true))
	now := time.Now()
	for node, from := range map[string]time.Time{"aa": now.Add(-time.Hour), "bb": now.Add(time.Hour)} {
		if _, err := v.registry.AddEvent(t.Context(), registry.Actor{Name: "budi"}, registry.Event{
			Kind: registry.Repair, Scope: registry.OfNode, Object: node, From: from, To: from.Add(2 * time.Hour), Reason: "ganti aki",
		}); err != nil {
			t.Fatal(err)
		}
	}
	if err := v.write(t.Context(), minuteOf); err != nil {
		t.Fatal(err)
	}
	for _, line := range store.lines() {
		want := "repair=0,"
		if strings.Contains(line, "node=aa") {
			want = "repair=1,"
		}
		if strings.HasPrefix(line, "node,") && strings.Contains(line, "online=") && !strings.Contains(line, want) {
			t.Errorf("want %s in %s", want, line)
		}
	}
}
