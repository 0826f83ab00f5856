package remote

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/siaga-id/siaga/edge"
	"github.com/siaga-id/siaga/edge/enrol"
	"github.com/siaga-id/siaga/internal/wholefile"
	"github.com/siaga-id/siaga/internal/wire"
)

// pollEvery is how often files that people change are looked at.
const pollEvery = 2 * time.Second

// Options are what a Station is given. Log and Logger may be nil.
type Options struct {
	// File is the node's own configuration file.
	File string
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
	f, err := readFile(opt.File)
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
	running, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	l := newLink(s, func(why error) { stop(&anewError{why}) })
	var watch sync.WaitGroup
	text := s.text
	watch.Go(func() { s.watch(running, text, l.again) })
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

// anewError is why an agent ends for another.
type anewError struct{ why error }

func (e *anewError) Error() string { return "the agent starts again: " + e.why.Error() }

// resolve takes in what the node's own file says now, and returns the configuration
// in force.
func (s *Station) resolve() (edge.Config, error) {
	s.text = textOf(s.opt.File)
	f, err := readFile(s.opt.File)
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
	changed, err := s.versions.TakeFile(f.body, "siaga-edge", "taken from "+s.opt.File)
	if err != nil {
		s.log.Error("versions of the configuration cannot be kept", "err", err)
		return s.versions.With(f.body)
	}
	if r := s.versions.Report(); changed && r.Version > 0 {
		s.log.Info("configuration changed at the node", "version", r.Version, "author", r.Author, "reason", r.Reason)
	}
	return s.versions.InForce()
}

// await waits until there is something to run with: a node that is enrolled and has
// no sensors can be told of some.
func (s *Station) await(ctx context.Context) (edge.Config, error) {
	for told := ""; ; {
		cfg, err := s.resolve()
		switch {
		case noSensors(err) && enrolled(cfg):
			s.log.Warn("this node has no sensors: find them with siaga-edge scan --write, or give it some from the center", "for", err)
			return cfg, nil
		case !noSensors(err) && !errors.Is(err, edge.ErrUnnamed):
			return cfg, err
		}
		if text := err.Error(); text != told {
			s.log.Warn("this node waits: enrol it with siaga-edge enroll TOKEN, and find its sensors with siaga-edge scan --write", "for", text)
			told = text
		}
		if !s.steady(ctx) {
			return cfg, nil
		}
	}
}

// steady waits until the node's own file has stayed the same between two looks: an
// editor may write it in steps. It returns false when ctx ends.
func (s *Station) steady(ctx context.Context) bool {
	for before := textOf(s.opt.File); ; {
		select {
		case <-ctx.Done():
			return false
		case <-time.After(pollEvery):
		}
		now := textOf(s.opt.File)
		if bytes.Equal(now, before) {
			return true
		}
		before = now
	}
}

func enrolled(cfg edge.Config) bool {
	_, err := enrol.Open(cfg.DataDir).Load()
	return err == nil
}

// watch makes the agent start again when the node's own file was changed, is steady,
// and is valid.
func (s *Station) watch(ctx context.Context, last []byte, again func(error)) {
	for s.steady(ctx) {
		now := textOf(s.opt.File)
		if bytes.Equal(now, last) {
			continue
		}
		last = now
		f, err := readFile(s.opt.File)
		if err == nil && !f.there {
			err = fs.ErrNotExist
		}
		if err == nil {
			err = f.valid(f.body)
		}
		if err != nil {
			s.log.Error("the node's file was changed and is not taken: what was in force stays", "err", err)
			continue
		}
		again(errors.New("the configuration was changed at the node"))
		return
	}
}

// textOf is a file's, nil where it cannot be read.
func textOf(path string) []byte {
	b, _ := os.ReadFile(path) // what is wrong is said when it is taken
	return b
}

func sortCorrections(all []wire.SensorCorrection) {
	slices.SortFunc(all, func(a, b wire.SensorCorrection) int {
		return cmp.Or(cmp.Compare(a.Sensor, b.Sensor), cmp.Compare(a.Quantity, b.Quantity))
	})
}
