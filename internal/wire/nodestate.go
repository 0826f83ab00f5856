package wire

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"github.com/siaga-id/siaga/internal/reading"
)

// NodeState is what a node says about itself, retained, and what its Will says
// when it is gone.
type NodeState struct {
	// Online is false only in the Will and on an orderly leave.
	Online bool `json:"online"`
	// Version is the agent's, 1 to 64 printable ASCII characters.
	Version string `json:"version"`
	// Boot, Clock and ClockErrS are as in Pack, and of now.
	Boot      string  `json:"boot"`
	Clock     Clock   `json:"clock"`
	ClockErrS float64 `json:"clock_err_s"`
	// Sim is true where the node is simulated.
	Sim bool `json:"sim"`
	// Site is where the node stands; "" while it has not been told.
	Site reading.SiteCode `json:"site"`
	// TimeMS is the node's time in Unix milliseconds; 0 while it knows none.
	TimeMS int64 `json:"time_ms"`
	// Epoch is the id of the sequence and NextSeq the next pack's number in it; 0
	// in a Will, which cannot know it.
	Epoch   string `json:"epoch"`
	NextSeq uint64 `json:"next_seq"`
	// Outstanding are the packs that wait for their acknowledgement.
	Outstanding []SeqRange `json:"outstanding,omitempty"`
	// Merged is true where there were more than MaxRanges ranges, so that some
	// of Outstanding hold packs that do not wait.
	Merged bool `json:"merged,omitempty"`
	// GivenUp are the packs of this epoch that the node will never send, at most
	// MaxRanges ranges.
	GivenUp []GivenUp `json:"given_up,omitempty"`
	// Carried are packs that waited when the node began another epoch, and that
	// it took along. At most MaxCarried; a reader that does not know them takes
	// them for missing.
	Carried []Carried  `json:"carried,omitempty"`
	Queue   QueueState `json:"queue"`
	// Sensors has at most 256, each id once.
	Sensors []SensorState `json:"sensors,omitempty"`
}

// SeqRange is the packs From to To, both included.
type SeqRange struct {
	From uint64 `json:"from"`
	To   uint64 `json:"to"`
}

// GivenUp is the packs From to To, both included, that are lost.
type GivenUp struct {
	From uint64 `json:"from"`
	To   uint64 `json:"to"`
	// Reason tells people why, in at most MaxReason bytes.
	Reason string `json:"reason"`
}

// Carried is the packs From to To, both included, of an epoch that the node has
// ended. Those of them that waited then it sends by the same numbers under the
// epoch that came next; the others were acknowledged or given up before.
type Carried struct {
	Epoch string `json:"epoch"`
	From  uint64 `json:"from"`
	To    uint64 `json:"to"`
	// Boots are those in which this node can have listed these packs as
	// outstanding, 1 to MaxCarriedBoots. Another board that counted in the same
	// epoch had other packs under these numbers, and listed them in other boots.
	Boots []string `json:"boots"`
}

// QueueState is what a node's spool holds.
type QueueState struct {
	// Packs and Bytes wait for their acknowledgement.
	Packs uint64 `json:"packs"`
	Bytes uint64 `json:"bytes"`
	// OldestMS is the oldest reading's time in Unix milliseconds; 0 when the
	// queue is empty or the time is not known.
	OldestMS int64 `json:"oldest_ms"`
	// QueuedReadings counts the readings queued since the agent started.
	QueuedReadings uint64 `json:"queued_readings"`
}

// Health is how a sensor does.
type Health string

// The healths of a sensor: not yet asked, powered but not yet trusted, giving
// readings, giving none.
const (
	HealthStarting Health = "starting"
	HealthWarming  Health = "warming"
	HealthOK       Health = "ok"
	HealthFailing  Health = "failing"
)

// Valid reports whether h is one of the healths.
func (h Health) Valid() bool {
	return h == HealthStarting || h == HealthWarming || h == HealthOK || h == HealthFailing
}

// SensorState is one sensor of a node.
type SensorState struct {
	ID reading.SensorID `json:"id"`
	// Driver is the driver's name: 1 to 36 of a-z, 0-9 and -.
	Driver string `json:"driver"`
	// IntervalMS is the time between two readings in milliseconds, from 1.
	IntervalMS int64 `json:"interval_ms"`
	// Quantities are names, at most 64. The node may be newer than the reader
	// and know quantities that the reader does not.
	Quantities []string `json:"quantities"`
	Health     Health   `json:"health"`
	// Error is the last error while Health is not ok, for people, in at most
	// MaxReason bytes.
	Error string `json:"error,omitempty"`
	// SinceMS is since when Health holds, in Unix milliseconds; 0 if not known.
	SinceMS int64 `json:"since_ms"`
}

const (
	// MaxCarried bounds the list of carried packs, MaxCarriedBoots the boots of one
	// of them.
	MaxCarried      = 64
	MaxCarriedBoots = 32

	maxSensors    = 256
	maxQuantities = 64
	maxVersion    = 64
)

