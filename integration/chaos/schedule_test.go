//go:build integration

package chaos

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"
)

// fault is one line of a schedule.
type fault struct {
	at, until time.Duration // since the storm began
	kind      kind
	target    string
	by        time.Duration // of a step
	trouble   trouble       // of a link
}

// kind is what happens to a target, and until when.
type kind string

const (
	kill    kind = "kill"    // kill -9; started again
	term    kind = "term"    // SIGTERM, which all obey; started again
	pause   kind = "pause"   // SIGSTOP; SIGCONT
	amnesia kind = "amnesia" // kill -9, its saved state deleted; started again
	network kind = "network" // trouble on a link or a line; none
	full    kind = "full"    // somebody fills its disk; that is deleted
	step    kind = "step"    // the clock of a node steps, once
	clone   kind = "clone"   // a second board with a copy of a node's card; stays
	edit    kind = "edit"    // somebody changes a node's village in the registry, once
	restore kind = "restore" // an image of a node's card is taken; the card is replaced by it
)

// what is the fault without its times.
func (f fault) what() string {
	what := fmt.Sprintf("%-8s %s %s", f.kind, f.target, f.trouble)
	if f.kind == step {
		what += fmt.Sprint(f.by)
	}
	return what
}

// targets are what a set-up has.
type targets struct {
	programs []string // that can be killed and paused
	forgets  []string // those of them that can lose their state
	links    []string
	lines    []string
	disks    []string
	nodes    []string
	// ingesters share their work: one of them may be dead for long.
	ingesters []string
}

const (
	calm = 6 * time.Second // before the first fault
	// solo is how long one ingester is dead while nothing else is in its way.
	solo = 20 * time.Second
	// unnoticed is how long a program may go on with a connection that nobody
	// carries any more: two keep-alives and the way back.
	unnoticed = 45 * time.Second
	// lastHalfOpen is how long before the end connections are forgotten for the last
	// time.
	lastHalfOpen = 20 * time.Second
	// backoff is how long the kernel may wait with sending again on a line that is
	// whole again.
	backoff = 15 * time.Second
	// gathering is how long a fleet is cut off until one ingester must take its
	// backlog alone.
	gathering = 12 * time.Second
)

// aheadAtMost is how far ahead of the center's clock a reading may be; what is
// further goes to the quarantine.
const aheadAtMost = 5 * time.Minute

// fleetLink is the first link of nodes.
func fleetLink(links []string) string {
	return links[slices.IndexFunc(links, func(name string) bool { return strings.HasPrefix(name, "fleet-") })]
}

// draw makes a schedule. The same arguments make the same.
func draw(seed uint64, storm time.Duration, on targets) []fault {
	rng := rand.New(rand.NewPCG(seed, 0x5141))
	span := func(least, most time.Duration) time.Duration {
		return least + time.Duration(rng.Int64N(int64(most-least)+1))
	}
	pick := func(from []string) string { return from[rng.IntN(len(from))] }
	var all []fault
	// One ingester dies, and a fleet comes back from an outage meanwhile: the
	// other one must take its backlog.
	var quiet, loud time.Duration
	var back string
	if len(on.ingesters) > 1 && storm >= 3*solo {
		quiet = span(storm/4, storm/2)
		loud = quiet + solo
		back = strings.TrimSuffix(fleetLink(on.links), "→broker")
		all = append(
			all,
			fault{at: max(calm, quiet-gathering), until: quiet + 2*time.Second, kind: network, target: fleetLink(on.links), trouble: refuse},
			fault{at: quiet, until: loud, kind: kill, target: pick(on.ingesters)},
		)
	}
	free := func(f fault) bool {
		over := f.until
		switch {
		case f.trouble == halfOpen:
			over = f.at + unnoticed
		case slices.Contains(on.lines, f.target):
			over = f.until + backoff
		}
		if f.at < loud && over > quiet && !strings.HasPrefix(f.target, "fleet-") && f.kind != step && f.kind != edit {
			return false
		}
		if f.at < loud && f.until > quiet-gathering && f.target == back {
			return false
		}
		for _, o := range all {
			if o.target == f.target && f.at < o.until+time.Second && o.at < f.until+time.Second {
				return false
			}
		}
		return true
	}
	used := map[string]bool{} // nodes that had something of their own: once each, so that it is told apart
	for at := calm; at < storm; at += span(200*time.Millisecond, 1500*time.Millisecond) {
		f := fault{at: at}
		switch n := rng.IntN(100); {
		case n < 22:
			f.kind, f.target, f.until = kill, pick(on.programs), at+span(300*time.Millisecond, 8*time.Second)
		case n < 27:
			f.kind, f.target, f.until = term, pick(on.programs), at+span(6*time.Second, 9*time.Second)
		case n < 40:
			f.kind, f.target, f.until = pause, pick(on.programs), at+span(500*time.Millisecond, 12*time.Second)
		case n < 46:
			if len(on.forgets) == 0 {
				continue
			}
			f.kind, f.target, f.until = amnesia, pick(on.forgets), at+span(300*time.Millisecond, 6*time.Second)
		case n < 68:
			f.kind, f.target, f.until = network, pick(on.links), at+span(500*time.Millisecond, 15*time.Second)
			all := []trouble{refuse, cut, stall, stallUp, stallDown, halfOpen, slow}
			if f.trouble = all[rng.IntN(len(all))]; f.trouble == halfOpen && at > storm-lastHalfOpen {
				f.trouble = stall // the end would only wait for somebody to notice
			}
		case n < 78:
			if len(on.lines) == 0 {
				continue
			}
			f.kind, f.target, f.until = network, pick(on.lines), at+span(500*time.Millisecond, 25*time.Second)
			all := []trouble{unplugged, noCarrier, beyond, holeUp, holeDown}
			f.trouble = all[rng.IntN(len(all))]
		case n < 83:
			if len(on.disks) == 0 {
				continue
			}
			f.kind, f.target, f.until = full, pick(on.disks), at+span(2*time.Second, 12*time.Second)
		case n < 90:
			f.kind, f.target, f.until = step, pick(on.nodes), at
			f.by = []time.Duration{
				span(-10*time.Minute, 4*time.Minute).Round(time.Millisecond),
				span(-2*time.Minute, -10*time.Second).Truncate(10 * time.Second), // by whole intervals of every sensor
				span(aheadAtMost+time.Minute, time.Hour).Round(time.Millisecond),
			}[rng.IntN(3)]
		case n < 93:
			f.kind, f.target, f.until = edit, pick(on.nodes), at
		case n < 97:
			f.kind, f.target, f.until = clone, pick(on.nodes), at
		default:
			f.kind, f.target, f.until = restore, pick(on.nodes), at+span(4*time.Second, 20*time.Second)
		}
		f.until = min(f.until, storm)
		atNode := f.kind == step || f.kind == clone || f.kind == restore
		if atNode && used[f.target] || f.kind == restore && f.until-f.at < 3*time.Second || !free(f) {
			continue
		}
		used[f.target] = used[f.target] || atNode
		all = append(all, f)
	}
	slices.SortStableFunc(all, func(a, b fault) int { return int(a.at - b.at) })
	return all
}
