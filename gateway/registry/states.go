package registry

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/siaga-id/siaga/internal/reading"
	"github.com/siaga-id/siaga/internal/wire"
)

// StateReport is a node's state as it arrived.
type StateReport struct {
	Node     reading.NodeID
	State    *wire.NodeState
	Received time.Time
}

// States takes over what nodes say about themselves: their state and sensors,
// and what their epoch, next number, waiting and given-up packs tell the ledger,
// which heals by it. A Will (not online) changes neither the remembered state
// nor the sensors. All of it is one transaction, in the order given.
//
// An error that is ErrInvalid or ErrTooManyNodes means that the states which it
// names were left out and all others kept; any other error, that nothing was. What the
// states' slices hold may not be changed afterwards: it is given to those who ask.
func (r *Registry) States(ctx context.Context, reports []StateReport) error {
	var refused []error
	err := r.update(ctx, "states", func(tx *sql.Tx) error {
		for _, s := range reports {
			err := r.state(ctx, tx, s)
			if errors.Is(err, ErrInvalid) || errors.Is(err, ErrTooManyNodes) {
				refused = append(refused, err)
			} else if err != nil {
				return err
			} else if s.State.Online {
				r.remembered.stage(s)
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("keep node states: %w", err)
	}
	return errors.Join(refused...)
}

func (r *Registry) state(ctx context.Context, tx *sql.Tx, s StateReport) error {
	st := s.State
	if !reading.ValidID(s.Node) || st.Epoch != "" && !validEpoch(st.Epoch) || st.NextSeq > maxSeq {
		return fmt.Errorf("%w: state of node %q: epoch %q, next %d", ErrInvalid, s.Node, st.Epoch, st.NextSeq)
	}
	waiting, lost := spans(st)
	if !apart(waiting) || !apart(lost) {
		return fmt.Errorf("%w: state of node %s: its ranges are not sorted", ErrInvalid, s.Node)
	}
	for _, c := range st.Carried {
		if !validEpoch(c.Epoch) || c.Epoch == st.Epoch || c.From == 0 || c.From > c.To || c.To > maxSeq {
			return fmt.Errorf("%w: state of node %s: it carried packs %d to %d of epoch %q", ErrInvalid, s.Node, c.From, c.To, c.Epoch)
		}
	}
	now := ms(s.Received)
	if err := r.see(ctx, tx, s.Node, now); err != nil {
		return err
	}
	if st.Online {
		if err := keepState(ctx, tx, s, now); err != nil {
			return err
		}
		if err := r.keepSensors(ctx, tx, s, now); err != nil {
			return err
		}
	} else if _, err := tx.ExecContext(ctx, `UPDATE nodes SET online = 0 WHERE id = ?`, s.Node); err != nil {
		return fmt.Errorf("write node: %w", err)
	}
	if st.Epoch == "" || st.NextSeq == 0 {
		return nil
	}
	if told, err := doubt(ctx, tx, s, waiting, now); err != nil || !told {
		return err
	}
	return heal(ctx, tx, s, waiting, lost, now)
}

func keepState(ctx context.Context, tx *sql.Tx, s StateReport, now int64) error {
	text, err := json.Marshal(s.State)
	if err != nil {
		return fmt.Errorf("%w: state of %s: %w", ErrInvalid, s.Node, err)
	}
	var put reading.SiteCode
	var epoch string
	if err := tx.QueryRowContext(ctx, `SELECT claimed_site, IFNULL(state ->> 'epoch', '') FROM nodes WHERE id = ?`, s.Node).Scan(&put, &epoch); err != nil {
		return fmt.Errorf("read node: %w", err)
	}
	if _, err := tx.ExecContext(ctx, `UPDATE nodes SET online = 1, last_seen = ?, state = ?, site = ?, simulated = ? WHERE id = ?`,
		now, string(text), s.State.Site, s.State.Sim, s.Node); err != nil {
		return fmt.Errorf("write node: %w", err)
	}
	if put != "" && put != s.State.Site {
		if err := note(ctx, tx, Anomaly{
			Node: s.Node, Kind: OtherSite,
			Detail: fmt.Sprintf("it says it is at %s, the center put it at %s", s.State.Site, put),
		}, now); err != nil {
			return err
		}
	}
	if epoch != "" && s.State.Epoch != "" && s.State.Epoch != epoch {
		return noteEpoch(ctx, tx, s, epoch, now)
	}
	return nil
}

// noteEpoch notes that a node speaks of another epoch than before.
func noteEpoch(ctx context.Context, tx *sql.Tx, s StateReport, before string, now int64) error {
	a := Anomaly{
		Node: s.Node, Kind: Replaced, Epoch: s.State.Epoch,
		Detail: fmt.Sprintf("epoch %s began after %s, whose packs that are not stored come no more: a new card or board, or a queue that was lost", s.State.Epoch, before),
	}
	if slices.ContainsFunc(s.State.Carried, func(c wire.Carried) bool { return c.Epoch == before }) {
		a.Detail = fmt.Sprintf("epoch %s began after %s, and what waited is sent again under it: a card in another board, or a copied one", s.State.Epoch, before)
	}
	var known bool
	// Packs may be faster than the state; only a state says where an epoch stands.
	if err := tx.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM epochs WHERE node = ? AND epoch = ? AND state_next > 0)`,
		s.Node, s.State.Epoch).Scan(&known); err != nil {
		return fmt.Errorf("look up epoch: %w", err)
	}
	if known {
		a.Kind = Returned
		a.Detail = fmt.Sprintf("epoch %s is spoken of again after %s: an old card was put back, or two boards go by one name", s.State.Epoch, before)
	}
	return note(ctx, tx, a, now)
}

// keepSensors closes the rows of sensors that are gone or configured otherwise,
// and opens rows for those as they are now.
func (r *Registry) keepSensors(ctx context.Context, tx *sql.Tx, s StateReport, now int64) error {
	type row struct {
		driver, quantities string
		interval           int64
	}
	rows, err := tx.QueryContext(ctx, `SELECT sensor, driver, quantities, interval FROM sensors WHERE node = ? AND until IS NULL`, s.Node)
	if err != nil {
		return fmt.Errorf("read sensors: %w", err)
	}
	defer rows.Close()
	have := make(map[reading.SensorID]row)
	for rows.Next() {
		var id reading.SensorID
		var v row
		if err := rows.Scan(&id, &v.driver, &v.quantities, &v.interval); err != nil {
			return fmt.Errorf("read sensors: %w", err)
		}
		have[id] = v
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("read sensors: %w", err)
	}
	closed := false
	for _, sen := range s.State.Sensors {
		v := row{sen.Driver, strings.Join(sen.Quantities, " "), sen.IntervalMS}
		old, known := have[sen.ID]
		delete(have, sen.ID)
		if known && old == v {
			continue
		}
		if known {
			closed = true
			if err := closeSensor(ctx, tx, s.Node, sen.ID, now); err != nil {
				return err
			}
		}
		if _, err := tx.ExecContext(ctx, `INSERT OR REPLACE INTO sensors (node, sensor, since, driver, interval, quantities, count)
			VALUES (?, ?, ?, ?, ?, ?, ?)`, s.Node, sen.ID, now, v.driver, v.interval, v.quantities, len(sen.Quantities)); err != nil {
			return fmt.Errorf("write sensor: %w", err)
		}
	}
	for id := range have {
		closed = true
		if err := closeSensor(ctx, tx, s.Node, id, now); err != nil {
			return err
		}
	}
	if closed {
		if err := forgetFormer(ctx, tx, s.Node, now); err != nil {
			return err
		}
	}
	if len(s.State.Sensors) == 0 {
		return nil
	}
	return r.beginCount(ctx, tx, s.Node, now)
}

// maxFormer bounds the rows of a node's former configurations, so that one that
// changes its mind all day fills no disk.
const maxFormer = 2000

func closeSensor(ctx context.Context, tx *sql.Tx, node reading.NodeID, sensor reading.SensorID, now int64) error {
	if _, err := tx.ExecContext(ctx, `UPDATE sensors SET until = ? WHERE node = ? AND sensor = ? AND until IS NULL`, now, node, sensor); err != nil {
		return fmt.Errorf("close sensor: %w", err)
	}
	return nil
}

// forgetFormer forgets the former configurations that no figure needs, and the
// oldest of too many. What those promised is not known any more, so figures begin
// behind them.
func forgetFormer(ctx context.Context, tx *sql.Tx, node reading.NodeID, now int64) error {
	if _, err := tx.ExecContext(ctx, `DELETE FROM sensors WHERE node = ? AND until < ?`, node, now-keptHours*msPerHour); err != nil {
		return fmt.Errorf("forget sensors: %w", err)
	}
	var until sql.NullInt64
	if err := tx.QueryRowContext(ctx, `SELECT MAX(until) FROM (SELECT until FROM sensors WHERE node = ? AND until IS NOT NULL
		ORDER BY until DESC LIMIT -1 OFFSET ?)`, node, maxFormer).Scan(&until); err != nil {
		return fmt.Errorf("count former sensors: %w", err)
	}
	if !until.Valid {
		return nil
	}
	if _, err := tx.ExecContext(ctx, `DELETE FROM sensors WHERE node = ? AND until <= ?`, node, until.Int64); err != nil {
		return fmt.Errorf("forget sensors: %w", err)
	}
	if _, err := tx.ExecContext(ctx, `UPDATE nodes SET counted_from = MAX(counted_from, ?) WHERE id = ?`,
		(until.Int64+msPerHour-1)/msPerHour*msPerHour, node); err != nil {
		return fmt.Errorf("begin to count: %w", err)
	}
	return nil
}

// heal takes over what the state says of the node's packs.
func heal(ctx context.Context, tx *sql.Tx, s StateReport, waiting, lost []span, now int64) error {
	st := s.State
	l, err := load(ctx, tx, epochKey{s.Node, st.Epoch})
	if err != nil {
		return err
	}
	if st.NextSeq < l.stateNext && st.Boot != l.boot {
		if err := note(ctx, tx, Anomaly{
			Node: s.Node, Kind: Restored, Epoch: st.Epoch,
			Detail: fmt.Sprintf("boot %q says its next pack is %d, boot %q had come to %d: a restored or copied card", st.Boot, st.NextSeq, l.boot, l.stateNext),
		}, now); err != nil {
			return err
		}
	}
	l.stateNext, l.boot = st.NextSeq, st.Boot
	l.told(st.NextSeq, waiting, lost, st.Boot, now)
	if err := l.save(ctx, tx, now); err != nil {
		return err
	}
	if err := takeAlong(ctx, tx, s.Node, st, now); err != nil {
		return err
	}
	rows, err := tx.QueryContext(ctx, `SELECT DISTINCT epoch FROM open_ranges WHERE node = ? AND epoch <> ? AND state = ?`,
		s.Node, st.Epoch, Waiting)
	if err != nil {
		return fmt.Errorf("list older epochs: %w", err)
	}
	older, err := column[string](rows)
	if err != nil {
		return fmt.Errorf("list older epochs: %w", err)
	}
	for _, epoch := range older {
		old, err := load(ctx, tx, epochKey{s.Node, epoch})
		if err != nil {
			return err
		}
		old.forsake()
		if err := old.save(ctx, tx, now); err != nil {
			return err
		}
	}
	return nil
}

func spans(st *wire.NodeState) (waiting, lost []span) {
	waiting = make([]span, len(st.Outstanding))
	for i, o := range st.Outstanding {
		waiting[i] = span{lo: o.From, hi: o.To}
	}
	lost = make([]span, len(st.GivenUp))
	for i, g := range st.GivenUp {
		lost[i] = span{lo: g.From, hi: g.To, reason: g.Reason}
	}
	return waiting, lost
}

// apart reports whether spans are sorted and none touches pack 0 or another.
func apart(spans []span) bool {
	var last uint64
	for _, s := range spans {
		if s.lo <= last || s.hi < s.lo {
			return false
		}
		last = s.hi
	}
	return true
}
