package remote

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/siaga-id/siaga/edge"
	"github.com/siaga-id/siaga/edge/enrol"
	"github.com/siaga-id/siaga/internal/wholefile"
	"github.com/siaga-id/siaga/internal/wire"
)

// Options are what a Station is given. Log and Logger may be nil.
type Options struct {
	// File is the node's own configuration file. Where it is "", as of a simulated
	// node, Settings makes the node's own settings, which nobody edits; a node that has
	// no sensors left does not wait for any.
	File     string
	Settings func() map[string]any
	// Start runs an agent with a configuration until ctx ends or it fails. r is to be
	// its Deps.Remote.
	Start func(ctx context.Context, cfg edge.Config, r edge.Remote) error
	// Log is what the center may see of the program's log.
	Log *Log
	// Logger nil is slog.Default.
	Logger *slog.Logger
}

// Station runs a node: one agent after the other, each with the configuration that
// is in force then. Make it with New, run it once.
type Station struct {
	opt      Options
	log      *slog.Logger
	dir      string
	versions *Versions
	done     *done
	own      atomic.Pointer[file]  // as last read
	text     []byte                // of it; only Run's goroutine uses it
	clock    atomic.Pointer[clock] // nil while no agent runs
}

// clock tells the time as the agent knows it.
type clock struct {
	time func() (at time.Time, errS float64)
}

// New reads the node's file and what it keeps of its versions. Nothing runs before
// Run.
func New(opt Options) (*Station, error) {
	f, err := opt.read()
	if err != nil {
		return nil, err
	}
	dir := f.dataDir()
	return newStation(opt, f, dir, wholefile.Dir(dir))
}

func newStation(opt Options, f file, dir string, disk wholefile.Disk) (*Station, error) {
	s := &Station{opt: opt, log: cmp.Or(opt.Logger, slog.Default()), dir: dir}
	s.own.Store(&f)
	var err error
	if s.versions, err = OpenVersions(disk, s.valid, s.unixMS, s.log); err != nil {
		return nil, err
	}
	if s.done, err = openDone(disk); err != nil {
		s.log.Warn("commands of before are not remembered", "err", err)
	}
	return s, nil
}

func (s *Station) valid(body wire.ConfigBody) error { return s.own.Load().valid(body) }

func (s *Station) unixMS() int64 {
	c := s.clock.Load()
	if c == nil {
		return 0
	}
	if at, _ := c.time(); !at.IsZero() {
		return at.UnixMilli()
	}
	return 0
}

// Run runs the node until ctx ends, which is no error, or it fails.
func (s *Station) Run(ctx context.Context) error {
	for ctx.Err() == nil {
		cfg, err := s.await(ctx)
		if err != nil || ctx.Err() != nil {
			return err
		}
		if again, err := s.once(ctx, cfg); !again {
			return err
		}
	}
	return nil
}

// once runs one agent, and reports whether another is to follow.
func (s *Station) once(ctx context.Context, cfg edge.Config) (again bool, err error) {
	gaveBack, err := s.versions.Start()
	if err != nil {
		s.log.Error("start within the trial of a configuration not noted", "err", err)
	}
	if gaveBack {
		s.log.Warn("configuration given back: the agent never ran for long with it", "starts", maxStarts)
		return true, nil
	}
	if s.lead() {
		return true, nil
	}
	running, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	l := newLink(s, func(why error) { stop(&anewError{why}) })
	var watch sync.WaitGroup
	text := s.text
	if s.opt.File != "" {
		watch.Go(func() { s.watch(running, text, l.again) })
	}
	err = s.opt.Start(running, cfg, l)
	var anew *anewError
	asked := errors.As(context.Cause(running), &anew)
	stop(nil)
	watch.Wait()
	switch {
	case ctx.Err() != nil:
		return false, err
	case asked:
		s.log.Info("the agent starts again", "because", anew.why, "err", err)
		return true, nil
	case err == nil:
		return false, nil
	}
	if gaveBack, gerr := s.versions.GiveBack("the agent cannot run with it: " + err.Error()); gerr != nil {
		return false, errors.Join(err, gerr)
	} else if gaveBack {
		s.log.Error("configuration given back: the agent cannot run with it", "err", err)
		return true, nil
	}
	return false, err
}

// lead tells the node's identity what the configuration in force says of the center.
// A version on trial that cannot be put in force is given back; else, and where that
// cannot be noted, the node goes on by what it knew.
func (s *Station) lead() (gaveBack bool) {
	why := s.follow()
	if why == nil {
		return false
	}
	s.log.Error("the center's addresses are not changed", "err", why)
	gaveBack, err := s.versions.GiveBack(why.Error())
	if err != nil {
		s.log.Error("configuration not given back", "err", err)
	}
	return gaveBack && err == nil
}

func (s *Station) follow() error {
	r := s.versions.Report()
	c, err := r.Body.Center()
	if err != nil {
		return err
	}
	return enrol.Open(s.dir).Configure(c, r.Trial)
}

// anewError is why an agent ends for another.
type anewError struct{ why error }

func (e *anewError) Error() string { return "the agent starts again: " + e.why.Error() }

// resolve takes in what the node's own file says now, and returns the configuration
// in force.
func (s *Station) resolve() (edge.Config, error) {
	s.text = textOf(s.opt.File)
	f, err := s.opt.read()
	if err != nil {
		return edge.Config{}, err
	}
	if dir := f.dataDir(); dir != s.dir {
		return edge.Config{}, fmt.Errorf("data_dir: was %s when the program started and is %s now: start the program again", s.dir, dir)
	}
	cfg, err := f.with(f.body)
	if err != nil && !noSensors(err) {
		return cfg, err
	}
	s.own.Store(&f)
	body := s.take(f)
	cfg, err = f.with(body)
	if err == nil || noSensors(err) || same(f.body, body) {
		return cfg, err
	}
	// The file alone would do: a driver or an option has gone with another version
	// of this program.
	s.log.Error("what was in force cannot be used any more: the node's own file counts", "err", err)
	gaveBack, gerr := s.versions.GiveBack(err.Error())
	if gerr == nil && !gaveBack {
		gerr = s.versions.Abandon(err.Error())
	}
	if gerr != nil {
		return cfg, errors.Join(err, gerr)
	}
	return f.with(s.versions.InForce())
}

// take takes in a valid file. Readings are worth more than versions: where these
// cannot be noted, the node runs all the same. A file that is gone says nothing.
func (s *Station) take(f file) wire.ConfigBody {
	if !f.there && s.versions.Report().Version > 0 {
		return s.versions.InForce()
	}
	changed, err := s.versions.TakeFile(f.body, "siaga-edge", "taken from "+cmp.Or(s.opt.File, "the program's settings"))
	if err != nil {
		s.log.Error("versions of the configuration cannot be kept", "err", err)
		return s.versions.With(f.body)
	}
	if r := s.versions.Report(); changed && r.Version > 0 {
		s.log.Info("configuration changed at the node", "version", r.Version, "author", r.Author, "reason", r.Reason)
	}
	return s.versions.InForce()
}
