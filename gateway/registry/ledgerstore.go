package registry

import (
	"context"
	"database/sql"
	"fmt"
	"slices"

	"github.com/siaga-id/siaga/internal/reading"
)

const (
	// maxSpans bounds the open ranges of a node over all its epochs.
	maxSpans = 1000
	// maxEpochs bounds the epochs of a node; the longest unheard goes first. A
	// healthy node has one.
	maxEpochs = 64
	// maxSeq is the largest pack number that SQLite's integers and one more hold.
	maxSeq = 1<<63 - 2
)

type epochKey struct {
	node  reading.NodeID
	epoch string
}

// storedLedger is a ledger with what its rows were when it was read.
type storedLedger struct {
	ledger
	key       epochKey
	known     bool // it has a row
	stateNext uint64
	boot      string
	newest    int64 // the newest stored reading's time, 0 where not known
	rows      []span
}

// ledgerRows are the columns that readLedgers wants behind a ledger's place. An
// epoch without open ranges gives one row, with lo 0.
const ledgerRows = `e.next, e.edge, e.newest, e.state_next, e.boot, IFNULL(o.lo, 0), IFNULL(o.hi, 0), IFNULL(o.state, ''),
		IFNULL(o.reason, ''), IFNULL(o.said, ''), IFNULL(o.since, 0), IFNULL(o.merged, 0),
		IFNULL(o.from_time, 0), IFNULL(o.to_time, 0)`

// load reads an epoch's ledger; an unknown epoch's is empty.
func load(ctx context.Context, tx *sql.Tx, key epochKey) (*storedLedger, error) {
	// One statement costs less than two.
	rows, err := tx.QueryContext(ctx, `SELECT 0, `+ledgerRows+`
		FROM epochs e LEFT JOIN open_ranges o ON o.node = e.node AND o.epoch = e.epoch
		WHERE e.node = ? AND e.epoch = ? ORDER BY o.lo`, key.node, key.epoch)
	if err != nil {
		return nil, fmt.Errorf("read epoch: %w", err)
	}
	all, err := readLedgers(rows, []epochKey{key})
	if err != nil {
		return nil, err
	}
	return all[0], nil
}

// loadAll reads many ledgers at once, in the order of keys.
func loadAll(ctx context.Context, tx *sql.Tx, keys []epochKey) ([]*storedLedger, error) {
	ids := make(table, len(keys))
	for i, key := range keys {
		ids[i] = []any{key.node, key.epoch}
	}
	rows, err := tx.QueryContext(ctx, `SELECT k.key, `+ledgerRows+`
		FROM json_each(?) k CROSS JOIN epochs e ON e.node = k.value ->> 0 AND e.epoch = k.value ->> 1
			LEFT JOIN open_ranges o ON o.node = e.node AND o.epoch = e.epoch
		ORDER BY k.key, o.lo`, ids)
	if err != nil {
		return nil, fmt.Errorf("read epochs: %w", err)
	}
	return readLedgers(rows, keys)
}

// readLedgers reads rows of a ledger's place among keys and ledgerRows, and closes
// them.
func readLedgers(rows *sql.Rows, keys []epochKey) ([]*storedLedger, error) {
	defer rows.Close()
	all := make([]*storedLedger, len(keys))
	for i, key := range keys {
		all[i] = &storedLedger{ledger: ledger{next: 1}, key: key}
	}
	for rows.Next() {
		var i int
		var read storedLedger
		var s span
		if err := rows.Scan(&i, &read.next, &read.edge, &read.newest, &read.stateNext, &read.boot,
			&s.lo, &s.hi, &s.state, &s.reason, &s.said, &s.since, &s.merged, &s.from, &s.to); err != nil {
			return nil, fmt.Errorf("read epochs: %w", err)
		}
		l := all[i]
		l.known, l.next, l.edge, l.newest, l.stateNext, l.boot = true, read.next, read.edge, read.newest, read.stateNext, read.boot
		if s.lo > 0 {
			l.rows = append(l.rows, s)
		}
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("read epochs: %w", err)
	}
	for _, l := range all {
		l.open = slices.Clone(l.rows)
	}
	return all, nil
}

// save bounds the ledger and writes the rows that changed.
func (l *storedLedger) save(ctx context.Context, tx *sql.Tx, now int64) error {
	if !l.known {
		if err := l.begin(ctx, tx, now); err != nil {
			return err
		}
	} else if _, err := tx.ExecContext(ctx, `UPDATE epochs SET next = ?, edge = ?, newest = ?, state_next = ?, boot = ?, seen = ?
		WHERE node = ? AND epoch = ?`, l.next, l.edge, l.newest, l.stateNext, l.boot, now, l.key.node, l.key.epoch); err != nil {
		return fmt.Errorf("write epoch: %w", err)
	}
	return l.saveOpen(ctx, tx)
}

