package main

import (
	"fmt"
	"log/slog"
	"os"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"github.com/siaga-id/siaga/edge"
	"github.com/siaga-id/siaga/firmware-sim/fleet"
	"github.com/siaga-id/siaga/firmware-sim/world"
	"github.com/siaga-id/siaga/internal/mqtt"
	"github.com/siaga-id/siaga/internal/version"
)

// settings are the flags.
type settings struct {
	nodes int
	name  string
	chips []string

	broker       string
	tokens       string
	dir          string
	packInterval time.Duration
	duration     time.Duration
	settle       time.Duration
	json         bool

	seed     uint64
	trace    string
	keepTime bool
	speed    float64
}

const maxNodes = 10_000

func (s *settings) nameFlag(f *pflag.FlagSet) {
	f.StringVar(&s.name, "name", string(world.VillageAt(0).Node), "which node, by id")
}

func (s *settings) sendFlags(f *pflag.FlagSet) {
	f.StringVar(&s.broker, "broker", "", "MQTT broker, tcp://host:port or tls://host:port; without it where each node's enrolment says, else "+edge.PlainBroker)
	f.StringVar(&s.tokens, "tokens", "", "`DIR` with siaga-token-NODE.txt files, as siaga node token --out writes them: nodes without an identity enrol by them first, and delete them")
	f.StringVar(&s.dir, "dir", "./siaga-sim-data", "where the nodes keep their queues")
	f.DurationVar(&s.packInterval, "pack-interval", time.Second, "how often a node closes a pack")
	f.DurationVar(&s.duration, "duration", 0, "stop measuring after this time and send what is queued; 0: measure on")
	f.DurationVar(&s.settle, "settle", time.Minute, "how long to wait, when measuring has stopped, until everything is acknowledged")
	f.BoolVar(&s.json, "json", false, "print the summary as one JSON object, everything else to stderr")
}

func (s *settings) worldFlags(f *pflag.FlagSet) {
	f.Uint64Var(&s.seed, "seed", 3505, "which invented world; the same seed is the same weather")
	f.StringSliceVar(&s.chips, "chips", nil, "which `CHIPS` each node has, by driver, separated by commas, or all; without it the usual four")
	f.StringVar(&s.trace, "trace", "", "CSV `FILE` of recorded measurements to show instead of the invented world")
	f.BoolVar(&s.keepTime, "keep-time", false, "with --trace: keep the recorded times; otherwise the trace is shifted to end now")
	f.Float64Var(&s.speed, "speed", 1, "with --trace: how many recorded seconds pass in a second")
}

// options turns the flags into a fleet's, with the trace read. Errors name the
// flag.
func (s settings) options() (fleet.Options, error) {
	o := fleet.Options{
		Seed: s.seed, Chips: s.chips, Dir: s.dir, MQTT: mqtt.Config{URL: s.broker}, Tokens: s.tokens, PackInterval: s.packInterval,
		Replay:  world.Options{KeepTime: s.keepTime, Speed: s.speed},
		Version: version.Version,
		Logger:  slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn})),
	}
	switch {
	case s.nodes < 1 || s.nodes > maxNodes:
		return o, fmt.Errorf("--nodes %d: want 1 to %d", s.nodes, maxNodes)
	case s.duration < 0 || s.settle < 0:
		return o, fmt.Errorf("--duration %v, --settle %v: want no negative time", s.duration, s.settle)
	case s.tokens != "" && s.broker != "":
		return o, fmt.Errorf("--tokens %s: an enrolled node goes where its enrolment says: leave --broker out", s.tokens)
	case s.trace != "" && s.chips != nil:
		return o, fmt.Errorf("--chips %s: a recording has the chips that it has columns for: leave --chips out", strings.Join(s.chips, ","))
	case s.trace == "" && (s.keepTime || s.speed != 1):
		return o, fmt.Errorf("--keep-time and --speed are for a recording: name it with --trace")
	}
	if s.name == "" {
		for i := range s.nodes {
			o.Villages = append(o.Villages, world.VillageAt(i))
		}
	} else {
		v, err := villageNamed(s.name)
		if err != nil {
			return o, err
		}
		o.Villages = []world.Village{v}
	}
	if s.trace != "" {
		t, err := readTrace(s.trace)
		if err != nil {
			return o, fmt.Errorf("--trace %s: %w", s.trace, err)
		}
		o.Trace = t
	}
	return o, nil
}

func villageNamed(name string) (world.Village, error) {
	for i := range maxNodes {
		if v := world.VillageAt(i); string(v.Node) == name {
			return v, nil
		}
	}
	var known []string
	for _, v := range world.Villages() {
		known = append(known, string(v.Node))
	}
	return world.Village{}, fmt.Errorf("--name %q: no such node: use one of %s", name, strings.Join(known, ", "))
}

func readTrace(path string) (*world.Trace, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return world.ReadTrace(f)
}
