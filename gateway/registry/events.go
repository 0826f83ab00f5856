package registry

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/siaga-id/siaga/internal/reading"
)

// EventKind says what is planned.
type EventKind string

// The kinds of events. A node under Repair is not missed while it is silent.
const (
	Repair   EventKind = "repair"
	Flushing EventKind = "flushing" // of a dam: levels jump because somebody wants them to
	Other    EventKind = "other"
)

// Scope says what an event concerns.
type Scope string

// The scopes of events.
const (
	OfNode  Scope = "node"
	OfGauge Scope = "gauge" // one sensor of a node
	OfRiver Scope = "river" // all sites along it
)

// Event is something that is known to come, or to have been.
type Event struct {
	ID    int64     `json:"id"`
	Kind  EventKind `json:"kind" enum:"repair,flushing,other"`
	Scope Scope     `json:"scope" enum:"node,gauge,river"`
	// Object is a node's id, "node/sensor", or a river's name.
	Object string `json:"object" doc:"a node's id, node/sensor, or a river's name"`
	// From is included, To is not.
	From      time.Time `json:"from"`
	To        time.Time `json:"to"`
	Reason    string    `json:"reason"`
	Who       string    `json:"who" doc:"who planned it"`
	Cancelled time.Time `json:"cancelled,omitzero" doc:"when it was called off before it began; absent where it was not"`
}

// ErrOver tells that an event cannot be called off any more.
var ErrOver = errors.New("over already")

const (
	// maxEvents bounds the events that are kept, about a century of them.
	maxEvents = 100_000
	// maxEventTime bounds one event.
	maxEventTime = 366 * 24 * time.Hour
)

// AddEvent plans an event, whose ID, Who and Cancelled are not looked at. Its node
// must be known, its river be that of a site. Errors: *MistakesError.
func (r *Registry) AddEvent(ctx context.Context, by Actor, e Event) (Event, error) {
	e.ID, e.Who, e.Cancelled = 0, by.Name, time.Time{}
	e.From, e.To = e.From.UTC().Truncate(time.Millisecond), e.To.UTC().Truncate(time.Millisecond)
	err := r.update(ctx, "inventory", func(tx *sql.Tx) error {
		wrong, err := e.mistakes(ctx, tx)
		if err != nil {
			return err
		}
		if len(wrong) > 0 {
			return &MistakesError{wrong}
		}
		var n int
		if err := tx.QueryRowContext(ctx, `SELECT COUNT(*) FROM events`).Scan(&n); err != nil {
			return fmt.Errorf("count events: %w", err)
		}
		if n >= maxEvents {
			return fmt.Errorf("%w: there are %d events, no more are kept", ErrInvalid, n)
		}
		done, err := tx.ExecContext(ctx, `INSERT INTO events (kind, scope, object, begins, ends, reason, who) VALUES (?, ?, ?, ?, ?, ?, ?)`,
			e.Kind, e.Scope, e.Object, ms(e.From), ms(e.To), e.Reason, e.Who)
		if err != nil {
			return fmt.Errorf("write event: %w", err)
		}
		if e.ID, err = done.LastInsertId(); err != nil {
			return fmt.Errorf("write event: %w", err)
		}
		return r.audit(ctx, tx, by, "event.add", e.audited(), nil, e)
	})
	if err != nil {
		return Event{}, fmt.Errorf("add event: %w", err)
	}
	return e, nil
}

// audited is the object in the audit log: events of a node belong to its history.
func (e *Event) audited() string {
	if node := e.Node(); node != "" {
		return "node:" + string(node)
	}
	return "river:" + e.Object
}

// Node is whom it concerns, "" for a river's.
func (e *Event) Node() reading.NodeID {
	if e.Scope == OfRiver {
		return ""
	}
	node, _, _ := strings.Cut(e.Object, "/")
	return reading.NodeID(node)
}

