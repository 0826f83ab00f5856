package wire

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/siaga-id/siaga/internal/reading"
)

// Ack is what an ingester tells a node to have made durable or refused. Either
// way the node need not send it again.
type Ack struct {
	// Ingester is who acknowledges; its name follows the rule of node ids.
	Ingester string `json:"ingester"`
	// TimeMS is the center's time in Unix milliseconds.
	TimeMS int64 `json:"time_ms"`
	// ClockSynced says whether the center's own clock is synchronised.
	ClockSynced bool `json:"clock_synced"`
	// Ranges and Refused hold at most MaxRanges each.
	Ranges  []AckRange `json:"ranges,omitempty"`
	Refused []Refusal  `json:"refused,omitempty"`
}

// AckRange acknowledges the packs From to To, both included, of one epoch.
type AckRange struct {
	Epoch string `json:"epoch"`
	From  uint64 `json:"from"`
	To    uint64 `json:"to"`
	// Check is the XOR of Check over those packs' bytes.
	Check uint32 `json:"check"`
}

// Refusal acknowledges one pack that went to the quarantine. It holds by Check
// and Length alone, since such a pack may have been unreadable.
type Refusal struct {
	// Epoch and Seq are "" and 0 where they could not be read.
	Epoch string `json:"epoch,omitempty"`
	Seq   uint64 `json:"seq,omitempty"`
	// Check and Length are CRC-32C and number of the pack's bytes.
	Check  uint32 `json:"check"`
	Length int    `json:"length"`
	// Reason tells people why, in at most MaxReason bytes.
	Reason string `json:"reason"`
}

// Encode returns the acknowledgement as JSON, its lists sorted and its reasons
// shortened to MaxReason. It errs where ParseAck would. a is left as it was.
func (a Ack) Encode() ([]byte, error) {
	a.Ranges = slices.SortedFunc(slices.Values(a.Ranges), func(x, y AckRange) int {
		return cmp.Or(cmp.Compare(x.Epoch, y.Epoch), cmp.Compare(x.From, y.From), cmp.Compare(x.To, y.To))
	})
	a.Refused = slices.SortedFunc(slices.Values(a.Refused), func(x, y Refusal) int {
		return cmp.Or(cmp.Compare(x.Epoch, y.Epoch), cmp.Compare(x.Seq, y.Seq), cmp.Compare(x.Check, y.Check))
	})
	for i := range a.Refused {
		a.Refused[i].Reason = shorten(a.Refused[i].Reason)
	}
	return encodeMessage("acknowledgement", &a)
}

// ParseAck reads an acknowledgement. It is whole and valid or there is an error.
func ParseAck(payload []byte) (Ack, error) {
	var a Ack
	if err := parseMessage("acknowledgement", payload, &a); err != nil {
		return Ack{}, err
	}
	return a, nil
}

func (a *Ack) problem() error {
	if err := cmp.Or(ingesterProblem(a.Ingester), unixProblem("time_ms", a.TimeMS)); err != nil {
		return err
	}
	if len(a.Ranges) > MaxRanges || len(a.Refused) > MaxRanges {
		return errTooLong
	}
	for _, r := range a.Ranges {
		if err := cmp.Or(epochProblem(r.Epoch), rangeProblem(r.From, r.To)); err != nil {
			return err
		}
	}
	for _, r := range a.Refused {
		if r.Epoch != "" {
			if err := epochProblem(r.Epoch); err != nil {
				return err
			}
		}
		if r.Length < 0 {
			return fmt.Errorf("length %d is negative", r.Length)
		}
		if err := reasonProblem(r.Reason); err != nil {
			return err
		}
	}
	return nil
}

func ingesterProblem(name string) error {
	if !reading.ValidID(name) {
		return fmt.Errorf("ingester %q: want 2 to 31 of a-z, 0-9 and -, not starting with -", clip(name))
	}
	return nil
}
