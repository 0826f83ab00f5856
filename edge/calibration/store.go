package calibration

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/siaga-id/siaga/internal/reading"
	"github.com/siaga-id/siaga/internal/wholefile"
)

const (
	ledgerFile = "calibration.json"
	backupFile = ledgerFile + ".bak"
	lockFile   = "calibration.lock"
)

// ErrBusy: another program is changing the corrections and does not finish.
var ErrBusy = wholefile.ErrBusy

// DamageError says that the file cannot be used, and what to do. Nothing was
// changed.
type DamageError struct {
	File string
	// Backup is the file of the change before, and BackupVersion the newest version
	// in it; "" where it cannot be used either.
	Backup        string
	BackupVersion int
	Err           error
}

// Error names both files and the command that helps.
func (e *DamageError) Error() string {
	if e.Backup == "" {
		return fmt.Sprintf("calibration %s is damaged: %v: there is no usable backup: move the file away (mv %s %s.damaged) and set the corrections anew",
			e.File, e.Err, e.File, e.File)
	}
	return fmt.Sprintf("calibration %s is damaged: %v: the backup has everything up to version %d: look at it, then cp %s %s, and repeat what came after",
		e.File, e.Err, e.BackupVersion, e.Backup, e.File)
}

// Unwrap returns what is wrong with the file.
func (e *DamageError) Unwrap() error { return e.Err }

// Store is the corrections of one node. Its methods may be called concurrently.
// What another program changes is seen by Reload and by the next change.
type Store struct {
	dir  string
	disk wholefile.Disk
	now  func() time.Duration

	changing sync.Mutex // held by changes, which are rare; readers take current
	current  atomic.Pointer[published]
	changed  chan struct{}
	heard    heard
}

// Open reads the corrections in dir, the node's data directory. Where there is
// no file yet there are none. It writes nothing. Where the file cannot be used
// the error is a *DamageError, and the store is there all the same: it corrects
// nothing, since raw values are worth having, and refuses changes until the
// file is well again.
func Open(dir string) (*Store, error) {
	return open(dir, wholefile.Dir(dir))
}

func open(dir string, d wholefile.Disk) (*Store, error) {
	start := time.Now()
	s := &Store{
		dir: dir, disk: d, changed: make(chan struct{}, 1),
		now: func() time.Duration { return time.Since(start) },
	}
	l, text, err := s.load()
	var damage *DamageError
	switch {
	case errors.As(err, &damage):
		s.publish(newLedger(), nil)
		return s, err
	case err != nil:
		return nil, err
	}
	s.publish(l, text)
	return s, nil
}

// load reads the file, and returns its bytes too; nil where there is none.
func (s *Store) load() (*ledger, []byte, error) {
	b, err := s.disk.Read(ledgerFile, maxFile+1)
	if errors.Is(err, fs.ErrNotExist) {
		if _, err := s.disk.Read(backupFile, maxFile+1); errors.Is(err, fs.ErrNotExist) {
			return newLedger(), nil, nil
		}
		return nil, nil, s.damage(errors.New("the file is gone"))
	}
	if err != nil {
		return nil, nil, fmt.Errorf("read calibration: %w", err)
	}
	l, err := parse(b)
	if err != nil {
		return nil, nil, s.damage(err)
	}
	return l, b, nil
}

func (s *Store) damage(err error) *DamageError {
	d := &DamageError{File: filepath.Join(s.dir, ledgerFile), Err: err}
	if b, err := s.disk.Read(backupFile, maxFile+1); err == nil {
		if l, err := parse(b); err == nil {
			d.Backup, d.BackupVersion = filepath.Join(s.dir, backupFile), l.version
		}
	}
	return d
}

// Reload takes up what another program has changed.
func (s *Store) Reload() error {
	s.changing.Lock()
	defer s.changing.Unlock()
	l, text, err := s.load()
	if err != nil {
		return err
	}
	s.take(l, text)
	return nil
}

// take publishes l, which stands in the file as text, if it is news, and tells of
// it. A version alone does not say that: where people have put a backup in the
// place of a damaged file, its numbers come again.
func (s *Store) take(l *ledger, text []byte) {
	if string(text) == s.current.Load().text {
		return
	}
	s.publish(l, text)
	select {
	case s.changed <- struct{}{}:
	default: // the listener has not yet taken the one before
	}
}

