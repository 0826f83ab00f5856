//go:build integration

package chaos

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/siaga-id/siaga/integration/parts"
	"github.com/siaga-id/siaga/internal/wire"
)

func TestMain(m *testing.M) {
	if order := os.Getenv(asNodes); order != "" {
		os.Exit(runNodes(order))
	}
	remove, err := parts.Build()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	code := m.Run()
	remove()
	os.Exit(code)
}

// settings are the environment variables.
type settings struct {
	seed     uint64
	runs     int
	setup    string
	duration time.Duration
	nodes    int
	logs     string
}

func readSettings(t *testing.T) settings {
	t.Helper()
	s := settings{
		seed: uint64(time.Now().UnixMilli()), runs: 1, setup: "both", duration: time.Minute, nodes: 60, logs: os.Getenv("CHAOS_LOGS"),
	}
	read := func(name string, take func(text string) error) {
		if text := os.Getenv(name); text != "" {
			if err := take(text); err != nil {
				t.Fatalf("%s=%s: %v", name, text, err)
			}
		}
	}
	read("CHAOS_SEED", func(text string) (err error) { s.seed, err = strconv.ParseUint(text, 10, 64); return err })
	read("CHAOS_RUNS", func(text string) (err error) { s.runs, err = strconv.Atoi(text); return err })
	read("CHAOS_NODES", func(text string) (err error) { s.nodes, err = strconv.Atoi(text); return err })
	read("CHAOS_DURATION", func(text string) (err error) { s.duration, err = time.ParseDuration(text); return err })
	read("CHAOS_SETUP", func(text string) error {
		if s.setup = text; text != "external" && text != "machine" && text != "both" {
			return fmt.Errorf("want external, machine or both")
		}
		return nil
	})
	if s.nodes < fleets || s.runs < 1 || s.duration < 2*calm {
		t.Fatalf("%+v: want at least %d nodes, one run and %v", s, fleets, 2*calm)
	}
	return s
}

// TestChaos is the proof.
func TestChaos(t *testing.T) {
	s := readSettings(t)
	if os.Getuid() != 0 {
		t.Log("not root: no disk is filled")
	}
	for run := range s.runs {
		seed := s.seed + uint64(run)
		for _, setup := range []struct {
			name string
			make func(*testing.T, string, uint64, int) *stage
		}{{"external", newExternal}, {"machine", newMachine}} {
			if s.setup != "both" && s.setup != setup.name {
				continue
			}
			t.Run(fmt.Sprintf("%s-%d", setup.name, seed), func(t *testing.T) {
				t.Logf("again with CHAOS_SEED=%d CHAOS_SETUP=%s CHAOS_DURATION=%v CHAOS_NODES=%d", seed, setup.name, s.duration, s.nodes)
				dir := t.TempDir()
				if s.logs != "" {
					dir = filepath.Join(s.logs, fmt.Sprintf("%s-%d", setup.name, seed))
				}
				prove(t, setup.make(t, dir, seed, s.nodes), s.duration)
			})
		}
	}
}

const (
	// settleLimit is how long the nodes may take, when all is mended, to have
	// everything acknowledged, and storeLimit how long the ingesters to store it.
	settleLimit = 2 * time.Minute
	storeLimit  = time.Minute
)

