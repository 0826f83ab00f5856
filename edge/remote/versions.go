package remote

import (
	"cmp"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/siaga-id/siaga/edge/calibration"
	"github.com/siaga-id/siaga/internal/wholefile"
	"github.com/siaga-id/siaga/internal/wire"
)

const (
	// trialTime is how long the center may be unheard, and for how long after a
	// version came in force that counts.
	trialTime = 10 * time.Minute
	// maxStarts is how often the agent may start within a trial: a version with which
	// it dies never lives for 10 minutes.
	maxStarts = 5
)

// Versions are those of one node's configuration. Its methods may be called
// concurrently, and by several programs at once: each change reads the file anew.
type Versions struct {
	disk  wholefile.Disk
	valid func(wire.ConfigBody) error
	now   func() int64 // Unix milliseconds, 0 unknown
	log   *slog.Logger

	mu    sync.Mutex // covers what follows
	l     ledger
	began time.Time // this start's trial; the monotonic clock counts
	heard time.Time // the center, since began; zero is not
}

// OpenVersions reads those in a data directory. valid says what is wrong with the
// node's whole configuration were a body in force; now is the time in Unix
// milliseconds, 0 where it is not known. A damaged file is put aside, and the
// node's own file counts.
func OpenVersions(d wholefile.Disk, valid func(wire.ConfigBody) error, now func() int64, log *slog.Logger) (*Versions, error) {
	v := &Versions{disk: d, valid: valid, now: now, log: log}
	l, err := readLedger(d)
	switch {
	case errors.Is(err, errDamaged):
		log.Error("versions of the configuration are lost: the node's own file counts", "err", err, "kept_as", ledgerFile+".damaged")
		if err := d.Rename(ledgerFile, ledgerFile+".damaged"); err != nil {
			return nil, fmt.Errorf("put %s aside: %w", ledgerFile, err)
		}
	case err != nil:
		return nil, err
	case l != nil:
		v.l = *l
	}
	v.began = time.Now()
	return v, nil
}

// update changes what stands in the file now. do reports whether it changed
// anything; where that cannot be made durable nothing has changed.
func (v *Versions) update(do func(l *ledger) (bool, error)) (changed bool, err error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	lock, err := v.disk.Lock(lockFile)
	if err != nil {
		return false, fmt.Errorf("change configuration: %w", err)
	}
	defer func() { err = errors.Join(err, lock.Close()) }()
	l, err := readLedger(v.disk)
	if err != nil {
		return false, err
	}
	if l == nil {
		l = &ledger{Corrections: -1}
	}
	changed, err = do(l)
	if err != nil {
		return false, err
	}
	if changed {
		if err := l.store(v.disk); err != nil {
			// It may have come through all the same: what counts is what stands there.
			if again, rerr := readLedger(v.disk); rerr == nil && again != nil {
				v.l = *again
			}
			return false, err
		}
	}
	v.l = *l
	return changed, nil
}

// TakeFile takes in what the node's own file says. It reports whether something
// else is in force now. The error is what is wrong with the file, or the disk's.
func (v *Versions) TakeFile(file wire.ConfigBody, author, reason string) (changed bool, err error) {
	file, err = normal(file)
	if err != nil {
		return false, err
	}
	_, err = v.update(func(l *ledger) (bool, error) {
		if l.Seen != nil && same(l.Seen, file) {
			return false, nil
		}
		body := l.next(file, v.valid)
		if err := v.valid(body); err != nil {
			return false, err
		}
		fresh := l.Current.Version == 0
		l.Seen = file
		switch {
		case fresh && len(list(file["sensors"])) == 0:
			l.Current = version{wire.ConfigChange{Origin: wire.FromNode}, body}
			changed = true
		case fresh:
			l.change(body, author, reason, v.now())
			changed = true
		case !same(body, l.Current.Body):
			l.change(body, author, reason, v.now())
			changed = true
		}
		return true, nil
	})
	return changed, err
}

// TakeCorrections makes a version of each change of the node's corrections that is
// new, the oldest first.
func (v *Versions) TakeCorrections(entries []calibration.Entry) (changed bool, err error) {
	newest := 0
	for _, e := range entries {
		newest = max(newest, e.Correction.Version)
	}
	v.mu.Lock()
	known := newest == v.l.Corrections
	v.mu.Unlock()
	if known {
		return false, nil
	}
	return v.update(func(l *ledger) (bool, error) {
		if newest == l.Corrections {
			return false, nil
		}
		if l.Corrections >= 0 && newest > l.Corrections && l.Current.Version > 0 {
			news := slices.DeleteFunc(slices.Clone(entries), func(e calibration.Entry) bool { return e.Correction.Version <= l.Corrections })
			slices.SortFunc(news, func(a, b calibration.Entry) int { return a.Correction.Version - b.Correction.Version })
			for _, e := range news[max(0, len(news)-wire.MaxConfigChanges):] {
				c := e.Correction
				l.change(l.Current.Body, c.Author, fmt.Sprintf("%s, %s: %s", c.Sensor, e.Event, c.Reason), c.Date.UnixMilli())
			}
		}
		l.Corrections = newest
		return true, nil
	})
}

