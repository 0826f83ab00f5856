package remote

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/siaga-id/siaga/edge"
	"github.com/siaga-id/siaga/edge/calibration"
	"github.com/siaga-id/siaga/internal/reading"
	"github.com/siaga-id/siaga/internal/wire"
)

const (
	// maxCommands wait for one that is being done; more are not taken, and the center
	// gives them up.
	maxCommands = 16
	// reportAgain is the pause after a report that did not go out.
	reportAgain = 5 * time.Second
	reportLimit = 30 * time.Second
)

// link is what the center says to one agent. It implements edge.Remote.
type link struct {
	s *Station
	// again ends the agent, so that another one starts.
	again func(why error)

	commands chan wire.Command
	desired  chan []byte   // the newest
	news     chan struct{} // to report
	// corrected is the newest change of the corrections that was taken in; only
	// serveVersions uses it.
	corrected int
}

var _ edge.Remote = (*link)(nil)

func newLink(s *Station, again func(error)) *link {
	return &link{
		s: s, again: again, commands: make(chan wire.Command, maxCommands),
		desired: make(chan []byte, 1), news: make(chan struct{}, 1), corrected: -1,
	}
}

// Take is edge.Remote's.
func (l *link) Take(c wire.Channel, payload []byte) {
	if len(payload) == 0 {
		return // the center has taken its word back
	}
	if c == wire.Config {
		select {
		case <-l.desired:
		default:
		}
		select {
		case l.desired <- payload:
		default:
		}
		return
	}
	command, err := wire.ParseCommand(payload)
	if err != nil {
		l.s.log.Warn("command not understood", "err", err)
		return
	}
	select {
	case l.commands <- command:
	default:
		l.s.log.Warn("command not taken: others wait", "command", command.Name, "id", command.ID)
	}
}

// Connected is edge.Remote's.
func (l *link) Connected() { l.tell() }

// Heard is edge.Remote's.
func (l *link) Heard() { l.s.versions.Heard() }

func (l *link) tell() {
	select {
	case l.news <- struct{}{}:
	default:
	}
}

// Serve is edge.Remote's.
func (l *link) Serve(ctx context.Context, a *edge.Agent) { l.serve(ctx, a, a.Calibrations()) }

func (l *link) serve(ctx context.Context, n node, corrections *calibration.Store) {
	var all sync.WaitGroup
	all.Go(func() { l.serveCommands(ctx, n) })
	l.serveVersions(ctx, n, corrections)
	all.Wait()
}

// serveVersions takes what the center desires, makes versions of what people correct
// here, and reports, until ctx ends.
func (l *link) serveVersions(ctx context.Context, n node, corrections *calibration.Store) {
	l.s.clock.Store(&clock{n.Time})
	defer l.s.clock.Store(nil)
	look := time.NewTicker(pollEvery)
	defer look.Stop()
	var retry <-chan time.Time
	l.tell()
	for {
		select {
		case <-ctx.Done():
			return
		case payload := <-l.desired:
			if l.desire(payload) {
				return // the next agent reports
			}
			l.tell()
		case <-look.C:
			l.look(corrections)
		case <-retry:
			l.tell()
		case <-l.news:
			retry = nil
			if err := l.report(ctx, n, corrections); err != nil {
				l.s.log.Debug("configuration not reported yet", "err", err)
				retry = time.After(reportAgain)
			}
		}
	}
}

// desire takes what the center wants, and reports whether the agent starts again
// with it.
func (l *link) desire(payload []byte) bool {
	d, err := wire.ParseDesiredConfig(payload)
	var wrong *wire.BodyError
	if err != nil && !errors.As(err, &wrong) {
		l.s.log.Warn("desired configuration not understood", "err", err)
		return false
	}
	applied, err := l.s.versions.Desire(d, err)
	if err != nil {
		l.s.log.Error("desired configuration not taken", "version", d.Version, "err", err)
	}
	if applied {
		l.s.log.Info("configuration of the center is taken", "version", d.Version, "author", d.Author, "reason", d.Reason)
		l.again(errors.New("the center changed the configuration"))
	}
	return applied
}

// look sees whether a trial has ended, and whether somebody has corrected a sensor.
func (l *link) look(corrections *calibration.Store) {
	if gaveBack, changed, err := l.s.versions.Look(); err != nil {
		l.s.log.Error("trial of a configuration not ended", "err", err)
	} else if gaveBack {
		l.s.log.Warn("configuration given back: the center was not heard", "for", trialTime)
		l.again(errors.New("the configuration was given back"))
	} else if changed {
		if err := l.s.follow(); err != nil { // the next start does it
			l.s.log.Error("the center's addresses are not settled", "err", err)
		}
		l.tell()
	}
	if corrections == nil || corrections.Version() == l.corrected {
		return
	}
	newest := corrections.Version()
	changed, err := l.s.versions.TakeCorrections(history(corrections))
	if err != nil {
		l.s.log.Error("corrections not reported", "err", err)
		return
	}
	l.corrected = newest
	if changed {
		l.tell()
	}
}

func (l *link) report(ctx context.Context, n node, corrections *calibration.Store) error {
	r := l.s.versions.Report()
	for _, id := range sensors(corrections) {
		entries, _ := corrections.History(id)
		for q, c := range calibration.InForceAfter(entries) {
			r.Corrections = append(r.Corrections, wire.SensorCorrection{
				Sensor: id, Quantity: q.String(), Version: uint64(c.Version), Kind: string(c.Kind),
				DateMS: max(0, c.Date.UnixMilli()), Author: c.Author, Reason: c.Reason,
			})
		}
	}
	sortCorrections(r.Corrections)
	b, err := r.Encode()
	if err != nil {
		l.s.log.Error("configuration not reported", "err", err)
		return nil //nolint:nilerr // trying again would not help
	}
	ctx, cancel := context.WithTimeout(ctx, reportLimit)
	defer cancel()
	return n.Publish(ctx, wire.ConfigReported, b, true)
}

// history is all that people did to the corrections.
func history(corrections *calibration.Store) (all []calibration.Entry) {
	for _, id := range sensors(corrections) {
		entries, _ := corrections.History(id)
		all = append(all, entries...)
	}
	return all
}

func sensors(corrections *calibration.Store) []reading.SensorID {
	if corrections == nil {
		return nil
	}
	return corrections.Sensors()
}

func sortCorrections(all []wire.SensorCorrection) {
	slices.SortFunc(all, func(a, b wire.SensorCorrection) int {
		return cmp.Or(cmp.Compare(a.Sensor, b.Sensor), cmp.Compare(a.Quantity, b.Quantity))
	})
}
