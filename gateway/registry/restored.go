package registry

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"
)

// saidRestored is who says that packs are lost that came between a backup and
// its restoration.
const saidRestored = "siaga restore"

// History says what became of the readings of a backup.
type History string

// What a backup has of the readings.
const (
	// HistoryIncluded: all that were stored are in the backup.
	HistoryIncluded History = "included"
	// HistoryLeftOut: none are, and the InfluxDB that had them is gone.
	HistoryLeftOut History = "left out"
	// HistoryExternal: they are in an InfluxDB of its own, which goes on.
	HistoryExternal History = "external"
)

// Restoration is how a Snapshot becomes a registry again.
type Restoration struct {
	// Taken is the moment of the snapshot.
	Taken   time.Time
	History History
	// Retired is who has been kept out since; nil: nobody knows.
	Retired *Retirements
}

// Ended is what a restoration ended or kept out.
type Ended struct {
	// Open things of the time of the backup, which are over.
	Tokens     int `json:"tokens"`
	Sessions   int `json:"sessions"`
	SetupLinks int `json:"setup_links"`
	// Later retirements that were taken over.
	Nodes        int `json:"nodes"`
	Certificates int `json:"certificates"`
	Accounts     int `json:"accounts"`
	AccessTokens int `json:"access_tokens"`
	Devices      int `json:"devices"`
}

// Restore makes a Snapshot fit to be a registry again, in one transaction: open
// enrolment tokens, sessions and set-up links are over, later retirements hold,
// and of each epoch the node's next state tells what came since: packs that the
// node has no more and of which no report is here are lost, until a report says
// otherwise. The caller closes the registry then and opens it anew.
func (r *Registry) Restore(ctx context.Context, by Actor, in Restoration) (Ended, error) {
	var done Ended
	if in.Retired != nil && in.Retired.Exported.Before(in.Taken) {
		return done, fmt.Errorf("restore registry: the list of retirements is of %s and older than the backup, of %s: it would keep out who was let in between",
			in.Retired.Exported.UTC().Format(time.RFC3339), in.Taken.UTC().Format(time.RFC3339))
	}
	err := r.update(ctx, "restore", func(tx *sql.Tx) error {
		if err := r.endOpen(ctx, tx, &done); err != nil {
			return err
		}
		if in.Retired != nil {
			if err := r.keepOut(ctx, tx, by, in.Retired, &done); err != nil {
				return err
			}
		}
		if err := forgetStored(ctx, tx, in, ms(r.opt.Now())); err != nil {
			return err
		}
		return r.audit(ctx, tx, by, "backup.restore", "center", nil, map[string]any{"taken": in.Taken.UTC(), "history": in.History, "ended": done})
	})
	if err != nil {
		return Ended{}, fmt.Errorf("restore registry: %w", err)
	}
	return done, nil
}

// endOpen ends what somebody may have copied, or used since.
func (r *Registry) endOpen(ctx context.Context, tx *sql.Tx, done *Ended) error {
	for _, one := range []struct {
		count *int
		query string
		args  []any
	}{
		{&done.Tokens, `UPDATE enrolment_tokens SET withdrawn = ? WHERE withdrawn = 0 AND used = 0`, []any{ms(r.opt.Now())}},
		{&done.Sessions, `DELETE FROM sessions`, nil},
		{&done.SetupLinks, `DELETE FROM setup`, nil},
	} {
		n, err := affected(tx.ExecContext(ctx, one.query, one.args...))
		if err != nil {
			return fmt.Errorf("end what was open: %w", err)
		}
		*one.count = n
	}
	return nil
}

func affected(done sql.Result, err error) (int, error) {
	if err != nil {
		return 0, err
	}
	n, err := done.RowsAffected()
	return int(n), err
}

