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
	if err := sweep(); err != nil {
		t.Errorf("remove what killed tests have left: %v", err)
	}
	lines := canHave(t)
	var all []result
	for run := range s.runs {
		seed := s.seed + uint64(run)
		for _, setup := range []struct {
			name string
			make func(t *testing.T, dir string, seed uint64, nodes int, lines bool) *stage
		}{{"external", newExternal}, {"machine", newMachine}} {
			if s.setup != "both" && s.setup != setup.name {
				continue
			}
			r := result{seed: seed, setup: setup.name}
			began := time.Now()
			r.failed = !t.Run(fmt.Sprintf("%s-%d", setup.name, seed), func(t *testing.T) {
				t.Logf("again with CHAOS_SEED=%d CHAOS_SETUP=%s CHAOS_DURATION=%v CHAOS_NODES=%d", seed, setup.name, s.duration, s.nodes)
				dir := t.TempDir()
				if s.logs != "" {
					dir = filepath.Join(s.logs, fmt.Sprintf("%s-%d", setup.name, seed))
				}
				prove(t, setup.make(t, dir, seed, s.nodes, lines), s.duration, &r)
			})
			r.took = time.Since(began)
			all = append(all, r)
		}
	}
	t.Logf("storms of %v over %d nodes\n%s", s.duration, s.nodes, table(all))
}

// canHave says first of all what this machine leaves out of the storms.
func canHave(t *testing.T) (lines bool) {
	t.Helper()
	if os.Getuid() != 0 {
		t.Log("LEFT OUT, not being root: full disks; lines that break in network namespaces (links between programs do)")
		return false
	}
	l, err := newLine(0)
	if err == nil {
		err = l.remove()
	}
	if err != nil {
		t.Logf("LEFT OUT: lines that break in network namespaces (links between programs do): %v", err)
		return false
	}
	t.Log("nothing is left out: disks of their own, and lines in network namespaces")
	return true
}

const (
	// settleLimit is how long the nodes may take, when all is mended, to have
	// everything acknowledged, and storeLimit how long the ingesters to store it.
	settleLimit = 2 * time.Minute
	storeLimit  = time.Minute
	// ledgerLimit is how long after that the center may take to know.
	ledgerLimit = 20 * time.Second
)

// prove plays the seed's storm on a stage, mends everything and judges.
func prove(t *testing.T, stage *stage, duration time.Duration, r *result) {
	schedule := draw(stage.seed, duration, stage.on)
	r.count(schedule)
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
	r.v = v
	s.supervise()
	s.say("judged")

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
	r.worst = reportDelays(t, s, w, v)
	reportFill(t, s, w, v)
	reportRegistry(t, s)
}

// judgeInTheEnd judges until all is well or the limit is over.
func judgeInTheEnd(t *testing.T, s *storm) *verdict {
	t.Helper()
	for end := time.Now().Add(storeLimit); ; time.Sleep(2 * time.Second) {
		refused, err := s.quarantine()
		if err != nil {
			t.Fatal(err)
		}
		v, err := judge(s.cards(), s.db, refused, s.began.Add(aheadAtMost))
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
