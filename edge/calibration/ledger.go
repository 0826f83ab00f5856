package calibration

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/siaga-id/siaga/internal/reading"
)

// Event is what people did.
type Event string

// The events.
const (
	SetEvent     Event = "set"
	UndoEvent    Event = "undo"
	ReplaceEvent Event = "replace"
)

// Entry is one line of a sensor's history.
type Entry struct {
	Event Event `json:"event"`
	// Restores is the version that an Undo put in force again; 0 is none.
	Restores int `json:"restores,omitempty"`
	// Correction is in force from here on. Of an Undo it has the numbers of the
	// version that it restores, or Kind None. Of a Replace it has no quantity and
	// Kind None: nothing of the sensor is in force. Version, Date, Author and Reason
	// are those of the event.
	Correction Correction `json:"correction"`
}

// Errors of changes.
var (
	// ErrNothingToUndo: no correction of that quantity is in force, or the history
	// no longer knows what was before it.
	ErrNothingToUndo = errors.New("there is nothing to undo")
	// ErrLevelCorrected: another datum, or none, would shift a level whose
	// correction was made for this one.
	ErrLevelCorrected = errors.New("a correction of the level is in force")
	// ErrFull: the file holds as many sensors as it may.
	ErrFull = errors.New("there are too many sensors with corrections")
)

const (
	maxEntries = 128 // a sensor
	maxSensors = 64
)

// ledger is what the file holds. It is not changed once it is published.
type ledger struct {
	version int // of the newest entry; 0 for none yet
	sensors map[reading.SensorID]*past
}

// past is the history of one sensor, the oldest entry first.
type past struct {
	dropped int // entries that had to go
	entries []Entry
}

func newLedger() *ledger { return &ledger{sensors: map[reading.SensorID]*past{}} }

// set adds c and returns its version. c is valid.
func (l *ledger) set(c Correction) (int, error) {
	if p := l.sensors[c.Sensor]; p != nil && c.Kind == Datum {
		if _, ok := p.inForce()[reading.Level]; ok {
			return 0, fmt.Errorf("set datum of %s: %w: undo it first, then measure again", c.Sensor, ErrLevelCorrected)
		}
	}
	return l.add(Entry{Event: SetEvent, Correction: c})
}

// undo puts in force what was in force before. A level that has no correction
// stands on its datum, which goes then.
func (l *ledger) undo(sensor reading.SensorID, q reading.Quantity, date time.Time, author, reason string) (Entry, error) {
	p := l.sensors[sensor]
	if p == nil {
		return Entry{}, fmt.Errorf("undo %s of %s: %w", q, sensor, ErrNothingToUndo)
	}
	now := p.inForce()
	if _, ok := now[q]; !ok && q == reading.Level {
		q = reading.Distance
	}
	if _, ok := now[reading.Level]; ok && q == reading.Distance {
		return Entry{}, fmt.Errorf("undo %s of %s: %w: undo that first", q, sensor, ErrLevelCorrected)
	}
	before, err := p.before(q)
	if err != nil {
		return Entry{}, fmt.Errorf("undo %s of %s: %w", q, sensor, err)
	}
	e := Entry{Event: UndoEvent, Restores: before.Version, Correction: before}
	c := &e.Correction
	c.Sensor, c.Quantity, c.Date, c.Author, c.Reason = sensor, q, date, author, reason
	e.Correction.Version, err = l.add(e)
	return e, err
}

// replace ends all corrections of a sensor.
func (l *ledger) replace(sensor reading.SensorID, date time.Time, author, reason string) error {
	_, err := l.add(Entry{Event: ReplaceEvent, Correction: Correction{
		Sensor: sensor, Kind: None, Date: date, Author: author, Reason: reason,
	}})
	return err
}

func (l *ledger) add(e Entry) (int, error) {
	p := l.sensors[e.Correction.Sensor]
	if p == nil {
		if len(l.sensors) >= maxSensors {
			return 0, fmt.Errorf("correct %s: %w: %d", e.Correction.Sensor, ErrFull, maxSensors)
		}
		p = &past{}
		l.sensors[e.Correction.Sensor] = p
	}
	l.version++
	e.Correction.Version = l.version
	p.entries = append(p.entries, e)
	p.trim()
	return l.version, nil
}

// trim makes room: the oldest entry goes that is not in force.
func (p *past) trim() {
	for len(p.entries) > maxEntries {
		now := p.inForce()
		i := slices.IndexFunc(p.entries, func(e Entry) bool {
			return now[e.Correction.Quantity].Version != e.Correction.Version
		})
		p.entries = slices.Delete(p.entries, i, i+1)
		p.dropped++
	}
}

func (p *past) inForce() map[reading.Quantity]Correction { return InForceAfter(p.entries) }

// InForceAfter returns what is in force, by quantity, when these entries, the
// oldest first, are all that happened to a sensor. The corrections share their
// memory with the entries.
func InForceAfter(entries []Entry) map[reading.Quantity]Correction {
	now := map[reading.Quantity]Correction{}
	for _, e := range entries {
		switch c := e.Correction; {
		case e.Event == ReplaceEvent:
			clear(now)
		case c.Kind == None:
			delete(now, c.Quantity)
		default:
			now[c.Quantity] = c
		}
	}
	return now
}

// before returns what was in force of q before what is in force now, under the
// version in which it was set; Kind None and version 0 for nothing.
func (p *past) before(q reading.Quantity) (Correction, error) {
	var chain []Entry
	whole := p.dropped == 0
	for _, e := range p.entries {
		switch {
		case e.Event == ReplaceEvent:
			chain, whole = nil, true
		case e.Correction.Quantity == q:
			chain = append(chain, e)
		}
	}
	if len(chain) == 0 || chain[len(chain)-1].Correction.Kind == None {
		return Correction{}, ErrNothingToUndo
	}
	i := len(chain) - 1
	if last := chain[i]; last.Event == UndoEvent {
		i = slices.IndexFunc(chain, func(e Entry) bool { return e.Correction.Version == last.Restores })
	}
	if i < 0 || i == 0 && !whole {
		return Correction{}, fmt.Errorf("%w: the history no longer says what was before", ErrNothingToUndo)
	}
	if i == 0 {
		return Correction{Kind: None}, nil
	}
	e := chain[i-1]
	before := e.Correction.clone()
	if e.Event == UndoEvent {
		before.Version = e.Restores
	}
	return before, nil
}

// names returns the sensors that have a history, sorted.
func (l *ledger) names() []reading.SensorID {
	return slices.Sorted(maps.Keys(l.sensors))
}
