package doctor

import (
	"context"
	"crypto/tls"
	"errors"
	"io/fs"
	"time"

	"github.com/siaga-id/siaga/edge"
	"github.com/siaga-id/siaga/edge/enrol"
	"github.com/siaga-id/siaga/edge/explain"
	"github.com/siaga-id/siaga/edge/local"
)

const (
	// Limit is how long an examination takes at most.
	Limit = 20 * time.Second
	// askLimit is how long the agent may take to answer.
	askLimit = 3 * time.Second
	askAgain = 250 * time.Millisecond
	// grace is what is left of Limit for checks to say why they could not end.
	grace = 2 * time.Second
)

// Status is how something is.
type Status string

// From well to ill. What is not known is neither.
const (
	OK      Status = "ok"
	Unknown Status = "unknown"
	Warning Status = "warning"
	Failure Status = "failure"
)

// Line is one thing that was looked at.
type Line struct {
	// Check names the check, the same in all languages; Title is for people.
	Check  string `json:"check"`
	Title  string `json:"title"`
	Status Status `json:"status"`
	// Text is what was seen, Remedy what to do about it; "" is nothing.
	Text   string `json:"text"`
	Remedy string `json:"remedy,omitempty"`
}

// Report is an examination's result.
type Report struct {
	Lines []Line `json:"lines"`
}

// ExitCode returns a program's exit code: 0 well, 1 with warnings, 2 with
// failures.
func (r Report) ExitCode() int {
	code := 0
	for _, l := range r.Lines {
		switch {
		case l.Status == Failure:
			return 2
		case l.Status == Warning:
			code = 1
		}
	}
	return code
}

// Deps are how the doctor looks at a node. All functions are called
// concurrently with one another, and those with a ctx should end with it.
type Deps struct {
	// ConfigFile is the configuration's name, Config what stands in it where
	// ConfigErr is nil. An error that is fs.ErrNotExist is a fresh install.
	ConfigFile string
	Config     edge.Config
	ConfigErr  error
	// Agent asks the running agent. An error that is local.ErrNotRunning means that
	// there is none.
	Agent func(ctx context.Context) (edge.Snapshot, error)
	// Active reports whether the service manager has started the agent, which may
	// not answer yet.
	Active func(ctx context.Context) bool
	// Sensors reads the configured sensors without the agent.
	Sensors func(ctx context.Context) ([]edge.SensorSnapshot, error)
	// Queue looks at the queue without the agent; readout.Queue has the errors.
	Queue func() (edge.QueueSnapshot, error)
	// Identity reads the node's identity; enrol.Store.Load has the errors. Handshake is
	// the identity's own Knock.
	Identity  func() (*enrol.Identity, error)
	Handshake func(ctx context.Context, id *enrol.Identity, address string) (tls.ConnectionState, error)
	// Broker goes to one of the broker's addresses and leaves again, as Reach, which
	// has the errors. It is not asked where the node's identity says where the broker is.
	Broker func(ctx context.Context, url string) error
	// Files are the machine's, from its root.
	Files fs.FS
	// Clock is clocksync.Error, Now time.Now.
	Clock func() (seconds float64, synced bool)
	Now   func() time.Time
	// Free returns the bytes that can be written under a folder.
	Free func(dir string) (uint64, error)
	// Stat is os.Stat, Access whether this user may read and write a device.
	Stat   func(path string) (fs.FileInfo, error)
	Access func(path string) error
	// I2C opens a bus and closes it again. Buses and Ports are what the machine has.
	I2C   func(bus string) error
	Buses func() []string
	Ports func() []string
}

// exam is one examination.
type exam struct {
	Deps
	explain.Lang
	snap     edge.Snapshot
	agentErr error
	active   bool
}

// check looks at one thing. It must end when ctx does; where it does not, its
// goroutine is left behind.
type check struct {
	name, id, en string
	look         func(*exam, context.Context) []Line
}

// checks in the order in which trouble spreads: without power nothing works.
var checks = []check{
	{"power", "Catu daya", "Power", (*exam).power},
	{"clock", "Jam", "Clock", (*exam).clock},
	{"storage", "Penyimpanan", "Storage", (*exam).storage},
	{"devices", "Bus dan port", "Buses and ports", (*exam).devices},
	{"config", "Konfigurasi", "Configuration", (*exam).config},
	{"secrets", "Berkas rahasia", "Secret files", (*exam).secrets},
	{"enrolment", "Pendaftaran", "Enrolment", (*exam).enrolment},
	{"service", "Layanan", "Service", (*exam).service},
	{"sensors", "Sensor", "Sensors", (*exam).sensors},
	{"queue", "Antrean", "Queue", (*exam).queue},
	{"broker", "Broker", "Broker", (*exam).broker},
	{"center", "Pusat", "Center", (*exam).center},
}

// Run examines the node, all checks beside one another, and returns what it saw
// in their order, at the latest when Limit is over. show gets each line as soon
// as it and those before it are known; before, it gets a Line without Status for
// what is being waited for. nil shows nothing.
func Run(ctx context.Context, d Deps, lang explain.Lang, show func(Line)) Report {
	if show == nil {
		show = func(Line) {}
	}
	ctx, cancel := context.WithTimeout(ctx, Limit-grace)
	defer cancel()
	x := &exam{Deps: d, Lang: lang}
	x.ask(ctx)

	results := make([]chan []Line, len(checks))
	for i, c := range checks {
		results[i] = make(chan []Line, 1)
		go func() { results[i] <- c.look(x, ctx) }()
	}
	var r Report
	for i, c := range checks {
		title := lang.Pick(c.id, c.en)
		show(Line{Check: c.name, Title: title})
		for _, l := range x.await(ctx, results[i]) {
			l.Check, l.Title = c.name, title
			r.Lines = append(r.Lines, l)
			show(l)
		}
	}
	return r
}

// ask asks the agent, and again for a while where it has just been started.
func (x *exam) ask(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, askLimit)
	defer cancel()
	for {
		x.snap, x.agentErr = x.Agent(ctx)
		if !errors.Is(x.agentErr, local.ErrNotRunning) {
			return
		}
		if x.active = x.Active(ctx); !x.active {
			return
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(askAgain):
		}
	}
}

// await returns a check's result, or that it has none when the time is over. It
// gives a check that ends with ctx a moment to say what it saw.
func (x *exam) await(ctx context.Context, result <-chan []Line) []Line {
	select {
	case lines := <-result:
		return lines
	case <-ctx.Done():
	}
	select {
	case lines := <-result:
		return lines
	case <-time.After(grace / time.Duration(2*len(checks))):
		return []Line{x.fail(x.Pick("tidak selesai pada waktunya", "did not end in time"), x.Pick(
			"Ada perangkat atau berkas yang menggantung: nyalakan ulang node, lalu periksa lagi.",
			"A device or a file hangs: restart the node and look again."))}
	}
}

func (x *exam) ok(text string) Line { return Line{Status: OK, Text: text} }
func (x *exam) warn(text, remedy string) Line {
	return Line{Status: Warning, Text: text, Remedy: remedy}
}

func (x *exam) fail(text, remedy string) Line {
	return Line{Status: Failure, Text: text, Remedy: remedy}
}
func (x *exam) unknown(text string) Line { return Line{Status: Unknown, Text: text} }

// unconfigured returns the line of a check that needs a configuration where there
// is none.
func (x *exam) unconfigured() ([]Line, bool) {
	if x.ConfigErr == nil {
		return nil, false
	}
	return []Line{x.unknown(x.Pick("menunggu konfigurasi yang benar", "waits for a valid configuration"))}, true
}