// prove plays the seed's storm on a stage, mends everything and judges.
func prove(t *testing.T, stage *stage, duration time.Duration) {
	schedule := draw(stage.seed, duration, stage.on)
	s := newStorm(stage)
	w := newWatch(t, stage.broker, stage.db)
	defer func() {
		if err := w.close(); err != nil {
			t.Error(err)
		}
	}()
	defer func() {
		t.Logf("what happened:\n%s", strings.Join(s.log, "\n"))
		if t.Failed() {
			for name, p := range stage.programs {
				t.Logf("%s said at last:\n%s", name, p.proc().Stderr(1500))
			}
		}
	}()
	s.run(schedule)
	s.say("everything is mended")
	mended := time.Now()
	s.supervise()
	for _, g := range s.groups {
		s.programs[g.name].down = true // they end when they have delivered everything
	}
	s.stopTwins()
	if err := s.settle(s.groups, settleLimit); err != nil {
		t.Errorf("nodes have not delivered everything %v after all was mended: %v", settleLimit, err)
	}
	spare := s.spareGroups()
	if len(spare) > 0 {
		time.Sleep(2 * time.Second) // nodes that have something to say first
	}
	if err := s.settle(spare, settleLimit); err != nil {
		t.Errorf("copied and replaced cards have not delivered everything within %v: %v", settleLimit, err)
	}
	s.say("the nodes have delivered everything, %v after the storm", time.Since(mended).Round(time.Second))
	v := judgeInTheEnd(t, s)
	s.supervise()

	t.Logf("%s; %d nodes, %d faults, %d copied or replaced cards", v, len(stage.on.nodes), len(schedule), len(s.spare))
	for what, samples := range v.samples {
		t.Logf("%s, such as:\n  %s", what, strings.Join(samples, "\n  "))
	}
	if !v.sound() {
		t.Errorf("the contract is broken: %s", v)
	}
	if n := lostAtNodes(slices.Concat(s.groups, spare)); n > 0 {
		t.Errorf("nodes lost %d readings before they were on the card", n)
	}
	for _, what := range s.died {
		t.Errorf("%s", what)
	}
	for _, c := range s.cards() {
		for _, what := range c.wrong {
			t.Error(what)
		}
		if seqs := c.unused(); len(seqs) > 0 {
			t.Errorf("%s: no pack was ever seen under %d numbers, from %d on", c.dir, len(seqs), seqs[0])
		}
	}
	reportDelays(t, s, w, v)
	reportFill(t, s, w, v)
	reportLedger(t, s)
}

// judgeInTheEnd judges until all is well or the limit is over.
func judgeInTheEnd(t *testing.T, s *storm) *verdict {
	t.Helper()
	for end := time.Now().Add(storeLimit); ; time.Sleep(2 * time.Second) {
		refused, err := s.quarantine()
		if err != nil {
			t.Fatal(err)
		}
		v, err := judge(s.cards(), s.db, refused, s.ahead)
		if err != nil {
			t.Fatal(err)
		}
		if v.sound() || time.Now().After(end) {
			return v
		}
	}
}

// quarantine returns the packs that were refused.
func (s *stage) quarantine() (map[packName]bool, error) {
	var body struct {
		Entries []struct {
			Node string `json:"node"`
			Seq  uint64 `json:"seq"`
		} `json:"entries"`
	}
	if err := s.ask("/api/v1/quarantine?limit=10000", &body); err != nil {
		return nil, err
	}
	all := map[packName]bool{}
	for _, e := range body.Entries {
		all[packName{e.Node, e.Seq}] = true
	}
	return all, nil
}

// reportDelays says how long packs took, in the storm and in a calm before it.
func reportDelays(t *testing.T, s *storm, w *watch, v *verdict) {
	for _, lane := range []wire.Channel{wire.Live, wire.Fill} {
		t.Logf("delivery delay, first on %s: in the storm %s", lane, spread(w.delays(v.packs, lane, s.odd, s.began.Add(calm), time.Now())))
	}
	t.Logf("delivery delay, first on live: before the storm %s", spread(w.delays(v.packs, wire.Live, s.odd, s.began, s.began.Add(calm-2*time.Second))))
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

// reportLedger wants the center to know of no gap in the end, and to say which
// cards were copied.
func reportLedger(t *testing.T, s *storm) {
	open := map[string]any{}
	end := time.Now().Add(30 * time.Second)
	for {
		clear(open)
		for _, node := range s.on.nodes {
			var one struct {
				Gaps      []map[string]any `json:"gaps"`
				Anomalies []struct {
					Kind   string `json:"kind"`
					Detail string `json:"detail"`
				} `json:"anomalies"`
			}
			if err := s.ask("/api/v1/nodes/"+node, &one); err != nil {
				open[node] = err
			} else if len(one.Gaps) > 0 {
				open[node] = one.Gaps
			}
			if time.Now().After(end) || len(open) == 0 {
				for _, a := range one.Anomalies {
					t.Logf("the center says of %s: %s: %s", node, a.Kind, a.Detail)
				}
			}
		}
		if len(open) == 0 || time.Now().After(end) {
			break
		}
		time.Sleep(time.Second)
	}
	for node, gaps := range open {
		t.Errorf("the ledger of %s has gaps: %v", node, gaps)
	}
}