// saveAll does what save does for many ledgers, each of another epoch, after their
// packs were stored. Those that are known come first: beginning others may forget
// the longest unheard.
func saveAll(ctx context.Context, tx *sql.Tx, all []*storedLedger, now int64) error {
	var known table
	for _, l := range all {
		if !l.known {
			continue
		}
		known = append(known, []any{l.key.node, l.key.epoch, l.next, l.edge, l.newest})
		if err := l.saveOpen(ctx, tx); err != nil {
			return err
		}
	}
	if len(known) > 0 {
		if _, err := tx.ExecContext(ctx, `UPDATE epochs SET next = j.value ->> 2, edge = j.value ->> 3, newest = j.value ->> 4, seen = ?
			FROM json_each(?) j WHERE epochs.node = j.value ->> 0 AND epochs.epoch = j.value ->> 1`, now, known); err != nil {
			return fmt.Errorf("write epochs: %w", err)
		}
	}
	for _, l := range all {
		if !l.known {
			if err := l.save(ctx, tx, now); err != nil {
				return err
			}
		}
	}
	return nil
}

// saveOpen bounds the open ranges and writes those that changed.
func (l *storedLedger) saveOpen(ctx context.Context, tx *sql.Tx) error {
	if err := l.boundOver(ctx, tx); err != nil {
		return err
	}
	// Both lists are sorted by lo: walk them together.
	i := 0
	for _, s := range l.open {
		for i < len(l.rows) && l.rows[i].lo < s.lo {
			if err := l.remove(ctx, tx, l.rows[i].lo); err != nil {
				return err
			}
			i++
		}
		if i < len(l.rows) && l.rows[i].lo == s.lo {
			i++
			if l.rows[i-1] == s {
				continue
			}
		}
		if _, err := tx.ExecContext(ctx, `INSERT OR REPLACE INTO open_ranges
			(node, epoch, lo, hi, state, reason, said, since, merged, from_time, to_time) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
			l.key.node, l.key.epoch, s.lo, s.hi, s.state, s.reason, s.said, s.since, s.merged, s.from, s.to); err != nil {
			return fmt.Errorf("write open range: %w", err)
		}
	}
	for ; i < len(l.rows); i++ {
		if err := l.remove(ctx, tx, l.rows[i].lo); err != nil {
			return err
		}
	}
	return nil
}

// boundOver keeps the node's open ranges at maxSpans at most, where every epoch
// may keep one.
func (l *storedLedger) boundOver(ctx context.Context, tx *sql.Tx) error {
	if len(l.open) <= len(l.rows) || len(l.open) == 1 {
		return nil // it has not grown, or cannot shrink
	}
	var others int
	if err := tx.QueryRowContext(ctx, `SELECT COUNT(*) FROM open_ranges WHERE node = ? AND epoch <> ?`,
		l.key.node, l.key.epoch).Scan(&others); err != nil {
		return fmt.Errorf("count open ranges: %w", err)
	}
	l.bound(maxSpans - maxEpochs - others)
	return nil
}

func (l *storedLedger) remove(ctx context.Context, tx *sql.Tx, lo uint64) error {
	if _, err := tx.ExecContext(ctx, `DELETE FROM open_ranges WHERE node = ? AND epoch = ? AND lo = ?`,
		l.key.node, l.key.epoch, lo); err != nil {
		return fmt.Errorf("remove open range: %w", err)
	}
	return nil
}

// begin writes a new epoch's row, and makes room for it.
func (l *storedLedger) begin(ctx context.Context, tx *sql.Tx, now int64) error {
	if _, err := tx.ExecContext(ctx, `INSERT INTO epochs (node, epoch, next, edge, newest, state_next, boot, seen) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
		l.key.node, l.key.epoch, l.next, l.edge, l.newest, l.stateNext, l.boot, now); err != nil {
		return fmt.Errorf("write epoch: %w", err)
	}
	rows, err := tx.QueryContext(ctx, `SELECT epoch FROM epochs WHERE node = ? AND epoch <> ?
		ORDER BY seen DESC, epoch LIMIT -1 OFFSET ?`, l.key.node, l.key.epoch, maxEpochs-1)
	if err != nil {
		return fmt.Errorf("list old epochs: %w", err)
	}
	old, err := column[string](rows)
	if err != nil {
		return fmt.Errorf("list old epochs: %w", err)
	}
	for _, epoch := range old {
		for _, table := range []string{"epochs", "open_ranges"} {
			if _, err := tx.ExecContext(ctx, `DELETE FROM `+table+` WHERE node = ? AND epoch = ?`, l.key.node, epoch); err != nil {
				return fmt.Errorf("forget old epoch: %w", err)
			}
		}
		if err := note(ctx, tx, Anomaly{
			Node: l.key.node, Kind: EpochsForgotten,
			Detail: fmt.Sprintf("more than %d epochs: the ledger of the oldest was dropped, last %q", maxEpochs, epoch),
		}, now); err != nil {
			return err
		}
	}
	return nil
}

// column reads the only column of rows, and closes them.
func column[T any](rows *sql.Rows) ([]T, error) {
	defer rows.Close()
	var all []T
	for rows.Next() {
		var v T
		if err := rows.Scan(&v); err != nil {
			return nil, err
		}
		all = append(all, v)
	}
	return all, rows.Err()
}
