package registry

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
)

// ReplayFailure is an entry that could not be replayed, and stays open.
type ReplayFailure struct {
	ID int64
	// Err is what replay said, or ErrNotFound for an id that is not open.
	Err error
}

// maxFailures bounds the failures that Replay lists; it counts them all.
const maxFailures = 100

// Replayed is what came of a Replay.
type Replayed struct {
	Done, Failed int
	// Failures are the first hundred of the failed.
	Failures []ReplayFailure
}

// Replay gives open entries to replay, the oldest first; ids nil means all that
// are open now. Where replay returns nil the payload is safe elsewhere, in an
// ingester's spool or as a new entry, and the old one is marked replayed and
// loses its payload. Otherwise it stays open, and the next one is tried. Replay
// itself fails when ctx ends or the registry fails.
//
// A crash between replay and mark replays the entry twice, which is harmless.
func (r *Registry) Replay(ctx context.Context, ids []int64, replay func(context.Context, Entry) error) (Replayed, error) {
	var res Replayed
	if ids == nil {
		var err error
		if ids, err = r.openIDs(ctx); err != nil {
			return res, fmt.Errorf("replay: %w", err)
		}
	}
	for _, id := range ids {
		failure, err := r.replay(ctx, id, replay)
		if err == nil && failure != nil {
			err = ctx.Err()
		}
		if err != nil {
			return res, fmt.Errorf("replay entry %d: %w", id, err)
		}
		if failure == nil {
			res.Done++
			continue
		}
		if res.Failed++; len(res.Failures) < maxFailures {
			res.Failures = append(res.Failures, ReplayFailure{id, failure})
		}
	}
	return res, nil
}

// replay returns as failure what replay said, as err what the registry did.
func (r *Registry) replay(ctx context.Context, id int64, replay func(context.Context, Entry) error) (failure, err error) {
	// The mark is made first: were the payload refused again while its entry is
	// open, it would be taken for the same entry, and go with it.
	var e Entry
	err = r.update(ctx, "replay", func(tx *sql.Tx) error {
		row := tx.QueryRowContext(ctx, `UPDATE quarantine SET replayed = ? WHERE id = ? AND replayed IS NULL AND dropped IS NULL
			RETURNING `+entryColumns+`, payload`, ms(r.opt.Now()), id)
		return e.scan(row, &e.Payload)
	})
	if errors.Is(err, sql.ErrNoRows) {
		return ErrNotFound, nil
	}
	if err != nil {
		return nil, err
	}
	failure = replay(ctx, e)
	// What came of it is noted even when ctx has ended.
	ctx = context.WithoutCancel(ctx)
	return failure, r.update(ctx, "replay", func(tx *sql.Tx) error {
		if failure != nil {
			return reopen(ctx, tx, id)
		}
		if _, err := tx.ExecContext(ctx, `UPDATE quarantine SET payload = NULL WHERE id = ?`, id); err != nil {
			return err
		}
		return forget(ctx, tx)
	})
}

// reopen opens an entry of which it is not known that its payload is safe. It
// stays marked, and loses its payload, where the same is there as another entry.
func reopen(ctx context.Context, tx *sql.Tx, id int64) error {
	if _, err := tx.ExecContext(ctx, `UPDATE OR IGNORE quarantine SET replayed = NULL WHERE id = ?`, id); err != nil {
		return err
	}
	_, err := tx.ExecContext(ctx, `UPDATE quarantine SET payload = NULL WHERE id = ? AND replayed IS NOT NULL`, id)
	return err
}

// recoverReplays opens the entries that were being replayed when the program
// died.
func (r *Registry) recoverReplays(ctx context.Context) error {
	err := r.update(ctx, "replay", func(tx *sql.Tx) error {
		rows, err := tx.QueryContext(ctx, `SELECT id FROM quarantine WHERE replayed IS NOT NULL AND payload IS NOT NULL`)
		if err != nil {
			return err
		}
		ids, err := column[int64](rows)
		if err != nil {
			return err
		}
		for _, id := range ids {
			if err := reopen(ctx, tx, id); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("recover replays: %w", err)
	}
	return nil
}

// Drop gives open entries up for good; ids nil means all that are open now. It
// returns how many there were; ids that are not open are passed over.
func (r *Registry) Drop(ctx context.Context, ids []int64) (int, error) {
	if ids == nil {
		var err error
		if ids, err = r.openIDs(ctx); err != nil {
			return 0, fmt.Errorf("drop: %w", err)
		}
	}
	n := 0
	err := r.update(ctx, "drop", func(tx *sql.Tx) error {
		n = 0
		for _, id := range ids {
			res, err := tx.ExecContext(ctx, `UPDATE quarantine SET dropped = ?, payload = NULL
				WHERE id = ? AND replayed IS NULL AND dropped IS NULL`, ms(r.opt.Now()), id)
			if err != nil {
				return err
			}
			one, err := res.RowsAffected()
			if err != nil {
				return err
			}
			n += int(one)
		}
		return forget(ctx, tx)
	})
	if err != nil {
		return 0, fmt.Errorf("drop: %w", err)
	}
	return n, nil
}

func (r *Registry) openIDs(ctx context.Context) ([]int64, error) {
	rows, err := r.read.QueryContext(ctx, `SELECT id FROM quarantine WHERE replayed IS NULL AND dropped IS NULL ORDER BY id`)
	if err != nil {
		return nil, err
	}
	return column[int64](rows)
}

// forget removes the oldest rows of what was replayed and dropped.
func forget(ctx context.Context, tx *sql.Tx) error {
	_, err := tx.ExecContext(ctx, `DELETE FROM quarantine WHERE id IN (SELECT id FROM quarantine
		WHERE payload IS NULL ORDER BY id DESC LIMIT -1 OFFSET ?)`, keptMarks)
	return err
}
