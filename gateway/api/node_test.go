package api

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/siaga-id/siaga/gateway/registry"
)

type gapsOf struct {
	Gaps []struct {
		From, To, Packs     uint64
		State, Said, Reason string
	}
}

func (c *center) gaps(t *testing.T) (g gapsOf) {
	t.Helper()
	w := c.do("GET", "/api/v1/nodes/sutojayan-01", "")
	if err := json.Unmarshal(w.Body.Bytes(), &g); err != nil || w.Code != 200 {
		t.Fatalf("%d %v: %s", w.Code, err, w.Body)
	}
	return g
}

// A technician gives a dead card's packs up; one comes all the same, and the node
// turns out to have the others.
func TestLostByTheWordOfATechnician(t *testing.T) {
	c := build(t, fixed, nil)
	c.village(t)
	w := c.do("POST", "/api/v1/nodes/sutojayan-01/gaps/lost", `{"epoch":"e1","from":1,"to":9999,"reason":"kartu mati","who":"Budi"}`)
	if w.Code != 200 || w.Body.String() != `{"packs":6}`+"\n" { // 5 to 8 were acknowledged, and 9 and 10 wait
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	g := c.gaps(t).Gaps
	if len(g) != 2 || g[1].From != 5 || g[1].To != 10 || g[1].Packs != 6 || g[1].State != "lost" || g[1].Said != "Budi" || g[1].Reason != "kartu mati" {
		t.Fatalf("gaps %+v", g)
	}
	if g[0].Said != "node" || g[0].Reason != "disk full" {
		t.Errorf("what the node gave up is said to be %+v", g[0])
	}
	if err := c.reg.Stored(t.Context(), []registry.StoredRange{{Node: "sutojayan-01", Epoch: "e1", From: 5, To: 9}}); err != nil {
		t.Fatal(err)
	}
	if g := c.gaps(t).Gaps; len(g) != 2 || g[1].From != 10 || g[1].State != "lost" {
		t.Fatalf("gaps %+v", g)
	}
}

// Whoever reads of a gap is told what it means, and of when the readings are.
func TestAGapHasWordsAndTimes(t *testing.T) {
	now := noon
	c := build(t, func() time.Time { return now }, nil)
	at := func(from, to uint64, m time.Duration) registry.StoredRange {
		return registry.StoredRange{Node: "sutojayan-01", Epoch: "e1", From: from, To: to, Oldest: noon.Add(m * time.Minute), Newest: noon.Add(m * time.Minute)}
	}
	if err := c.reg.Stored(t.Context(), []registry.StoredRange{at(1, 1, -90), at(3, 3, -80), at(6, 6, -70)}); err != nil {
		t.Fatal(err)
	}
	if _, err := c.reg.DeclareLost(t.Context(), "sutojayan-01", "e1", 4, 5, "Budi", "kartu mati"); err != nil {
		t.Fatal(err)
	}
	now = now.Add(time.Hour)
	var body struct {
		Gaps []map[string]any `json:"gaps"`
	}
	w := c.do("GET", "/api/v1/nodes/sutojayan-01", "")
	if err := json.Unmarshal(w.Body.Bytes(), &body); err != nil || len(body.Gaps) != 2 {
		t.Fatalf("%v: %s", err, w.Body)
	}
	for i, want := range []map[string]string{
		{"state": "missing", "from_time": "T03:30:", "to_time": "T03:40:"},
		{"state": "lost", "from_time": "T03:40:", "to_time": "T03:50:"},
	} {
		for key, part := range want {
			if got := fmt.Sprint(body.Gaps[i][key]); !strings.Contains(got, part) {
				t.Errorf("gap %d: %s is %s, want %s", i, key, got, part)
			}
		}
		if body.Gaps[i]["words_id"] == "" || body.Gaps[i]["words_en"] == "" {
			t.Errorf("no words for %v", body.Gaps[i])
		}
	}
	for _, state := range []registry.GapState{registry.Missing, registry.Waiting, registry.Lost} {
		if say := gapWords[state]; say[0] == "" || say[1] == "" {
			t.Errorf("%s has no words", state)
		}
	}
}

func TestEveryAnomalyHasWords(t *testing.T) {
	for _, kind := range []registry.AnomalyKind{
		registry.Cloned, registry.Restored, registry.Replaced, registry.Returned, registry.OtherSite, registry.EpochsForgotten,
	} {
		if say := words[kind]; say[0] == "" || say[1] == "" {
			t.Errorf("%s has no words", kind)
		}
	}
	if len(words) != 6 {
		t.Errorf("words of %d kinds", len(words))
	}
}
