package registry

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/siaga-id/siaga/internal/reading"
)

// StoredRange tells that packs are in InfluxDB.
type StoredRange struct {
	Node  reading.NodeID
	Epoch string
	// From and To are the packs' numbers, both included.
	From, To uint64
	// Readings is how many readings were stored, Oldest and Newest the times of
	// the first and the last; they are taken as evenly spread between.
	Readings       int
	Oldest, Newest time.Time
	// Conflict is true where other packs under the same numbers came before. It is
	// kept as the anomaly Cloned.
	Conflict bool
}

// Stored takes note of packs that are in InfluxDB, in any order and as often as
// it is told; their readings count once. All of it is one transaction. A node
// that was not known is from now on, unclaimed.
//
// An error that is ErrInvalid or ErrTooManyNodes means that the ranges which it
// names were left out and all others kept; any other error, that nothing was.
func (r *Registry) Stored(ctx context.Context, ranges []StoredRange) error {
	if before := r.opt.BeforeStored; before != nil {
		if err := before(ranges); err != nil {
			return fmt.Errorf("keep stored ranges: %w", err)
		}
	}
	var refused []error
	err := r.update(ctx, "stored", func(tx *sql.Tx) error {
		var err error
		refused, err = r.stored(ctx, tx, ranges)
		return err
	})
	if err != nil {
		return fmt.Errorf("keep stored ranges: %w", err)
	}
	return errors.Join(refused...)
}

func (r *Registry) stored(ctx context.Context, tx *sql.Tx, ranges []StoredRange) (refused []error, _ error) {
	now := ms(r.opt.Now())
	byEpoch := make(map[epochKey][]StoredRange)
	for _, s := range ranges {
		if err := s.check(); err != nil {
			refused = append(refused, err)
			continue
		}
		key := epochKey{s.Node, s.Epoch}
		byEpoch[key] = append(byEpoch[key], s)
	}
	var keys []epochKey
	for _, key := range sortedKeys(byEpoch) {
		if err := r.see(ctx, tx, key.node, now); errors.Is(err, ErrTooManyNodes) {
			refused = append(refused, err)
			continue
		} else if err != nil {
			return nil, err
		}
		keys = append(keys, key)
	}
	ledgers, err := loadAll(ctx, tx, keys)
	if err != nil {
		return nil, err
	}
	byMinute, byHour := make(counts), make(counts)
	for _, l := range ledgers {
		from := r.known[l.key.node].countedFrom
		for _, s := range byEpoch[l.key] {
			fresh := l.stored(s.From, s.To, ms(s.Oldest), ms(s.Newest), now)
			// Of a range that was partly known, its new packs' share.
			n := float64(s.Readings) * float64(fresh) / float64(s.To-s.From+1)
			byMinute.spread(minutes, s, n, 0, now)
			if from != 0 {
				byHour.spread(hours, s, n, from, now)
			}
			if s.Readings > 0 {
				// A time from the future would hide that nothing comes any more.
				l.newest = max(l.newest, min(ms(s.Newest), now))
			}
			if !s.Conflict {
				continue
			}
			if err := note(ctx, tx, Anomaly{
				Node: s.Node, Kind: Cloned, Epoch: s.Epoch,
				Detail: fmt.Sprintf("packs %d to %d came again with other contents: a cloned or restored card", s.From, s.To),
			}, now); err != nil {
				return nil, err
			}
		}
	}
	if err := saveAll(ctx, tx, ledgers, now); err != nil {
		return nil, err
	}
	if err := byMinute.write(ctx, tx, minutes); err != nil {
		return nil, err
	}
	if err := byHour.write(ctx, tx, hours); err != nil {
		return nil, err
	}
	return refused, r.prune(ctx, tx, now)
}

func (s StoredRange) check() error {
	switch {
	case !reading.ValidID(s.Node):
		return fmt.Errorf("%w: stored range of node %q", ErrInvalid, s.Node)
	case !validEpoch(s.Epoch):
		return fmt.Errorf("%w: stored range of %s: epoch %q", ErrInvalid, s.Node, s.Epoch)
	case s.From == 0 || s.From > s.To || s.To > maxSeq:
		return fmt.Errorf("%w: stored range of %s: packs %d to %d", ErrInvalid, s.Node, s.From, s.To)
	case s.Readings < 0 || s.Newest.Before(s.Oldest):
		return fmt.Errorf("%w: stored range of %s: %d readings from %v to %v", ErrInvalid, s.Node, s.Readings, s.Oldest, s.Newest)
	}
	return nil
}

// validEpoch holds what the wire format allows as an epoch.
func validEpoch(s string) bool {
	if s == "" || len(s) > 32 {
		return false
	}
	for i := 0; i < len(s); i++ {
		if c := s[i]; (c < '0' || c > '9') && (c < 'a' || c > 'z') {
			return false
		}
	}
	return true
}

func sortedKeys[V any](m map[epochKey]V) []epochKey {
	keys := make([]epochKey, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, func(a, b epochKey) int {
		return cmp.Or(cmp.Compare(a.node, b.node), cmp.Compare(a.epoch, b.epoch))
	})
	return keys
}

// see makes the node known.
func (r *Registry) see(ctx context.Context, tx *sql.Tx, node reading.NodeID, now int64) error {
	if r.known == nil {
		if err := r.recall(ctx, tx); err != nil {
			return err
		}
	}
	if _, ok := r.known[node]; ok {
		return nil
	}
	if n := len(r.known); n >= r.opt.MaxNodes {
		return fmt.Errorf("%w: %s would be number %d", ErrTooManyNodes, node, n+1)
	}
	if _, err := tx.ExecContext(ctx, `INSERT INTO nodes (id, first_seen) VALUES (?, ?)`, node, now); err != nil {
		return fmt.Errorf("add node: %w", err)
	}
	r.known[node] = knownNode{}
	return nil
}

// recall reads which nodes are in the table. Asking one by one whether there is
// room for another would be asking for all of them, each time.
func (r *Registry) recall(ctx context.Context, tx *sql.Tx) error {
	rows, err := tx.QueryContext(ctx, `SELECT id, IFNULL(counted_from, 0) FROM nodes`)
	if err != nil {
		return fmt.Errorf("recall nodes: %w", err)
	}
	defer rows.Close()
	known := make(map[reading.NodeID]knownNode)
	for rows.Next() {
		var id reading.NodeID
		var n knownNode
		if err := rows.Scan(&id, &n.countedFrom); err != nil {
			return fmt.Errorf("recall nodes: %w", err)
		}
		known[id] = n
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("recall nodes: %w", err)
	}
	r.known = known
	return nil
}