// Desire takes what the center wants. It reports whether that is in force now, and
// the agent is to start again; else Report may have news. bodyErr is what is wrong
// with d's body. The error is the disk's: nothing has changed then.
func (v *Versions) Desire(d wire.DesiredConfig, bodyErr error) (applied bool, err error) {
	_, err = v.update(func(l *ledger) (bool, error) {
		if l.Desired != nil && d.Version <= l.Desired.Version {
			return false, nil // known, whatever became of it
		}
		is := l.Current.Version
		outcome := wire.ConfigOutcome{Version: d.Version, State: wire.Failed}
		l.Desired = &outcome
		switch wrong := cmp.Or(bodyErr, v.valid(d.Body)); {
		case is > 0 && (d.Based != is || d.Version <= is):
			outcome.State = wire.Conflict
			outcome.Detail = fmt.Sprintf("it is based on version %d, and version %d is in force", d.Based, is)
			return true, nil
		case wrong != nil:
			outcome.Detail = wrong.Error()
			return true, nil
		}
		outcome.State = wire.InForce
		before := l.Current
		if l.Trial != nil { // which is not proven either
			before = l.Trial.Before
		}
		l.follow(version{wire.ConfigChange{
			Version: d.Version, Based: d.Based, Origin: wire.FromCenter, Author: d.Author, Reason: d.Reason, TimeMS: d.TimeMS,
		}, d.Body})
		l.Trial = &trial{Desired: d.Version, Body: d.Body, Before: before}
		applied = true
		return true, nil
	})
	return applied && err == nil, err
}

// Start notes that an agent is about to run with what is in force. Where a version
// on trial had its chances it is given back first, and Start reports so.
func (v *Versions) Start() (gaveBack bool, err error) {
	_, err = v.update(func(l *ledger) (bool, error) {
		v.began, v.heard = time.Now(), time.Time{}
		if l.Trial == nil {
			return false, nil
		}
		if l.Trial.Starts >= maxStarts {
			l.giveBack(fmt.Sprintf("the agent started %d times with it and never ran for %v", maxStarts, trialTime), v.now(), v.valid)
			gaveBack = true
			return true, nil
		}
		t := *l.Trial
		t.Starts++
		l.Trial = &t
		return true, nil
	})
	return gaveBack && err == nil, err
}

// Heard notes that the center was heard just now.
func (v *Versions) Heard() {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.heard = time.Now()
}

// Look ends a trial whose time has come: a version is proven, or given back, which
// it reports. changed says that Report has news.
func (v *Versions) Look() (gaveBack, changed bool, err error) {
	v.mu.Lock()
	open, began, heard := v.l.Trial != nil, v.began, v.heard
	v.mu.Unlock()
	proven := heard.Sub(began) >= trialTime
	last := began
	if heard.After(began) {
		last = heard
	}
	lost := !proven && time.Since(last) >= trialTime
	if !open || !proven && !lost {
		return false, false, nil
	}
	changed, err = v.update(func(l *ledger) (bool, error) {
		switch {
		case l.Trial == nil:
			return false, nil
		case proven:
			l.Trial = nil
		default:
			l.giveBack(fmt.Sprintf("the center was not heard for %v", trialTime), v.now(), v.valid)
			gaveBack = true
		}
		return true, nil
	})
	return gaveBack && err == nil, changed, err
}

// GiveBack ends a trial at once, and reports whether there was one.
func (v *Versions) GiveBack(why string) (gaveBack bool, err error) {
	return v.update(func(l *ledger) (bool, error) {
		if l.Trial == nil {
			return false, nil
		}
		l.giveBack(why, v.now(), v.valid)
		return true, nil
	})
}

// Abandon puts the node's own file in force where what was cannot be any more, as
// after an update of the program.
func (v *Versions) Abandon(why string) error {
	_, err := v.update(func(l *ledger) (bool, error) {
		l.Trial = nil
		l.change(l.Seen, "siaga-edge", "the node's own file counts again: "+why, v.now())
		return true, nil
	})
	return err
}

// With is what would be in force with a file, where that cannot be noted.
func (v *Versions) With(file wire.ConfigBody) wire.ConfigBody {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.l.next(file, v.valid)
}

// InForce is what travels of the configuration in force. It is not to be changed.
func (v *Versions) InForce() wire.ConfigBody {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.l.Current.Body
}

// Report is what the center is told, but for the corrections.
func (v *Versions) Report() wire.ReportedConfig {
	v.mu.Lock()
	defer v.mu.Unlock()
	current := v.l.Current.ConfigChange
	current.Origin = cmp.Or(current.Origin, wire.FromNode)
	return wire.ReportedConfig{
		ConfigChange: current, Trial: v.l.Trial != nil, Body: v.l.Current.Body,
		Desired: v.l.Desired, Changes: v.l.Changes,
	}
}
