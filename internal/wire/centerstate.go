package wire

import (
	"cmp"
	"errors"
)

// CenterState is what an ingester says about itself, retained, and what its
// Will says when it is gone.
type CenterState struct {
	// Ingester is its name, by the rule of node ids.
	Ingester string `json:"ingester"`
	// Online is false only in the Will.
	Online bool `json:"online"`
	// Accepting is false while the ingester cannot make packs durable.
	Accepting bool `json:"accepting"`
	// Reason tells people why it does not accept, in at most MaxReason bytes.
	Reason string `json:"reason,omitempty"`
	// TimeMS is the center's time in Unix milliseconds.
	TimeMS int64 `json:"time_ms"`
	// ClockSynced says whether the center's own clock is synchronised.
	ClockSynced bool `json:"clock_synced"`
	// Demo is true where the center takes simulated packs and nothing else.
	Demo bool `json:"demo"`
}

// Encode returns the state as JSON, its reason shortened to MaxReason. It errs
// where ParseCenterState would.
func (s CenterState) Encode() ([]byte, error) {
	s.Reason = shorten(s.Reason)
	return encodeMessage("center state", &s)
}

// ParseCenterState reads a center state. It is whole and valid or there is an error.
func ParseCenterState(payload []byte) (CenterState, error) {
	var s CenterState
	if err := parseMessage("center state", payload, &s); err != nil {
		return CenterState{}, err
	}
	return s, nil
}

func (s *CenterState) problem() error {
	if s.Accepting && !s.Online {
		return errors.New("it accepts and is not online")
	}
	return cmp.Or(ingesterProblem(s.Ingester), unixProblem("time_ms", s.TimeMS), reasonProblem(s.Reason))
}
