package registry

import (
	"context"
	"crypto/subtle"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/siaga-id/siaga/internal/reading"
)

// Why an enrolment token is refused.
var (
	ErrTokenUnknown   = errors.New("token is not known")
	ErrTokenExpired   = errors.New("token has expired")
	ErrTokenWithdrawn = errors.New("token was withdrawn")
	// ErrTokenUsed tells that it was used with another key.
	ErrTokenUsed = errors.New("token was used with another key")
	// ErrNoSite tells that nobody has said where the node is.
	ErrNoSite = errors.New("node has no site")
	// ErrTooManyOpenTokens tells that so many of a node are open already.
	ErrTooManyOpenTokens = errors.New("too many open tokens")
)

const (
	// maxOpenTokens bounds the tokens of one node that could be used.
	maxOpenTokens = 10
	// tokensKept is for how long one stays listed after its end.
	tokensKept = 365 * 24 * time.Hour
)

// EnrolmentToken is what the center remembers of a one-time token.
type EnrolmentToken struct {
	// ID is for people and paths; it opens nothing.
	ID      string
	Node    reading.NodeID
	Created time.Time
	// By is who asked for it.
	By      string
	Expires time.Time
	// Withdrawn and Used are when, zero while not.
	Withdrawn, Used time.Time
}

// AddEnrolmentToken keeps a token by the SHA-256 of its secret. Created and By
// are set here. Errors: ErrNotFound, ErrRetired, ErrNoSite, ErrTooManyOpenTokens.
func (r *Registry) AddEnrolmentToken(ctx context.Context, by Actor, t EnrolmentToken, digest [32]byte) error {
	err := r.update(ctx, "token", func(tx *sql.Tx) error {
		site, err := standing(ctx, tx, t.Node)
		if err != nil {
			return err
		}
		if _, err := reading.ParseSiteCode(string(site)); err != nil {
			return ErrNoSite
		}
		now := r.opt.Now()
		if _, err := tx.ExecContext(ctx, `DELETE FROM enrolment_tokens WHERE node = ? AND expires < ?`, t.Node, ms(now.Add(-tokensKept))); err != nil {
			return fmt.Errorf("forget old tokens: %w", err)
		}
		var open int
		if err := tx.QueryRowContext(ctx, `SELECT COUNT(*) FROM enrolment_tokens WHERE node = ? AND used = 0 AND withdrawn = 0 AND expires > ?`,
			t.Node, ms(now)).Scan(&open); err != nil {
			return fmt.Errorf("count tokens: %w", err)
		}
		if open >= maxOpenTokens {
			return fmt.Errorf("%w: %d: withdraw some", ErrTooManyOpenTokens, open)
		}
		if _, err := tx.ExecContext(ctx, `INSERT INTO enrolment_tokens (id, node, digest, created, by, expires) VALUES (?, ?, ?, ?, ?, ?)`,
			t.ID, t.Node, digest[:], ms(now), by.Name, ms(t.Expires)); err != nil {
			return fmt.Errorf("keep token: %w", err)
		}
		return r.audit(ctx, tx, by, "token.create", "node:"+string(t.Node), nil, map[string]any{"token": t.ID, "expires": t.Expires.UTC()})
	})
	if err != nil {
		return fmt.Errorf("add enrolment token of %s: %w", t.Node, err)
	}
	return nil
}

// EnrolmentTokens returns a node's tokens, the newest first.
func (r *Registry) EnrolmentTokens(ctx context.Context, node reading.NodeID) ([]EnrolmentToken, error) {
	rows, err := r.read.QueryContext(ctx, `SELECT id, node, created, by, expires, withdrawn, used FROM enrolment_tokens
		WHERE node = ? ORDER BY created DESC, id`, node)
	if err != nil {
		return nil, fmt.Errorf("list enrolment tokens: %w", err)
	}
	defer rows.Close()
	var all []EnrolmentToken
	for rows.Next() {
		var t EnrolmentToken
		var created, expires, withdrawn, used int64
		if err := rows.Scan(&t.ID, &t.Node, &created, &t.By, &expires, &withdrawn, &used); err != nil {
			return nil, fmt.Errorf("list enrolment tokens: %w", err)
		}
		t.Created, t.Expires, t.Withdrawn, t.Used = at(created), at(expires), at(withdrawn), at(used)
		all = append(all, t)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("list enrolment tokens: %w", err)
	}
	return all, nil
}