// Set puts c in force, in the place of what was in force of its quantity, and
// returns its version, which is on the disk then. Errors: ErrInvalid,
// ErrLevelCorrected, ErrFull, ErrBusy, *DamageError, or the disk's.
func (s *Store) Set(c Correction) (version int, err error) {
	c = c.clone()
	c.Date = dated(c.Date)
	if err := c.Validate(); err != nil {
		return 0, err
	}
	err = s.change(func(l *ledger) error {
		version, err = l.set(c)
		return err
	})
	return version, err
}

// Undo puts in force again what was in force of a sensor's quantity before its
// last change, under a new version, and returns that. Done again it goes back
// farther. Where a level has no correction, its datum is undone. Corrections of
// a sensor that was replaced do not come back. Errors: ErrNothingToUndo and
// Set's.
func (s *Store) Undo(sensor reading.SensorID, q reading.Quantity, author, reason string) (e Entry, err error) {
	if err := signed(author, reason); err != nil {
		return Entry{}, err
	}
	err = s.change(func(l *ledger) error {
		e, err = l.undo(sensor, q, dated(time.Time{}), author, reason)
		return err
	})
	return e, err
}

// Replace ends all corrections of a sensor, its datum among them: another device
// answers to its name. Errors: as Set's.
func (s *Store) Replace(sensor reading.SensorID, author, reason string) error {
	if _, err := reading.ParseSensorID(string(sensor)); err != nil {
		return invalid("sensor", "%v", err)
	}
	if err := signed(author, reason); err != nil {
		return err
	}
	return s.change(func(l *ledger) error { return l.replace(sensor, dated(time.Time{}), author, reason) })
}

// change does what do says to what stands in the file now, and publishes it when
// it is on the disk.
func (s *Store) change(do func(*ledger) error) (err error) {
	s.changing.Lock()
	defer s.changing.Unlock()
	lock, err := s.disk.Lock(lockFile)
	if err != nil {
		return fmt.Errorf("change calibration: %w", err)
	}
	defer func() { err = errors.Join(err, lock.Close()) }()
	l, old, err := s.load()
	if err != nil {
		return err
	}
	if err := do(l); err != nil {
		return err
	}
	b, err := l.encode()
	if err != nil {
		return err
	}
	if old != nil {
		if err := wholefile.Replace(s.disk, backupFile, old); err != nil {
			return fmt.Errorf("back up calibration: %w", err)
		}
	}
	if err := wholefile.Replace(s.disk, ledgerFile, b); err != nil {
		// It may have come through all the same: what counts is what stands there.
		if l, text, lerr := s.load(); lerr == nil {
			s.take(l, text)
		}
		return fmt.Errorf("write calibration: %w", err)
	}
	s.take(l, b)
	return nil
}

// Version is that of the newest change, 0 before the first. It goes back only
// where people put an older file in the place of a damaged one.
func (s *Store) Version() int { return s.current.Load().ledger.version }

// Changed gives a value after changes; several may be told as one. There is one
// channel, for one listener.
func (s *Store) Changed() <-chan struct{} { return s.changed }

// Sensors returns every sensor that has a history, sorted. The caller owns the
// slice.
func (s *Store) Sensors() []reading.SensorID { return s.current.Load().ledger.names() }

// History returns what people did to a sensor's corrections, the oldest first,
// and how many older entries had to go. The caller owns the slice.
func (s *Store) History(sensor reading.SensorID) (entries []Entry, dropped int) {
	p := s.current.Load().ledger.sensors[sensor]
	if p == nil {
		return nil, 0
	}
	entries = slices.Clone(p.entries)
	for i := range entries {
		entries[i].Correction = entries[i].Correction.clone()
	}
	return entries, p.dropped
}

func dated(t time.Time) time.Time {
	if t.IsZero() {
		t = time.Now()
	}
	return t.UTC().Truncate(time.Second)
}

func signed(author, reason string) error {
	return errors.Join(validateText("author", author, maxAuthor), validateText("reason", reason, maxReason))
}
