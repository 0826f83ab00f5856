package wire

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"
)

// Bounds of the JSON messages: all but packs.
const (
	MaxMessageBytes = 512 << 10
	// MaxRanges bounds each list of ranges or refusals.
	MaxRanges = 1000
	// MaxReason bounds each text for people, in bytes; encoding shortens longer ones.
	MaxReason = 200
)

// encodeMessage returns m as JSON, if it has no problem.
func encodeMessage(what string, m interface{ problem() error }) ([]byte, error) {
	if err := m.problem(); err != nil {
		return nil, fmt.Errorf("encode %s: %w", what, err)
	}
	out, err := json.Marshal(m)
	if err != nil {
		return nil, fmt.Errorf("encode %s: %w", what, err)
	}
	if len(out) > MaxMessageBytes {
		return nil, fmt.Errorf("encode %s: it is %d bytes long, more than %d", what, len(out), MaxMessageBytes)
	}
	return out, nil
}

// parseMessage fills m and checks it completely. Fields that it does not know
// are ignored: they are of a later version.
func parseMessage(what string, payload []byte, m interface{ problem() error }) error {
	if len(payload) > MaxMessageBytes {
		return fmt.Errorf("parse %s: it is %d bytes long, more than %d", what, len(payload), MaxMessageBytes)
	}
	if !utf8.Valid(payload) {
		return fmt.Errorf("parse %s: it is not UTF-8", what)
	}
	if err := json.Unmarshal(payload, m); err != nil {
		return fmt.Errorf("parse %s: %w", what, err)
	}
	if err := m.problem(); err != nil {
		return fmt.Errorf("parse %s: %w", what, err)
	}
	return nil
}

// shorten makes a text for people fit MaxReason, at a whole character.
func shorten(s string) string {
	s = strings.ToValidUTF8(s, "\uFFFD")
	if len(s) <= MaxReason {
		return s
	}
	end := MaxReason - len("…")
	for !utf8.RuneStart(s[end]) {
		end--
	}
	return s[:end] + "…"
}

func reasonProblem(s string) error {
	if len(s) > MaxReason {
		return fmt.Errorf("a text of %d bytes, at most %d are allowed", len(s), MaxReason)
	}
	return nil
}

func unixProblem(key string, ms int64) error {
	if ms < 0 || ms > lastMS {
		return fmt.Errorf("%s %d: want Unix milliseconds from 0 to %d", key, ms, int64(lastMS))
	}
	return nil
}

func rangeProblem(from, to uint64) error {
	if from == 0 || from > to {
		return fmt.Errorf("range %d to %d: want from 1 and not backwards", from, to)
	}
	return nil
}

func epochProblem(epoch string) error {
	if !validToken(epoch, maxEpoch, false) {
		return fmt.Errorf("epoch %q: want 1 to %d of a-z and 0-9", clip(epoch), maxEpoch)
	}
	return nil
}

var errTooLong = errors.New("a list is too long")
