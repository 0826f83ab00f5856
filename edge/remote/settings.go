package remote

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"maps"
	"os"
	"time"

	"github.com/siaga-id/siaga/edge"
	"github.com/siaga-id/siaga/internal/config"
	"github.com/siaga-id/siaga/internal/wholefile"
	"github.com/siaga-id/siaga/internal/wire"
)

// file is a node's own configuration file, parted.
type file struct {
	path string
	// there is false where nobody has written one yet: all has its default.
	there bool
	body  wire.ConfigBody
	own   map[string]any
}

func readFile(path string) (file, error) {
	settings, err := config.Read(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return file{}, err
	}
	return parted(path, err == nil, settings)
}

func parted(path string, there bool, settings map[string]any) (f file, err error) {
	f = file{path: path, there: there}
	f.body, f.own = wire.SplitConfig(settings)
	f.body, err = normal(f.body)
	return f, err
}

// read reads the node's own settings.
func (o Options) read() (file, error) {
	if o.File == "" {
		return parted("", true, o.Settings())
	}
	return readFile(o.File)
}

// decode decodes settings over the defaults in cfg, and validates. The environment
// says nothing about a node without a file: there may be thousands in a process.
func (f file) decode(settings map[string]any, cfg *edge.Config) error {
	if f.path != "" {
		return config.LoadRead(f.path, settings, cfg)
	}
	if err := config.Decode(settings, cfg); err != nil {
		return err
	}
	return cfg.Validate()
}

// with is the node's whole configuration with a body in force. It comes with its
// mistakes: Enrolled's, or else Load's.
func (f file) with(body wire.ConfigBody) (edge.Config, error) {
	cfg := edge.DefaultConfig()
	loadErr := f.decode(f.settings(body), &cfg)
	named, err := cfg.Enrolled()
	if err != nil {
		err = fmt.Errorf("configuration %s: %w", f.path, err)
	}
	if loadErr != nil && (err == nil || !noSensors(loadErr)) {
		return named, loadErr
	}
	return named, err
}

func (f file) settings(body wire.ConfigBody) map[string]any {
	all := maps.Clone(f.own)
	for key, value := range body {
		if ours, ok := all[key].(map[string]any); ok {
			both := maps.Clone(ours)
			maps.Copy(both, section(value))
			value = both
		}
		all[key] = value
	}
	return all
}

// dataDir is where the node keeps what it keeps, also where other settings are
// wrong.
func (f file) dataDir() string {
	cfg := edge.DefaultConfig()
	_ = f.decode(f.own, &cfg) // of which only this is wanted
	return cfg.DataDir
}

// valid says what is wrong with a body, in the place of the file's.
func (f file) valid(body wire.ConfigBody) error {
	cfg := edge.DefaultConfig()
	err := f.decode(f.settings(body), &cfg)
	if noSensors(err) {
		return nil // it may be told of some
	}
	return err
}

// noSensors reports whether that is all that is wrong: several mistakes are joined,
// a single one is wrapped.
func noSensors(err error) bool {
	if !errors.Is(err, edge.ErrNoSensors) {
		return false
	}
	for ; err != nil; err = errors.Unwrap(err) {
		if _, several := err.(interface{ Unwrap() []error }); several {
			return false
		}
	}
	return true
}

// Load returns a node's configuration for tools: its file's, with what travels as
// it is in force. It changes nothing. The configuration comes with its mistakes.
func Load(path string) (edge.Config, error) {
	f, body, err := inForce(path)
	if err != nil {
		cfg := edge.DefaultConfig()
		return cfg, err
	}
	cfg, err := f.with(body)
	if !f.there && err != nil {
		_, err = config.Read(path) // that it is not there says more
	}
	return cfg, err
}

// Adopt takes in at once what somebody has changed in a node's own file, with who
// did it and why; else the agent does so without knowing that. Where the node has
// no data directory yet nothing happens.
func Adopt(path, author, reason string) error {
	f, err := readFile(path)
	if err != nil {
		return err
	}
	dir := f.dataDir()
	if _, err := os.Stat(dir); err != nil {
		return nil //nolint:nilerr // the agent makes it when it starts for the first time
	}
	v, err := OpenVersions(wholefile.Dir(dir), f.valid, func() int64 { return time.Now().UnixMilli() }, slog.Default())
	if err != nil {
		return err
	}
	_, err = v.TakeFile(f.body, author, reason)
	return err
}

// Settings returns what Load decodes, as keys and values.
func Settings(path string) (map[string]any, error) {
	f, body, err := inForce(path)
	if err != nil {
		return nil, err
	}
	return f.settings(body), nil
}

func inForce(path string) (file, wire.ConfigBody, error) {
	f, err := readFile(path)
	if err != nil {
		return f, nil, err
	}
	l, err := readLedger(wholefile.Dir(f.dataDir()))
	switch {
	case err != nil || l == nil: // who may not read the data directory sees the file
		return f, f.body, nil
	case same(l.Seen, f.body), !f.there && l.Current.Version > 0:
		return f, l.Current.Body, nil
	}
	return f, l.next(f.body, f.valid), nil
}
