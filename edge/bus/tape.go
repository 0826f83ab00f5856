package bus

import (
	"bufio"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os/exec"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/siaga-id/siaga/edge/driver"
)

// Machine is a board that can say which buses and ports it has.
type Machine interface {
	driver.Board
	I2CBuses() []string
	SerialPorts() []string
}

// ErrTape: what is asked is not what the tape has: another driver, another
// configuration, or the end of the tape. The error says what stands there.
var ErrTape = errors.New("the tape does not have that")

// tapeVersion is the format that Record writes, and the newest that Replay
// understands.
const tapeVersion = 1

// Header is a tape's first line.
type Header struct {
	Version int `json:"siaga_tape"`
	// Model is the machine's, as its kernel gives it; "" where it gives none.
	Model string    `json:"model,omitempty"`
	Date  time.Time `json:"date"`
	// I2C and Serial are the buses and ports that the machine said it has.
	I2C    []string `json:"i2c,omitempty"`
	Serial []string `json:"serial,omitempty"`
}

// What a line can tell of.
const (
	opI2COpen    = "i2c"
	opTx         = "tx"
	opSerialOpen = "serial"
	opRead       = "read"
	opWrite      = "write"
	opClose      = "close"
	opPin        = "pin"    // a pin to read was looked up
	opIn         = "in"     // it was set up
	opLevel      = "level"  // it was read
	opEdge       = "edge"   // an edge came
	opOutput     = "output" // a pin to drive was looked up
	opOut        = "out"    // it was driven
	opFile       = "file"
	opDir        = "dir"
	opCommand    = "command"
)

// event is any line of a tape but the first. Which fields are set is the op's.
type event struct {
	Micros int64  `json:"t"` // since the tape began
	Op     string `json:"op"`
	// On is the bus, port, pin, file, or command with its arguments.
	On string `json:"on"`
	// Open counts the openings of ports, from 1, over the whole tape.
	Open   int      `json:"n,omitempty"`
	Addr   uint16   `json:"addr,omitempty"`
	Baud   int      `json:"baud,omitempty"`
	Parity string   `json:"parity,omitempty"`
	W      octets   `json:"w,omitempty"`
	R      octets   `json:"r,omitempty"`
	High   bool     `json:"high,omitempty"`
	Pull   string   `json:"pull,omitempty"`
	Edges  string   `json:"edges,omitempty"`
	Text   string   `json:"text,omitempty"` // R of a file or a command, where it is text
	Dir    []entry  `json:"dir,omitempty"`
	Err    *failure `json:"err,omitempty"`

	line int // where it stands, from 1
}

func (e event) at() time.Duration { return time.Duration(e.Micros) * time.Microsecond }

// content is what a file or a command gave.
func (e event) content() []byte {
	if e.Text != "" {
		return []byte(e.Text)
	}
	return e.R
}

func (e *event) setContent(b []byte) {
	if utf8.Valid(b) {
		e.Text = string(b)
		return
	}
	e.R = b
}

// octets are bytes as people read them in protocols: in hexadecimal.
type octets []byte

// MarshalText implements encoding.TextMarshaler.
func (o octets) MarshalText() ([]byte, error) { return hex.AppendEncode(nil, o), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (o *octets) UnmarshalText(text []byte) error {
	b, err := hex.DecodeString(string(text))
	*o = b
	return err
}

// kinds are the errors that callers tell apart, by names that travel.
var kinds = []struct {
	name string
	err  error
}{
	{"not_exist", fs.ErrNotExist},
	{"permission", fs.ErrPermission},
	{"closed", fs.ErrClosed},
	{"console", ErrConsole},
	{"busy", ErrBusy},
	{"no_program", exec.ErrNotFound},
}

// failure is an error on a tape: what it said, and of which kinds it was.
type failure struct {
	Text  string   `json:"text"`
	Kinds []string `json:"kinds,omitempty"`
}

// failed returns err for a tape, nil for nil.
func failed(err error) *failure {
	if err == nil {
		return nil
	}
	f := &failure{Text: err.Error()}
	for _, k := range kinds {
		if errors.Is(err, k.err) {
			f.Kinds = append(f.Kinds, k.name)
		}
	}
	return f
}

// err returns what failed was given: the same text, of the same kinds.
func (f *failure) err() error {
	if f == nil {
		return nil
	}
	r := replayedError{text: f.Text}
	for _, name := range f.Kinds {
		for _, k := range kinds {
			if k.name == name {
				r.kinds = append(r.kinds, k.err)
			}
		}
	}
	return r
}

type replayedError struct {
	text  string
	kinds []error
}

func (r replayedError) Error() string   { return r.text }
func (r replayedError) Unwrap() []error { return r.kinds }

// longestLine bounds a line of a tape, in bytes. The longest is that of a file.
const longestLine = 4 * maxFile

// readTape reads a tape whole.
func readTape(r io.Reader) (Header, []event, error) {
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, longestLine)
	var h Header
	if !lines.Scan() {
		return h, nil, errors.Join(errors.New("read tape: it is empty"), lines.Err())
	}
	if err := json.Unmarshal(lines.Bytes(), &h); err != nil || h.Version == 0 {
		return h, nil, errors.Join(errors.New("read tape: line 1 is no header: this is no tape that --record wrote"), err)
	}
	if h.Version > tapeVersion {
		return h, nil, fmt.Errorf("read tape: version %d is newer than this program's %d: update the program", h.Version, tapeVersion)
	}
	var events []event
	for line := 2; lines.Scan(); line++ {
		if strings.TrimSpace(lines.Text()) == "" {
			continue
		}
		e := event{line: line}
		if err := json.Unmarshal(lines.Bytes(), &e); err != nil {
			return h, nil, fmt.Errorf("read tape: line %d: %w", line, err)
		}
		if e.Micros < 0 {
			return h, nil, fmt.Errorf("read tape: line %d: time %d is before the tape's beginning", line, e.Micros)
		}
		events = append(events, e)
	}
	if err := lines.Err(); err != nil {
		return h, nil, fmt.Errorf("read tape: %w", err)
	}
	return h, events, nil
}
