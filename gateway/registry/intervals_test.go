package registry

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/siaga-id/siaga/internal/reading"
)

func TestIntervals(t *testing.T) {
	r, c := fresh(t)
	start := c.now()
	tell(t, r, c, "aa", sensors(2*time.Second, "pm1", "pm2_5"))
	c.add(time.Hour)
	tell(t, r, c, "aa", sensors(10*time.Second, "pm1"))
	tell(t, r, c, "bb", sensors(time.Minute, "level"))
	got, err := r.Intervals(t.Context())
	must(t, err)
	want := map[reading.NodeID][]Interval{
		"aa": {
			{"pm-1", start, 2 * time.Second, []string{"pm1", "pm2_5"}},
			{"pm-1", start.Add(time.Hour), 10 * time.Second, []string{"pm1"}},
		},
		"bb": {{"pm-1", start.Add(time.Hour), time.Minute, []string{"level"}}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	c.add(33 * 24 * time.Hour)
	if got, err = r.Intervals(t.Context()); err != nil || len(got["aa"]) != 1 || len(got["bb"]) != 1 {
		t.Errorf("a month later: %v, %v", got, err)
	}
}

// Whoever wants to know of ranges before the ledger does can hold it up.
func TestBeforeStored(t *testing.T) {
	r, _ := fresh(t)
	var told int
	no := errors.New("disk full")
	var answer error
	r.opt.BeforeStored = func(ranges []StoredRange) error { told += len(ranges); return answer }
	answer = no
	if err := r.Stored(t.Context(), []StoredRange{stored("aa", "e1", 1, 3)}); !errors.Is(err, no) {
		t.Fatalf("stored: %v", err)
	}
	if nodes, err := r.Nodes(t.Context()); err != nil || len(nodes) != 0 {
		t.Fatalf("%d nodes, %v", len(nodes), err)
	}
	answer = nil
	must(t, r.Stored(t.Context(), []StoredRange{stored("aa", "e1", 1, 3)}))
	if nodes, err := r.Nodes(t.Context()); err != nil || len(nodes) != 1 || told != 2 {
		t.Fatalf("%d nodes, %v, told %d", len(nodes), err, told)
	}
}
