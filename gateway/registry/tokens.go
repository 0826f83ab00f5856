package registry

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"
)

// ErrTooManyAccessTokens tells that there is room for no more access tokens.
var ErrTooManyAccessTokens = errors.New("too many access tokens: revoke some")

const (
	// maxTokens bounds the access tokens that are good.
	maxTokens = 1000
	// maxOldTokens bounds those that were revoked or have expired, the oldest go
	// first.
	maxOldTokens = 1000
)

// AccessToken is what a program shows instead of signing in.
type AccessToken struct {
	// ID is no secret.
	ID string
	// Name says what it is for.
	Name string
	// Scope is a role, or "ingest".
	Scope   string
	Created time.Time
	// By is who made it.
	By string
	// Expires and Revoked end it, Used is when it was last shown, to the hour or
	// so; each zero where that is not so.
	Expires, Used, Revoked time.Time
}

// auditToken is what the audit log keeps of a token.
type auditToken struct {
	Name    string     `json:"name"`
	Scope   string     `json:"scope"`
	Expires *time.Time `json:"expires"`
}

func (t *AccessToken) audited() auditToken {
	a := auditToken{Name: t.Name, Scope: t.Scope}
	if !t.Expires.IsZero() {
		a.Expires = &t.Expires
	}
	return a
}

// AddAccessToken makes a token known by the digest of its whole text. Created and
// By are set from the clock and by. It returns ErrExists where its ID is taken,
// and ErrTooManyAccessTokens.
func (r *Registry) AddAccessToken(ctx context.Context, by Actor, t AccessToken, digest Digest) (AccessToken, error) {
	now := r.opt.Now()
	t.Created, t.By, t.Expires = at(ms(now)), by.Name, at(ms(t.Expires))
	err := r.update(ctx, "token", func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, `DELETE FROM access_tokens WHERE id IN (SELECT id FROM access_tokens
			WHERE revoked <> 0 OR expires <> 0 AND expires <= ? ORDER BY created DESC LIMIT -1 OFFSET ?)`, ms(now), maxOldTokens); err != nil {
			return err
		}
		var good int
		if err := tx.QueryRowContext(ctx, `SELECT COUNT(*) FROM access_tokens WHERE revoked = 0 AND (expires = 0 OR expires > ?)`, ms(now)).Scan(&good); err != nil {
			return err
		}
		if good >= maxTokens {
			return ErrTooManyAccessTokens
		}
		done, err := tx.ExecContext(ctx, `INSERT INTO access_tokens (id, name, scope, digest, created, by, expires) VALUES (?, ?, ?, ?, ?, ?, ?)
			ON CONFLICT DO NOTHING`, t.ID, t.Name, t.Scope, digest[:], ms(t.Created), t.By, ms(t.Expires))
		if err != nil {
			return err
		}
		if n, err := done.RowsAffected(); err != nil {
			return err
		} else if n == 0 {
			return ErrExists
		}
		return r.audit(ctx, tx, by, "token.create", "token:"+t.ID, nil, t.audited())
	})
	if err != nil {
		return AccessToken{}, fmt.Errorf("add access token: %w", err)
	}
	return t, nil
}

const tokenColumns = `id, name, scope, created, by, expires, used, revoked`

// AccessTokens returns all access tokens, the newest first.
func (r *Registry) AccessTokens(ctx context.Context) ([]AccessToken, error) {
	rows, err := r.read.QueryContext(ctx, `SELECT `+tokenColumns+` FROM access_tokens ORDER BY created DESC, id`)
	if err != nil {
		return nil, fmt.Errorf("list access tokens: %w", err)
	}
	defer rows.Close()
	var all []AccessToken
	for rows.Next() {
		t, err := scanToken(rows.Scan)
		if err != nil {
			return nil, fmt.Errorf("list access tokens: %w", err)
		}
		all = append(all, t)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("list access tokens: %w", err)
	}
	return all, nil
}

// AccessToken returns the token of an ID and the digest of its text, or
// ErrNotFound where there is none, or it has expired or was revoked.
func (r *Registry) AccessToken(ctx context.Context, id string) (t AccessToken, digest Digest, err error) {
	var kept []byte
	t, err = scanToken(func(to ...any) error {
		return r.read.QueryRowContext(ctx, `SELECT `+tokenColumns+`, digest FROM access_tokens
			WHERE id = ? AND revoked = 0 AND (expires = 0 OR expires > ?)`, id, ms(r.opt.Now())).Scan(append(to, &kept)...)
	})
	if errors.Is(err, sql.ErrNoRows) {
		err = ErrNotFound
	}
	if err == nil && copy(digest[:], kept) != len(digest) {
		err = fmt.Errorf("its digest has %d bytes", len(kept))
	}
	if err != nil {
		return AccessToken{}, Digest{}, fmt.Errorf("look up access token: %w", err)
	}
	return t, digest, nil
}

// UseAccessToken notes that a token was shown now.
func (r *Registry) UseAccessToken(ctx context.Context, id string) error {
	err := r.update(ctx, "token", func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `UPDATE access_tokens SET used = ? WHERE id = ?`, ms(r.opt.Now()), id)
		return err
	})
	if err != nil {
		return fmt.Errorf("note use of access token: %w", err)
	}
	return nil
}

// RevokeAccessToken ends a token for good. It returns ErrNotFound where there is
// none of that ID that is not revoked yet.
func (r *Registry) RevokeAccessToken(ctx context.Context, by Actor, id string) error {
	err := r.update(ctx, "token", func(tx *sql.Tx) error {
		t, err := scanToken(tx.QueryRowContext(ctx, `UPDATE access_tokens SET revoked = ? WHERE id = ? AND revoked = 0 RETURNING `+tokenColumns,
			ms(r.opt.Now()), id).Scan)
		if errors.Is(err, sql.ErrNoRows) {
			return ErrNotFound
		}
		if err != nil {
			return err
		}
		return r.audit(ctx, tx, by, "token.revoke", "token:"+id, t.audited(), nil)
	})
	if err != nil {
		return fmt.Errorf("revoke access token: %w", err)
	}
	return nil
}

func scanToken(scan func(...any) error) (AccessToken, error) {
	var t AccessToken
	var created, expires, used, revoked int64
	err := scan(&t.ID, &t.Name, &t.Scope, &created, &t.By, &expires, &used, &revoked)
	t.Created, t.Expires, t.Used, t.Revoked = at(created), at(expires), at(used), at(revoked)
	return t, err
}
