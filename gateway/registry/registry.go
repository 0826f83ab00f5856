package registry

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"time"

	_ "modernc.org/sqlite" // the driver "sqlite"

	"github.com/siaga-id/siaga/internal/reading"
)

// Kind says what a data directory holds. Simulated readings never get among
// real ones, so a directory is made as one kind and refuses to be the other.
type Kind string

// The kinds of data directories.
const (
	Real Kind = "real"
	Demo Kind = "demo"
)

// KindError tells that a registry is of the other kind.
type KindError struct {
	File       string
	Have, Want Kind
}

// Error says what is wrong and what helps.
func (e *KindError) Error() string {
	return fmt.Sprintf("open registry %s: it holds %s data, not %s: choose another data directory", e.File, e.Have, e.Want)
}

// Options configure a Registry. Kind is required; the rest has defaults.
type Options struct {
	Kind Kind
	// Now is the clock; nil is time.Now.
	Now func() time.Time
	// MaxNodes bounds the nodes that are remembered; 0 is 10,000. Further ones
	// are refused with ErrTooManyNodes.
	MaxNodes int
	// QuarantineBytes and QuarantineEntries bound what is open in the
	// quarantine; 0 is 1 GiB and 100,000.
	QuarantineBytes   int64
	QuarantineEntries int
	// Observe is told how long each change took, waiting for others included, by
	// what it was ("stored", "states", …); err is what the change returned. It is
	// called from whoever changes something. nil: nobody wants to know.
	Observe func(change string, took time.Duration, err error)
	// BeforeStored is given what Stored is told, unchecked, before anything of it is
	// kept; its error makes Stored fail, so that it is told again. It may be called
	// concurrently and must not keep the slice. nil: nobody wants to know.
	BeforeStored func([]StoredRange) error
}

// ErrTooManyNodes tells that a report was of a node that is not known, and that
// there is room for no more. Reports of known nodes were kept.
var ErrTooManyNodes = errors.New("too many nodes")

// ErrInvalid tells that a part of what was reported cannot be true. The other
// parts were kept. Reporting it again does not help.
var ErrInvalid = errors.New("invalid report")

// ErrNotFound tells that there is no such node, epoch or entry.
var ErrNotFound = errors.New("not found")

// Registry is an open registry file. It may be used concurrently.
type Registry struct {
	write *sql.DB // one connection
	read  *sql.DB
	opt   Options

	mu     sync.Mutex                   // held over a write transaction; guards what follows
	known  map[reading.NodeID]knownNode // the nodes in the table; nil: to be read
	pruned int64                        // the minute in which old counts were last removed

	credentials credentials
	remembered  remembered
}

// knownNode is what is remembered of a node's row.
type knownNode struct {
	countedFrom int64 // Unix ms; 0 while it has told of no sensor
}

// Open opens the registry at path, made when it does not exist, and brings it to
// the newest schema. It returns a *SchemaError or *KindError for a file that
// this program must not touch.
func Open(path string, opt Options) (*Registry, error) {
	if opt.Kind != Real && opt.Kind != Demo {
		return nil, fmt.Errorf("open registry: kind %q: want %q or %q", opt.Kind, Real, Demo)
	}
	if opt.Now == nil {
		opt.Now = time.Now
	}
	if opt.MaxNodes == 0 {
		opt.MaxNodes = 10_000
	}
	if opt.QuarantineBytes == 0 {
		opt.QuarantineBytes = 1 << 30
	}
	if opt.QuarantineEntries == 0 {
		opt.QuarantineEntries = 100_000
	}
	file, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("open registry: %w", err)
	}
	// Made here so that nobody but the owner can read it, nor its WAL and
	// backups, which take its mode.
	f, err := os.OpenFile(file, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open registry: %w", err)
	}
	if err := f.Close(); err != nil {
		return nil, fmt.Errorf("open registry: %w", err)
	}
	r := &Registry{opt: opt}
	if err := r.open(context.Background(), file); err != nil {
		return nil, errors.Join(err, r.Close())
	}
	return r, nil
}

func (r *Registry) open(ctx context.Context, file string) error {
	var err error
	if r.write, err = openDB(dsn(file, "synchronous(FULL)")); err != nil {
		return fmt.Errorf("open registry %s: %w", file, err)
	}
	r.write.SetMaxOpenConns(1)
	if err := migrate(ctx, r.write, file, migrations, r.opt.Now()); err != nil {
		return err
	}
	if err := r.mark(ctx, file); err != nil {
		return err
	}
	if err := r.recoverReplays(ctx); err != nil {
		return err
	}
	if err := r.loadCredentials(ctx); err != nil {
		return err
	}
	if r.read, err = openDB(dsn(file, "query_only(1)")); err != nil {
		return fmt.Errorf("open registry %s: %w", file, err)
	}
	r.read.SetMaxOpenConns(4)
	return nil
}

func dsn(file, pragma string) string {
	q := url.Values{"_txlock": {"immediate"}, "_pragma": {"busy_timeout(5000)", "journal_mode(WAL)", pragma}}
	return (&url.URL{Scheme: "file", Path: filepath.ToSlash(file), RawQuery: q.Encode()}).String()
}

// mark writes the kind into a new file, and compares it in an old one.
func (r *Registry) mark(ctx context.Context, file string) error {
	if _, err := r.write.ExecContext(ctx, `INSERT OR IGNORE INTO meta (key, value) VALUES ('kind', ?)`, r.opt.Kind); err != nil {
		return fmt.Errorf("mark registry %s: %w", file, err)
	}
	var have Kind
	if err := r.write.QueryRowContext(ctx, `SELECT value FROM meta WHERE key = 'kind'`).Scan(&have); err != nil {
		return fmt.Errorf("read kind of registry %s: %w", file, err)
	}
	if have != r.opt.Kind {
		return &KindError{File: file, Have: have, Want: r.opt.Kind}
	}
	return nil
}

// Kind returns what the registry was opened as.
func (r *Registry) Kind() Kind { return r.opt.Kind }

// Ping returns an error when the file cannot be read.
func (r *Registry) Ping(ctx context.Context) error {
	var one int
	if err := r.read.QueryRowContext(ctx, `SELECT 1 FROM meta`).Scan(&one); err != nil {
		return fmt.Errorf("read registry: %w", err)
	}
	return nil
}

// Close closes the file. Methods that are under way may fail.
func (r *Registry) Close() error {
	var errs []error
	for _, db := range []*sql.DB{r.read, r.write} {
		if db != nil {
			errs = append(errs, db.Close())
		}
	}
	return errors.Join(errs...)
}

// update runs f in one transaction, which is durable when update returns nil.
func (r *Registry) update(ctx context.Context, change string, f func(tx *sql.Tx) error) (err error) {
	if r.opt.Observe != nil {
		began := time.Now()
		defer func() { r.opt.Observe(change, time.Since(began), err) }()
	}
	var barred []reading.NodeID
	defer func() { r.credentials.tell(barred) }()
	r.mu.Lock()
	defer r.mu.Unlock()
	defer func() {
		if err != nil {
			r.credentials.staged = staged{}
			r.remembered.drop()
			r.known = nil // some may have been new, and are not in the table now
			r.pruned = 0
		}
	}()
	tx, err := r.write.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback() // after Commit it does nothing
	if err := f(tx); err != nil {
		return err
	}
	if err := tx.Commit(); err != nil {
		return err
	}
	barred = r.credentials.apply()
	r.remembered.apply()
	return nil
}

func ms(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

// at is the time of Unix milliseconds; 0 is the zero time.
func at(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms).UTC()
}
