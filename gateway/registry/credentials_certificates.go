package registry

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/siaga-id/siaga/internal/reading"
)

// maxCertificatesADay bounds those that one node is given: it needs one in two
// months, and a technician who repairs it some more.
const maxCertificatesADay = 24

// Certificate is one that the center has issued to a node. Nothing in it is
// secret.
type Certificate struct {
	// Serial is its number, hexadecimal.
	Serial string
	Node   reading.NodeID
	// Key is the SHA-256 of its public key's SubjectPublicKeyInfo.
	Key [32]byte
	// Token is the id of the enrolment token that it was given for, "" for a
	// renewal.
	Token               string
	NotBefore, NotAfter time.Time
	Issued              time.Time
	// Revoked is when it was revoked, zero while it was not; Reason is why.
	Revoked time.Time
	Reason  string
	PEM     string
}

// Certificates returns all that a node was given, the newest first.
func (r *Registry) Certificates(ctx context.Context, node reading.NodeID) ([]Certificate, error) {
	return r.certificates(ctx, `WHERE node = ? ORDER BY issued DESC, serial`, node)
}

// Expiring returns the newest certificate of every node in service whose newest
// ends before the time given, the first to end first, at most limit.
func (r *Registry) Expiring(ctx context.Context, before time.Time, limit int) ([]Certificate, error) {
	return r.certificates(ctx, `c WHERE revoked = 0 AND not_after < ? AND NOT EXISTS (
			SELECT 1 FROM certificates n WHERE n.node = c.node AND n.revoked = 0 AND (n.not_after, n.serial) > (c.not_after, c.serial))
		AND NOT EXISTS (SELECT 1 FROM nodes WHERE id = c.node AND retired != 0)
		ORDER BY not_after, serial LIMIT ?`, ms(before), limit)
}

func (r *Registry) certificates(ctx context.Context, where string, args ...any) ([]Certificate, error) {
	rows, err := r.read.QueryContext(ctx, `SELECT `+certificateColumns+` FROM certificates `+where, args...)
	if err != nil {
		return nil, fmt.Errorf("list certificates: %w", err)
	}
	defer rows.Close()
	var all []Certificate
	for rows.Next() {
		c, err := scanCertificate(rows)
		if err != nil {
			return nil, fmt.Errorf("list certificates: %w", err)
		}
		all = append(all, c)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("list certificates: %w", err)
	}
	return all, nil
}

const certificateColumns = `serial, node, key, token, not_before, not_after, issued, revoked, reason, pem`

func scanCertificate(row interface{ Scan(...any) error }) (Certificate, error) {
	var c Certificate
	var key []byte
	var from, to, issued, revoked int64
	if err := row.Scan(&c.Serial, &c.Node, &key, &c.Token, &from, &to, &issued, &revoked, &c.Reason, &c.PEM); err != nil {
		return Certificate{}, err
	}
	copy(c.Key[:], key)
	c.NotBefore, c.NotAfter, c.Issued, c.Revoked = at(from), at(to), at(issued), at(revoked)
	return c, nil
}

// issue asks make for a certificate and keeps it.
func (r *Registry) issue(ctx context.Context, tx *sql.Tx, by Actor, node reading.NodeID, token string, make func(reading.NodeID) (Certificate, error)) (Certificate, error) {
	var today int
	now := r.opt.Now()
	if err := tx.QueryRowContext(ctx, `SELECT COUNT(*) FROM certificates WHERE node = ? AND issued > ?`, node, ms(now.AddDate(0, 0, -1))).Scan(&today); err != nil {
		return Certificate{}, fmt.Errorf("count certificates: %w", err)
	}
	if today >= maxCertificatesADay {
		return Certificate{}, fmt.Errorf("%w: %d in a day", ErrTooOften, today)
	}
	c, err := make(node)
	if err != nil {
		return Certificate{}, fmt.Errorf("issue certificate: %w", err)
	}
	c.Node, c.Token, c.Issued = node, token, now
	if _, err := tx.ExecContext(ctx, `INSERT INTO certificates (`+certificateColumns+`) VALUES (?, ?, ?, ?, ?, ?, ?, 0, '', ?)`,
		c.Serial, node, c.Key[:], token, ms(c.NotBefore), ms(c.NotAfter), ms(now), c.PEM); err != nil {
		return Certificate{}, fmt.Errorf("keep certificate: %w", err)
	}
	r.credentials.staged.enrolled = append(r.credentials.staged.enrolled, node)
	return c, r.audit(ctx, tx, by, "certificate.issue", "node:"+string(node), nil, map[string]any{
		"serial": c.Serial, "token": token, "not_after": c.NotAfter.UTC(),
	})
}

// revoke ends all certificates of a node that were not ended before, but for
// those of the serial given.
func (r *Registry) revoke(ctx context.Context, tx *sql.Tx, by Actor, node reading.NodeID, reason, except string) (serials []string, err error) {
	serials, err = texts(ctx, tx, `UPDATE certificates SET revoked = ?, reason = ? WHERE node = ? AND revoked = 0 AND serial != ? RETURNING serial`,
		ms(r.opt.Now()), reason, node, except)
	if err != nil {
		return nil, fmt.Errorf("revoke certificates: %w", err)
	}
	if len(serials) == 0 {
		return nil, nil
	}
	s := &r.credentials.staged
	s.revoked, s.barred = append(s.revoked, serials...), append(s.barred, node)
	return serials, r.audit(ctx, tx, by, "certificate.revoke", "node:"+string(node), nil, map[string]any{"serials": serials, "reason": reason})
}

// Renew gives a node a further certificate, on the word of the one that it shows,
// whose validity the caller has judged. The newest of the same key is given
// again where fresh says so: its answer was lost. Otherwise make signs one, which
// is durably known when Renew returns. The old one stays valid until its end. One that
// was never given here is not renewed, or who stole an authority's key would outlive
// it; only after a restoration may it have been given since the backup.
// Errors: ErrNotFound, ErrRetired, ErrRevoked, ErrNeverGiven, ErrTooOften.
func (r *Registry) Renew(ctx context.Context, by Actor, node reading.NodeID, serial string, key [32]byte,
	fresh func(Certificate) bool, make func(reading.NodeID) (Certificate, error),
) (c Certificate, site reading.SiteCode, err error) {
	err = r.update(ctx, "renew", func(tx *sql.Tx) error {
		if site, err = standing(ctx, tx, node); err != nil {
			return err
		}
		if err := r.Standing(node, serial); err != nil {
			return err
		}
		var given bool
		if err := tx.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM certificates WHERE serial = ? AND node = ?)
			OR EXISTS (SELECT 1 FROM meta WHERE key = 'restored')`, serial, node).Scan(&given); err != nil {
			return fmt.Errorf("look up certificate: %w", err)
		}
		if !given {
			return fmt.Errorf("%s: %w", serial, ErrNeverGiven)
		}
		newest, err := scanCertificate(tx.QueryRowContext(ctx, `SELECT `+certificateColumns+` FROM certificates
			WHERE node = ? AND key = ? AND revoked = 0 ORDER BY issued DESC LIMIT 1`, node, key[:]))
		switch {
		case err == nil && fresh(newest):
			c = newest
			return nil
		case err != nil && !errors.Is(err, sql.ErrNoRows):
			return fmt.Errorf("look up certificate: %w", err)
		}
		c, err = r.issue(ctx, tx, by, node, "", make)
		return err
	})
	if err != nil {
		return Certificate{}, "", fmt.Errorf("renew certificate of %s: %w", node, err)
	}
	return c, site, nil
}