// WithdrawEnrolmentToken ends a token, also one that was used: it gives nothing
// again. The certificate that it gave stays. ErrNotFound tells that there is no
// such token; withdrawing it again does nothing.
func (r *Registry) WithdrawEnrolmentToken(ctx context.Context, by Actor, id string) error {
	err := r.update(ctx, "token", func(tx *sql.Tx) error {
		var node reading.NodeID
		var withdrawn int64
		err := tx.QueryRowContext(ctx, `SELECT node, withdrawn FROM enrolment_tokens WHERE id = ?`, id).Scan(&node, &withdrawn)
		if errors.Is(err, sql.ErrNoRows) {
			return ErrNotFound
		}
		if err != nil || withdrawn != 0 {
			return err
		}
		if _, err := tx.ExecContext(ctx, `UPDATE enrolment_tokens SET withdrawn = ? WHERE id = ?`, ms(r.opt.Now()), id); err != nil {
			return err
		}
		return r.audit(ctx, tx, by, "token.withdraw", "node:"+string(node), nil, map[string]any{"token": id})
	})
	if err != nil {
		return fmt.Errorf("withdraw enrolment token %.64q: %w", id, err)
	}
	return nil
}

// Enrolment is a node that shows a token.
type Enrolment struct {
	// Node is whom the token's text names, Digest the SHA-256 of its secret.
	Node   reading.NodeID
	Digest [32]byte
	// Key is the SHA-256 of the public key that the certificate is to be for.
	Key [32]byte
	// Address is where the request came from.
	Address string
}

// Enrolled is what an enrolment gave.
type Enrolled struct {
	Certificate Certificate
	Site        reading.SiteCode
	// Revoked are the serials of the node's earlier certificates that this one has
	// replaced.
	Revoked []string
}

// Enrol gives a certificate for a token, signed by make. Its first use claims the
// node, ends the node's other tokens, and revokes its earlier certificates. The
// same token with the same key gives the same certificate again, for as long as
// that is valid, also after the token's own end: its answer was lost. All of it is
// durable when Enrol returns. Errors: ErrTokenUnknown, ErrTokenExpired,
// ErrTokenWithdrawn, ErrTokenUsed, ErrRetired, ErrRevoked, ErrTooOften; those of a
// token that exists are written into the audit.
func (r *Registry) Enrol(ctx context.Context, e Enrolment, make func(reading.NodeID) (Certificate, error)) (Enrolled, error) {
	var done Enrolled
	var refused error
	err := r.update(ctx, "enrol", func(tx *sql.Tx) error {
		done, refused = Enrolled{}, nil
		id, err := r.enrol(ctx, tx, e, make, &done)
		for _, no := range []error{ErrTokenExpired, ErrTokenWithdrawn, ErrTokenUsed, ErrRetired, ErrRevoked} {
			if errors.Is(err, no) {
				refused = err
				return r.auditToken(ctx, tx, e, id, no)
			}
		}
		return err
	})
	if err == nil {
		err = refused
	}
	if err != nil {
		return Enrolled{}, fmt.Errorf("enrol %s: %w", e.Node, err)
	}
	return done, nil
}

