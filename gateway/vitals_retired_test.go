package gateway

import (
	"strings"
	"testing"

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