// Encode returns the state as JSON. Lists are sorted, texts shortened to
// MaxReason, and touching ranges of Outstanding joined; if more than MaxRanges
// remain, those with the smallest gaps are joined too and Merged is set. It
// errs where ParseNodeState would. s is left as it was.
func (s NodeState) Encode() ([]byte, error) {
	ranges, merged := joinRanges(s.Outstanding, MaxRanges)
	s.Outstanding, s.Merged = ranges, s.Merged || merged
	s.GivenUp = slices.SortedFunc(slices.Values(s.GivenUp), func(a, b GivenUp) int {
		return cmp.Or(cmp.Compare(a.From, b.From), cmp.Compare(a.To, b.To))
	})
	for i := range s.GivenUp {
		s.GivenUp[i].Reason = shorten(s.GivenUp[i].Reason)
	}
	s.Sensors = slices.SortedFunc(slices.Values(s.Sensors), func(a, b SensorState) int {
		return cmp.Compare(a.ID, b.ID)
	})
	for i := range s.Sensors {
		s.Sensors[i].Quantities = slices.Sorted(slices.Values(s.Sensors[i].Quantities))
		s.Sensors[i].Error = shorten(s.Sensors[i].Error)
	}
	return encodeMessage("node state", &s)
}

// ParseNodeState reads a node state. It is whole and valid or there is an error.
func ParseNodeState(payload []byte) (NodeState, error) {
	var s NodeState
	if err := parseMessage("node state", payload, &s); err != nil {
		return NodeState{}, err
	}
	return s, nil
}

func (s *NodeState) problem() error {
	if !s.Clock.Valid() || s.Clock == Untimed {
		return fmt.Errorf("clock %q: want %s, %s or %s", clip(string(s.Clock)), Synced, Estimated, Unknown)
	}
	if !(s.ClockErrS >= 0 && s.ClockErrS <= maxClockErrS) {
		return fmt.Errorf("clock_err_s %g: want seconds from 0 to %g", s.ClockErrS, float64(maxClockErrS))
	}
	if !printableASCII(s.Version, maxVersion) {
		return fmt.Errorf("version %q: want 1 to %d printable ASCII characters", clip(s.Version), maxVersion)
	}
	if !validToken(s.Boot, maxBoot, true) {
		return fmt.Errorf("boot %q: want 1 to %d of a-z, 0-9 and -", clip(s.Boot), maxBoot)
	}
	if s.Site != "" {
		if _, err := reading.ParseSiteCode(string(s.Site)); err != nil {
			return err
		}
	}
	err := cmp.Or(epochProblem(s.Epoch), unixProblem("time_ms", s.TimeMS), unixProblem("oldest_ms", s.Queue.OldestMS))
	if err != nil {
		return err
	}
	if len(s.Outstanding) > MaxRanges || len(s.GivenUp) > MaxRanges || len(s.Carried) > MaxCarried || len(s.Sensors) > maxSensors {
		return errTooLong
	}
	return cmp.Or(s.rangesProblem(), s.sensorsProblem())
}

func (s *NodeState) rangesProblem() error {
	for _, r := range s.Outstanding {
		if err := s.rangeProblem(r.From, r.To); err != nil {
			return fmt.Errorf("outstanding: %w", err)
		}
	}
	for _, g := range s.GivenUp {
		if err := cmp.Or(s.rangeProblem(g.From, g.To), reasonProblem(g.Reason)); err != nil {
			return fmt.Errorf("given_up: %w", err)
		}
	}
	for _, c := range s.Carried {
		if err := c.problem(s.Epoch); err != nil {
			return fmt.Errorf("carried: %w", err)
		}
	}
	return nil
}

func (c *Carried) problem(into string) error {
	switch {
	case c.Epoch == into:
		return fmt.Errorf("epoch %s is the present one", c.Epoch)
	case len(c.Boots) == 0 || len(c.Boots) > MaxCarriedBoots:
		return fmt.Errorf("%d boots: want 1 to %d", len(c.Boots), MaxCarriedBoots)
	}
	for _, boot := range c.Boots {
		if !validToken(boot, maxBoot, true) {
			return fmt.Errorf("boot %q: want 1 to %d of a-z, 0-9 and -", clip(boot), maxBoot)
		}
	}
	return cmp.Or(epochProblem(c.Epoch), rangeProblem(c.From, c.To))
}

func (s *NodeState) rangeProblem(from, to uint64) error {
	if to >= s.NextSeq {
		return fmt.Errorf("range %d to %d: the next pack is %d", from, to, s.NextSeq)
	}
	return rangeProblem(from, to)
}

func (s *NodeState) sensorsProblem() error {
	seen := make(map[reading.SensorID]bool, len(s.Sensors))
	for _, x := range s.Sensors {
		if err := x.problem(); err != nil {
			return fmt.Errorf("sensor %q: %w", clip(string(x.ID)), err)
		}
		if seen[x.ID] {
			return fmt.Errorf("sensor %s is listed twice", x.ID)
		}
		seen[x.ID] = true
	}
	return nil
}

func (x *SensorState) problem() error {
	switch {
	case !reading.ValidID(x.ID):
		return errors.New("its id: want 2 to 31 of a-z, 0-9 and -, not starting with -")
	case !validToken(x.Driver, maxBoot, true):
		return fmt.Errorf("driver %q: want 1 to %d of a-z, 0-9 and -", clip(x.Driver), maxBoot)
	case x.IntervalMS < 1 || x.IntervalMS > lastMS:
		return fmt.Errorf("interval_ms %d: want from 1", x.IntervalMS)
	case !x.Health.Valid():
		return fmt.Errorf("health %q is not known", clip(string(x.Health)))
	case len(x.Quantities) > maxQuantities:
		return errTooLong
	}
	for _, q := range x.Quantities {
		if !validQuantityName(q) {
			return fmt.Errorf("quantity %q: want 1 to 32 of a-z, 0-9 and _", clip(q))
		}
	}
	return cmp.Or(unixProblem("since_ms", x.SinceMS), reasonProblem(x.Error))
}