func (e *Event) mistakes(ctx context.Context, tx *sql.Tx) ([]Mistake, error) {
	of := mistakes{object: "event"}
	of.needed("reason", e.Reason, maxReason)
	switch e.Kind {
	case Repair, Flushing, Other:
	default:
		of.wrong("kind", string(e.Kind), "harus repair, flushing atau other", "want repair, flushing or other")
	}
	switch y := e.From.Year(); {
	case y < firstYear || y > lastYear:
		of.wrong("from", instant(e.From), "harus waktu antara 1900 dan 2100", "want a time from 1900 to 2100")
	case !e.From.Before(e.To):
		of.wrong("to", instant(e.To), "harus sesudah waktu mulai "+instant(e.From), "want a time after the beginning "+instant(e.From))
	case e.To.Sub(e.From) > maxEventTime:
		of.wrong("to", instant(e.To), "lebih dari satu tahun sesudah waktu mulai", "is more than a year after the beginning")
	}
	switch e.Scope {
	case OfNode, OfGauge:
		if err := e.object(ctx, tx, &of); err != nil {
			return nil, err
		}
	case OfRiver:
		var known bool
		if err := tx.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM sites WHERE river = ? AND river <> '')`, e.Object).Scan(&known); err != nil {
			return nil, fmt.Errorf("look up river: %w", err)
		}
		if !known {
			of.wrong("object", e.Object, "bukan sungai dari desa yang terdaftar: siaga site list", "is the river of no site: siaga site list")
		}
	default:
		of.wrong("scope", string(e.Scope), "harus node, gauge atau river", "want node, gauge or river")
	}
	return of.all, nil
}

// object wants a node that is known, and a sensor's id behind it for a gauge.
func (e *Event) object(ctx context.Context, tx *sql.Tx, of *mistakes) error {
	node, sensor, both := strings.Cut(e.Object, "/")
	if both != (e.Scope == OfGauge) || both && !reading.ValidID(sensor) {
		of.wrong("object", e.Object, "harus nama node, atau node/sensor untuk gauge", "want a node's id, or node/sensor for a gauge")
		return nil
	}
	_, err := asset(ctx, tx, reading.NodeID(node))
	if errors.Is(err, ErrNotFound) {
		of.wrong("object", e.Object, "node tidak dikenal: siaga node list", "is of no node that is known: siaga node list")
		return nil
	}
	return err
}

// CancelEvent calls an event off, or ends it now where it has begun, and returns
// it as it is then. Errors: ErrNotFound, ErrOver.
func (r *Registry) CancelEvent(ctx context.Context, by Actor, id int64) (Event, error) {
	var is Event
	err := r.update(ctx, "inventory", func(tx *sql.Tx) error {
		all, err := events(ctx, tx, `WHERE id = ?`, id)
		if err != nil {
			return err
		}
		if len(all) == 0 {
			return fmt.Errorf("event %d: %w", id, ErrNotFound)
		}
		was := all[0]
		is = was
		now := r.opt.Now().UTC().Truncate(time.Millisecond)
		switch {
		case !was.Cancelled.IsZero() || !now.Before(was.To):
			return fmt.Errorf("event %d: %w", id, ErrOver)
		case now.After(was.From):
			is.To = now
		default:
			is.Cancelled = now
		}
		if _, err := tx.ExecContext(ctx, `UPDATE events SET ends = ?, cancelled = ? WHERE id = ?`, ms(is.To), ms(is.Cancelled), id); err != nil {
			return fmt.Errorf("write event: %w", err)
		}
		return r.audit(ctx, tx, by, "event.cancel", is.audited(), was, is)
	})
	if err != nil {
		return Event{}, fmt.Errorf("cancel event: %w", err)
	}
	return is, nil
}

// Events returns the events of which a part lies from from until to, called off
// ones too, by their beginning; at most limit, the first.
func (r *Registry) Events(ctx context.Context, from, to time.Time, limit int) ([]Event, error) {
	return events(ctx, r.read, `WHERE ends > ? AND begins < ? ORDER BY begins, id LIMIT ?`, ms(from), ms(to), limit)
}

// Under returns the nodes that are under repair at a time, with the event that
// ends last. What concerns only one sensor excuses no silence.
func (r *Registry) Under(ctx context.Context, now time.Time) (map[reading.NodeID]Event, error) {
	all, err := events(ctx, r.read, `WHERE ends > ?1 AND begins <= ?1 AND cancelled = 0 AND kind = ?2 AND scope = ?3 ORDER BY ends`, ms(now), Repair, OfNode)
	if err != nil {
		return nil, err
	}
	under := make(map[reading.NodeID]Event, len(all))
	for _, e := range all {
		under[e.Node()] = e
	}
	return under, nil
}

func events(ctx context.Context, from queryer, where string, args ...any) ([]Event, error) {
	rows, err := from.QueryContext(ctx, `SELECT id, kind, scope, object, begins, ends, reason, who, cancelled FROM events `+where, args...)
	if err != nil {
		return nil, fmt.Errorf("list events: %w", err)
	}
	defer rows.Close()
	all := []Event{}
	for rows.Next() {
		var e Event
		var begins, ends, cancelled int64
		if err := rows.Scan(&e.ID, &e.Kind, &e.Scope, &e.Object, &begins, &ends, &e.Reason, &e.Who, &cancelled); err != nil {
			return nil, fmt.Errorf("list events: %w", err)
		}
		e.From, e.To, e.Cancelled = time.UnixMilli(begins).UTC(), time.UnixMilli(ends).UTC(), at(cancelled)
		all = append(all, e)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("list events: %w", err)
	}
	return all, nil
}
