package registry

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"
)

// Digest is the SHA-256 of a secret: what the registry keeps of it.
type Digest [32]byte

// maxSessions bounds the sessions of one account; the oldest goes first.
const maxSessions = 20

// Session is a person's who has signed in.
type Session struct {
	Account Account
	// Created is when he signed in, Seen when he was last heard of, Expires when
	// the session ends whatever he does.
	Created, Seen, Expires time.Time
}

// AddSession begins a session of an account and ends the one of replaces, where
// that is not nil. It returns ErrNotFound where there is no such account that may
// sign in, or its password has changed since changed.
func (r *Registry) AddSession(ctx context.Context, by Actor, digest Digest, account string, changed, expires time.Time, replaces *Digest) error {
	err := r.update(ctx, "session", func(tx *sql.Tx) error {
		a, err := lookUpAccount(ctx, tx, account)
		if err != nil {
			return err
		}
		if a.Disabled || !a.Changed.Equal(changed) {
			return ErrNotFound
		}
		now := ms(r.opt.Now())
		if _, err := tx.ExecContext(ctx, `DELETE FROM sessions WHERE expires <= ?`, now); err != nil {
			return err
		}
		if replaces != nil {
			if _, err := tx.ExecContext(ctx, `DELETE FROM sessions WHERE digest = ?`, replaces[:]); err != nil {
				return err
			}
		}
		if _, err := tx.ExecContext(ctx, `INSERT INTO sessions (digest, account, created, seen, expires, address) VALUES (?, ?, ?, ?, ?, ?)`,
			digest[:], a.Name, now, now, ms(expires), by.Address); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `DELETE FROM sessions WHERE digest IN
			(SELECT digest FROM sessions WHERE account = ? ORDER BY created DESC, digest LIMIT -1 OFFSET ?)`, a.Name, maxSessions); err != nil {
			return err
		}
		return r.audit(ctx, tx, by, "sign-in", "account:"+a.Name, nil, nil)
	})
	if err != nil {
		return fmt.Errorf("begin session: %w", err)
	}
	return nil
}

// Session returns a session, or ErrNotFound where it has ended, was not heard of
// for longer than idle, or its account may not sign in.
func (r *Registry) Session(ctx context.Context, digest Digest, idle time.Duration) (Session, error) {
	var s Session
	var err error
	var began, seen, expires int64
	now := r.opt.Now()
	s.Account, err = scanAccount(func(to ...any) error {
		return r.read.QueryRowContext(ctx, `SELECT a.name, a.role, a.disabled, a.created, a.changed, s.created, s.seen, s.expires
			FROM sessions s JOIN accounts a ON a.name = s.account
			WHERE s.digest = ? AND a.disabled = 0 AND s.expires > ? AND s.seen > ?`, digest[:], ms(now), ms(now.Add(-idle))).
			Scan(append(to, &began, &seen, &expires)...)
	})
	if errors.Is(err, sql.ErrNoRows) {
		err = ErrNotFound
	}
	if err != nil {
		return Session{}, fmt.Errorf("look up session: %w", err)
	}
	s.Created, s.Seen, s.Expires = at(began), at(seen), at(expires)
	return s, nil
}

// SeeSession notes that a session was heard of now.
func (r *Registry) SeeSession(ctx context.Context, digest Digest) error {
	err := r.update(ctx, "session", func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `UPDATE sessions SET seen = ? WHERE digest = ?`, ms(r.opt.Now()), digest[:])
		return err
	})
	if err != nil {
		return fmt.Errorf("see session: %w", err)
	}
	return nil
}

// EndSession ends a session; that it has ended before is no error.
func (r *Registry) EndSession(ctx context.Context, by Actor, digest Digest) error {
	err := r.update(ctx, "session", func(tx *sql.Tx) error {
		var account string
		err := tx.QueryRowContext(ctx, `DELETE FROM sessions WHERE digest = ? RETURNING account`, digest[:]).Scan(&account)
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		if err != nil {
			return err
		}
		return r.audit(ctx, tx, by, "sign-out", "account:"+account, nil, nil)
	})
	if err != nil {
		return fmt.Errorf("end session: %w", err)
	}
	return nil
}
