package registry

import (
	"context"
	"database/sql"
	"fmt"
	"time"
)

// OpenSetup lets whoever knows the secret of digest make the first admin until
// expires; a secret that was open before is closed. While there is an admin it
// closes what is open and returns false.
func (r *Registry) OpenSetup(ctx context.Context, digest Digest, expires time.Time) (open bool, err error) {
	err = r.update(ctx, "setup", func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, `DELETE FROM setup`); err != nil {
			return err
		}
		n, err := admins(ctx, tx.QueryRowContext)
		if err != nil || n > 0 {
			return err
		}
		open = true
		_, err = tx.ExecContext(ctx, `INSERT INTO setup (digest, expires) VALUES (?, ?)`, digest[:], ms(expires))
		return err
	})
	if err != nil {
		return false, fmt.Errorf("open set-up: %w", err)
	}
	return open, nil
}

// IsSetup reports whether a digest is the open one. That it was so does not make
// SetUp succeed, which looks again.
func (r *Registry) IsSetup(ctx context.Context, digest Digest) (bool, error) {
	var n int
	err := r.read.QueryRowContext(ctx, `SELECT COUNT(*) FROM setup WHERE digest = ? AND expires > ?`, digest[:], ms(r.opt.Now())).Scan(&n)
	if err != nil {
		return false, fmt.Errorf("look up set-up: %w", err)
	}
	return n > 0, nil
}

// SetUp makes the first admin, whose password is a hash, for whoever knows the
// open secret, and closes it. It returns ErrNotFound where the secret is not the
// open one or there is an admin, and ErrExists where the name is taken.
func (r *Registry) SetUp(ctx context.Context, by Actor, digest Digest, name, password string) error {
	err := r.update(ctx, "setup", func(tx *sql.Tx) error {
		done, err := tx.ExecContext(ctx, `DELETE FROM setup WHERE digest = ? AND expires > ?`, digest[:], ms(r.opt.Now()))
		if err != nil {
			return err
		}
		gone, err := done.RowsAffected()
		if err != nil {
			return err
		}
		n, err := admins(ctx, tx.QueryRowContext)
		if err != nil {
			return err
		}
		if gone == 0 || n > 0 {
			return ErrNotFound
		}
		return r.addAccount(ctx, tx, by, name, adminRole, password)
	})
	if err != nil {
		return fmt.Errorf("set up: %w", err)
	}
	return nil
}
