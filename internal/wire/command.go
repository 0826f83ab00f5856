package wire

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"strings"
	"unicode/utf8"

	"github.com/siaga-id/siaga/internal/reading"
)

// The commands that nodes know. One that a node does not know it answers as failed.
const (
	// CommandRestart ends the agent and starts it again, in the same program.
	CommandRestart = "restart"
	// CommandRead reads a sensor at once; its values are sent as readings, too.
	CommandRead = "read"
	// CommandSleep and CommandWake stop and start a particle sensor's fan and laser.
	CommandSleep = "sleep"
	CommandWake  = "wake"
	// CommandLogs asks for the program's last log lines.
	CommandLogs = "logs"
)

// Bounds of commands and answers.
const (
	// MaxLogLines and MaxLogBytes bound what one answer holds of the log.
	MaxLogLines   = 2000
	MaxLogBytes   = 64 << 10
	maxReadValues = 64
	maxCommandID  = 32
)

// Command is what the center asks of a node, not retained.
type Command struct {
	// ID is the center's: a node that sees it again does not do it again.
	ID   string `json:"id"`
	Name string `json:"name"`
	// Sensor is which one to read, to put to sleep or to wake.
	Sensor reading.SensorID `json:"sensor,omitempty"`
	// Lines is how many of the log are wanted, from 1.
	Lines int `json:"lines,omitempty"`
	// By is who asks.
	By string `json:"by"`
	// ExpiresMS is when nobody waits for an answer any more, in Unix milliseconds of
	// the center's clock.
	ExpiresMS int64 `json:"expires_ms"`
}

// Encode returns the command as JSON. It errs where ParseCommand would.
func (c Command) Encode() ([]byte, error) {
	c.By = shorten(c.By)
	return encodeMessage("command", &c)
}

// ParseCommand reads a command. It is whole and valid or there is an error. A name
// that is not known is none: it is of a later version.
func ParseCommand(payload []byte) (Command, error) {
	var c Command
	if err := parseMessage("command", payload, &c); err != nil {
		return Command{}, err
	}
	return c, nil
}

// Validate is what ParseCommand checks.
func (c Command) Validate() error { return c.problem() }

func (c *Command) problem() error {
	switch {
	case !validToken(c.ID, maxCommandID, true):
		return fmt.Errorf("id %q: want 1 to %d of a-z, 0-9 and -", clip(c.ID), maxCommandID)
	case !validToken(c.Name, maxBoot, true):
		return fmt.Errorf("name %q: want 1 to %d of a-z, 0-9 and -", clip(c.Name), maxBoot)
	case c.Sensor != "" && !reading.ValidID(c.Sensor):
		return fmt.Errorf("sensor %q: its id: want 2 to 31 of a-z, 0-9 and -, not starting with -", clip(string(c.Sensor)))
	case c.Lines < 0 || c.Lines > MaxLogLines:
		return fmt.Errorf("lines %d: want 1 to %d", c.Lines, MaxLogLines)
	}
	switch c.Name {
	case CommandRead, CommandSleep, CommandWake:
		if c.Sensor == "" {
			return fmt.Errorf("%s: which sensor?", c.Name)
		}
	case CommandLogs:
		if c.Lines == 0 {
			return errors.New("lines 0: want from 1")
		}
	}
	return cmp.Or(unixProblem("expires_ms", c.ExpiresMS), reasonProblem(c.By))
}

// AnswerState is how a command ended.
type AnswerState string

// The ends of a command.
const (
	Done   AnswerState = "done"
	Undone AnswerState = "failed"
)

// Answer is a node's answer to a Command.
type Answer struct {
	ID    string      `json:"id"`
	State AnswerState `json:"state"`
	// Detail tells people more, in at most MaxReason bytes.
	Detail string `json:"detail,omitempty"`
	// TimeMS is the node's time in Unix milliseconds, 0 where it does not know it.
	TimeMS int64 `json:"time_ms,omitempty"`
	// Values are what a read gave.
	Values []ReadValue `json:"values,omitempty"`
	// Log is the newest lines of the program's log, in at most MaxLogBytes.
	Log string `json:"log,omitempty"`
}

// ReadValue is one value of a sensor, in its quantity's canonical unit.
type ReadValue struct {
	Quantity string  `json:"quantity"`
	Value    float64 `json:"value"`
	// Quality is a QARTOD flag.
	Quality int `json:"quality"`
}

// Encode returns the answer as JSON, its texts shortened: of Log the newest lines
// stay. It errs where ParseAnswer would.
func (r Answer) Encode() ([]byte, error) {
	r.Detail, r.Log = shorten(r.Detail), newest(strings.ToValidUTF8(r.Log, "\uFFFD"))
	r.Values = r.Values[:min(len(r.Values), maxReadValues)]
	return encodeMessage("answer", &r)
}

// newest cuts a log at a whole line, or character, so that MaxLogBytes are left.
func newest(log string) string {
	if len(log) <= MaxLogBytes {
		return log
	}
	log = log[len(log)-MaxLogBytes:]
	if i := strings.IndexByte(log, '\n'); i >= 0 && i+1 < len(log) {
		return log[i+1:]
	}
	for !utf8.RuneStart(log[0]) {
		log = log[1:]
	}
	return log
}

// ParseAnswer reads an answer. It is whole and valid or there is an error.
func ParseAnswer(payload []byte) (Answer, error) {
	var r Answer
	if err := parseMessage("answer", payload, &r); err != nil {
		return Answer{}, err
	}
	return r, nil
}

func (r *Answer) problem() error {
	switch {
	case !validToken(r.ID, maxCommandID, true):
		return fmt.Errorf("id %q: want 1 to %d of a-z, 0-9 and -", clip(r.ID), maxCommandID)
	case r.State != Done && r.State != Undone:
		return fmt.Errorf("state %q: want done or failed", clip(string(r.State)))
	case len(r.Values) > maxReadValues:
		return errTooLong
	case len(r.Log) > MaxLogBytes:
		return fmt.Errorf("a log of %d bytes, at most %d are allowed", len(r.Log), MaxLogBytes)
	}
	for _, v := range r.Values {
		if !validQuantityName(v.Quantity) || math.IsNaN(v.Value) || math.IsInf(v.Value, 0) || v.Quality < 0 || v.Quality > 9 {
			return fmt.Errorf("value %v of %q, quality %d: want a number of a quantity and a QARTOD flag", v.Value, clip(v.Quantity), v.Quality)
		}
	}
	return cmp.Or(unixProblem("time_ms", r.TimeMS), reasonProblem(r.Detail))
}