// keepOut takes over a list of retirements.
func (r *Registry) keepOut(ctx context.Context, tx *sql.Tx, by Actor, list *Retirements, done *Ended) error {
	for _, n := range list.Nodes {
		fresh, err := affected(tx.ExecContext(ctx, `INSERT INTO nodes (id, first_seen, retired) VALUES (?, ?, ?)
			ON CONFLICT (id) DO UPDATE SET retired = excluded.retired WHERE retired = 0`, n.Node, ms(n.Retired), ms(n.Retired)))
		if err != nil {
			return fmt.Errorf("retire %s: %w", n.Node, err)
		}
		done.Nodes += fresh
		if fresh == 0 {
			continue
		}
		if err := r.endCredentials(ctx, tx, by, n.Node); err != nil {
			return fmt.Errorf("retire %s: %w", n.Node, err)
		}
	}
	for _, c := range list.Certificates {
		// One that was issued later is not known: its number is enough to refuse it.
		fresh, err := affected(tx.ExecContext(ctx, `INSERT INTO certificates (serial, node, key, token, not_before, not_after, issued, revoked, reason, pem)
			VALUES (?1, ?2, x'', '', 0, 0, 0, ?3, ?4, '') ON CONFLICT (serial) DO UPDATE SET revoked = ?3, reason = ?4 WHERE revoked = 0`,
			c.Serial, c.Node, ms(c.Revoked), c.Reason))
		if err != nil {
			return fmt.Errorf("revoke certificate %s: %w", c.Serial, err)
		}
		done.Certificates += fresh
	}
	counts := []*int{&done.Accounts, &done.AccessTokens, &done.Devices}
	for i, kind := range inForce {
		have, err := fingerprints(ctx, tx, kind.list)
		if err != nil {
			return fmt.Errorf("compare what is in force: %w", err)
		}
		may := *kind.of(&list.InForce)
		for name, is := range have {
			if may[name] == is {
				continue
			}
			if _, err := tx.ExecContext(ctx, kind.end, name, ms(r.opt.Now())); err != nil {
				return fmt.Errorf("end what is in force no more: %w", err)
			}
			*counts[i]++
		}
	}
	return nil
}

// forgetStored makes the ledger believe no more than what the backup has.
func forgetStored(ctx context.Context, tx *sql.Tx, in Restoration, now int64) error {
	words := "restored from a backup of " + in.Taken.UTC().Format(time.RFC3339)
	if in.History == HistoryExternal {
		words += ": its readings may be in InfluxDB, which was not restored"
	}
	steps := []struct {
		query string
		args  []any
	}{
		{`DELETE FROM heard`, nil},
		{`INSERT OR REPLACE INTO meta (key, value) VALUES ('restored', ?)`, []any{words}},
		{`UPDATE nodes SET online = 0`, nil},
	}
	if in.History == HistoryLeftOut {
		steps = append(steps, []struct {
			query string
			args  []any
		}{
			{`DELETE FROM open_ranges`, nil},
			{`INSERT INTO open_ranges (node, epoch, lo, hi, state, reason, said, since, merged)
				SELECT node, epoch, 1, next - 1, ?, ?, ?, ?, 0 FROM epochs WHERE next > 1`, []any{Lost, words + ", without its history", saidRestored, now}},
			{`UPDATE epochs SET edge = 0, newest = 0`, nil},
			{`DELETE FROM minutes`, nil},
			{`DELETE FROM hours`, nil},
		}...)
	}
	for _, s := range steps {
		if _, err := tx.ExecContext(ctx, s.query, s.args...); err != nil {
			return fmt.Errorf("mark what may be lost: %w", err)
		}
	}
	return nil
}

// doubt takes note, at the first state of an epoch after a restoration, that what
// the node has no more was acknowledged by a center whose memory is gone. What a
// node that is not there said earlier is not that state, and told false says that
// the ledger must not heal by it.
func doubt(ctx context.Context, tx *sql.Tx, s StateReport, waiting []span, now int64) (told bool, err error) {
	var words string
	err = tx.QueryRowContext(ctx, `SELECT value FROM meta WHERE key = 'restored'
		AND NOT EXISTS (SELECT 1 FROM heard WHERE node = ? AND epoch = ?)`, s.Node, s.State.Epoch).Scan(&words)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return true, nil
	case err != nil:
		return false, fmt.Errorf("look up restoration: %w", err)
	case !s.State.Online:
		return false, nil
	}
	if _, err := tx.ExecContext(ctx, `INSERT INTO heard (node, epoch) VALUES (?, ?)`, s.Node, s.State.Epoch); err != nil {
		return false, fmt.Errorf("remember restoration: %w", err)
	}
	l, err := load(ctx, tx, epochKey{s.Node, s.State.Epoch})
	if err != nil {
		return false, err
	}
	l.doubt(s.State.NextSeq, waiting, words, now)
	return true, l.save(ctx, tx, now)
}

// doubt notes as lost what the node has no more, of packs below next that are not
// stored and of which the ledger did not know before that they are safe.
func (l *ledger) doubt(next uint64, waiting []span, reason string, now int64) {
	l.extend(next, now)
	var gone []span
	lo := uint64(1)
	for _, w := range waiting {
		if w.lo >= next {
			break
		}
		gone = append(gone, span{lo: lo, hi: w.lo - 1})
		lo = w.hi + 1
	}
	gone = append(gone, span{lo: lo, hi: next - 1})
	l.repaint(gone, func(s *span, _ span) bool {
		if s.state == Missing || s.state == Waiting {
			s.state, s.reason, s.said, s.since = Lost, reason, saidRestored, now
		}
		return true
	})
}
