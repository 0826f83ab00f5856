package live

import (
	"testing"
	"testing/synctest"
	"time"
)

func TestRetiredNodesCountInNoFigure(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := New(Options{})
		h.State("aa", online(time.Second), time.Now())
		h.State("bb", online(time.Second), time.Now())
		h.Retire("aa")
		h.Retire("cc") // never heard of since the start
		if st := h.Stats(); st.Nodes != 1 || st.Online != 1 {
			t.Errorf("%+v", st)
		}
		if !h.Node("aa").Retired || h.Node("bb").Retired {
			t.Error("the wrong one is retired")
		}
	})
}

// What changed elsewhere is told at once, without a word from the node.
func TestTellPutsANodeIntoTheNextBatch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := New(Options{})
		h.State("aa", online(time.Second), time.Now())
		run(t, h)
		sub := h.Subscribe()
		defer sub.Close()
		next(t, sub) // everything
		time.Sleep(time.Second)
		for len(next(t, sub).Nodes) == 0 {
		}
		h.Tell("aa")
		h.Tell("nowhere")
		if b := next(t, sub); len(b.Nodes) != 1 || b.Nodes[0] != "aa" {
			t.Errorf("told of %v", b.Nodes)
		}
	})
}