// auditToken writes down that a token was shown that gave nothing.
func (r *Registry) auditToken(ctx context.Context, tx *sql.Tx, e Enrolment, id string, no error) error {
	after, err := auditJSON(map[string]any{"token": id})
	if err != nil {
		return err
	}
	return r.writeAudit(ctx, tx, AuditEntry{
		Actor: Actor{"node:" + string(e.Node), e.Address}, Action: "token.use", Object: "node:" + string(e.Node), After: after, Refused: no.Error(),
	})
}

// enrol changes nothing where it returns an error of a refusal.
func (r *Registry) enrol(ctx context.Context, tx *sql.Tx, e Enrolment, make func(reading.NodeID) (Certificate, error), done *Enrolled) (id string, err error) {
	var node reading.NodeID
	var expires, withdrawn, used int64
	var digest, key []byte
	err = tx.QueryRowContext(ctx, `SELECT id, node, digest, expires, withdrawn, used, key FROM enrolment_tokens WHERE digest = ?`, e.Digest[:]).
		Scan(&id, &node, &digest, &expires, &withdrawn, &used, &key)
	if errors.Is(err, sql.ErrNoRows) {
		return "", ErrTokenUnknown
	}
	if err != nil {
		return "", fmt.Errorf("look up token: %w", err)
	}
	if subtle.ConstantTimeCompare(digest, e.Digest[:]) != 1 || node != e.Node {
		return "", ErrTokenUnknown
	}
	if done.Site, err = standing(ctx, tx, node); err != nil {
		return id, err
	}
	now := r.opt.Now()
	switch {
	case withdrawn != 0:
		return id, ErrTokenWithdrawn
	case used != 0 && subtle.ConstantTimeCompare(key, e.Key[:]) != 1:
		return id, ErrTokenUsed
	case used != 0:
		done.Certificate, err = given(ctx, tx, id, now)
		return id, err
	case ms(now) >= expires:
		return id, ErrTokenExpired
	}
	if done.Certificate, err = r.issue(ctx, tx, Actor{"node:" + string(node), e.Address}, node, id, make); err != nil {
		return id, err
	}
	return id, r.takeOver(ctx, tx, e, id, done)
}

// given is the certificate that a used token gave.
func given(ctx context.Context, tx *sql.Tx, id string, now time.Time) (Certificate, error) {
	c, err := scanCertificate(tx.QueryRowContext(ctx, `SELECT `+certificateColumns+` FROM certificates WHERE token = ? AND token <> '' ORDER BY issued DESC LIMIT 1`, id))
	switch {
	case errors.Is(err, sql.ErrNoRows): // forgotten, long after its end
		return c, ErrTokenExpired
	case err != nil:
		return c, fmt.Errorf("look up certificate: %w", err)
	case !c.Revoked.IsZero():
		return c, ErrRevoked
	case !now.Before(c.NotAfter):
		return c, ErrTokenExpired
	}
	return c, nil
}

// takeOver makes the new certificate the node's only one.
func (r *Registry) takeOver(ctx context.Context, tx *sql.Tx, e Enrolment, id string, done *Enrolled) (err error) {
	now := ms(r.opt.Now())
	if _, err := tx.ExecContext(ctx, `UPDATE enrolment_tokens SET used = ?, key = ? WHERE id = ?`, now, e.Key[:], id); err != nil {
		return fmt.Errorf("mark token: %w", err)
	}
	if _, err := tx.ExecContext(ctx, `UPDATE enrolment_tokens SET withdrawn = ? WHERE node = ? AND id != ? AND withdrawn = 0`, now, e.Node, id); err != nil {
		return fmt.Errorf("withdraw other tokens: %w", err)
	}
	if _, err := tx.ExecContext(ctx, `UPDATE nodes SET claimed = 1, claimed_site = ? WHERE id = ?`, done.Site, e.Node); err != nil {
		return fmt.Errorf("claim node: %w", err)
	}
	done.Revoked, err = r.revoke(ctx, tx, Actor{"node:" + string(e.Node), e.Address}, e.Node, "enrolled again", done.Certificate.Serial)
	return err
}
