//go:build integration

package chaos

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/siaga-id/siaga/internal/wire"
)

// reportDelays says how long packs took, in the storm and in a calm before it, and
// returns the longest.
func reportDelays(t *testing.T, s *storm, w *watch, v *verdict) (worst time.Duration) {
	for _, lane := range []wire.Channel{wire.Live, wire.Fill} {
		all := w.delays(v.packs, lane, s.odd, s.began.Add(calm), time.Now())
		t.Logf("delivery delay, first on %s: in the storm %s", lane, spread(all))
		if n := len(all); n > 0 {
			worst = max(worst, all[n-1])
		}
	}
	t.Logf("delivery delay, first on live: before the storm %s", spread(w.delays(v.packs, wire.Live, s.odd, s.began, s.began.Add(calm-2*time.Second))))
	return worst
}

// spread describes sorted delays.
func spread(d []time.Duration) string {
	if len(d) == 0 {
		return "none seen"
	}
	at := func(percent int) time.Duration {
		return d[(len(d)*percent+99)/100-1].Round(10 * time.Millisecond)
	}
	return fmt.Sprintf("median %v, p99 %v, worst %v (%d packs)", at(50), at(99), at(100), len(d))
}

// reportFill wants fill to have gone on while one of several ingesters was dead
// for long.
func reportFill(t *testing.T, s *storm, w *watch, v *verdict) {
	for _, d := range s.dead {
		if len(s.on.ingesters) < 2 || !slices.Contains(s.on.ingesters, d.program) || d.to.Sub(d.from) < solo-time.Second {
			continue
		}
		from := d.from.Add(2 * time.Second)
		n := w.fillDuring(from, d.to)
		t.Logf("while %s was dead for %v, %d packs of the fill lane were acknowledged; live packs took %s",
			d.program, d.to.Sub(d.from).Round(time.Second), n, spread(w.delays(v.packs, wire.Live, s.odd, from, d.to)))
		if n == 0 {
			t.Errorf("no fill while %s was dead", d.program)
		}
	}
}

// reportRegistry wants the center to take nothing for missing that it has, to keep
// what was edited, and to say which cards were copied.
func reportRegistry(t *testing.T, s *storm) {
	var open []string
	for end := time.Now().Add(ledgerLimit); ; time.Sleep(500 * time.Millisecond) {
		var err error
		if open, err = s.openRanges(); err != nil {
			t.Fatal(err)
		}
		if len(open) == 0 || time.Now().After(end) {
			break
		}
	}
	for _, what := range open {
		t.Errorf("everything is stored, but the ledger says of %s", what)
	}
	wrong, err := s.editsLost()
	if err != nil {
		t.Fatal(err)
	}
	for _, what := range wrong {
		t.Error(what)
	}
	for _, node := range s.on.nodes {
		var one struct {
			Anomalies []struct {
				Kind   string `json:"kind"`
				Detail string `json:"detail"`
			} `json:"anomalies"`
		}
		if err := s.ask("/api/v1/nodes/"+node, &one); err != nil {
			t.Fatal(err)
		}
		for _, a := range one.Anomalies {
			t.Logf("the center says of %s: %s: %s", node, a.Kind, a.Detail)
		}
	}
}
