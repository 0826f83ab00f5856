package registry

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"
)

// ErrLastAdmin tells that a change would leave nobody who keeps accounts.
var ErrLastAdmin = errors.New("this is the last admin")

// adminRole is what an account that keeps accounts has as its role.
const adminRole = "admin"

// Account is somebody who signs in.
type Account struct {
	// Name is compared without regard to case.
	Name string
	// Role is a name of package access's roles.
	Role string
	// Disabled accounts keep their name and may not sign in.
	Disabled bool
	// Created is when it was made, Changed when its password was last set.
	Created, Changed time.Time
}

// AccountChange is what is to change of an account; nil stays as it is.
type AccountChange struct {
	Role     *string
	Disabled *bool
	// Password is a hash.
	Password *string
}

// auditAccount is what the audit log keeps of an account.
type auditAccount struct {
	Role     string `json:"role"`
	Disabled bool   `json:"disabled"`
	// Password says that it was set, never to what.
	Password string `json:"password,omitempty"`
}

func (a *Account) audited() auditAccount { return auditAccount{Role: a.Role, Disabled: a.Disabled} }

// Accounts returns all accounts, by name.
func (r *Registry) Accounts(ctx context.Context) ([]Account, error) {
	rows, err := r.read.QueryContext(ctx, `SELECT name, role, disabled, created, changed FROM accounts ORDER BY name`)
	if err != nil {
		return nil, fmt.Errorf("list accounts: %w", err)
	}
	defer rows.Close()
	var all []Account
	for rows.Next() {
		a, err := scanAccount(rows.Scan)
		if err != nil {
			return nil, fmt.Errorf("list accounts: %w", err)
		}
		all = append(all, a)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("list accounts: %w", err)
	}
	return all, nil
}

// Account returns an account and its password's hash, or ErrNotFound.
func (r *Registry) Account(ctx context.Context, name string) (a Account, password string, err error) {
	a, err = scanAccount(func(to ...any) error {
		return r.read.QueryRowContext(ctx, `SELECT name, role, disabled, created, changed, password FROM accounts WHERE name = ?`, name).
			Scan(append(to, &password)...)
	})
	if errors.Is(err, sql.ErrNoRows) {
		err = ErrNotFound
	}
	if err != nil {
		return Account{}, "", fmt.Errorf("look up account: %w", err)
	}
	return a, password, nil
}

// HasAdmin reports whether there is an admin who may sign in.
func (r *Registry) HasAdmin(ctx context.Context) (bool, error) {
	n, err := admins(ctx, r.read.QueryRowContext)
	return n > 0, err
}

// AddAccount makes an account; password is a hash. It returns ErrExists where the
// name is taken.
func (r *Registry) AddAccount(ctx context.Context, by Actor, name, role, password string) error {
	err := r.update(ctx, "account", func(tx *sql.Tx) error {
		return r.addAccount(ctx, tx, by, name, role, password)
	})
	if err != nil {
		return fmt.Errorf("add account %s: %w", name, err)
	}
	return nil
}

func (r *Registry) addAccount(ctx context.Context, tx *sql.Tx, by Actor, name, role, password string) error {
	now := ms(r.opt.Now())
	done, err := tx.ExecContext(ctx, `INSERT INTO accounts (name, role, password, created, changed) VALUES (?, ?, ?, ?, ?)
		ON CONFLICT DO NOTHING`, name, role, password, now, now)
	if err != nil {
		return err
	}
	if n, err := done.RowsAffected(); err != nil {
		return err
	} else if n == 0 {
		return ErrExists
	}
	return r.audit(ctx, tx, by, "account.add", "account:"+name, nil, auditAccount{Role: role})
}

// SetAccount changes an account and returns it. Where the password changes or the
// account is disabled, all its sessions end. It returns ErrNotFound, or
// ErrLastAdmin.
func (r *Registry) SetAccount(ctx context.Context, by Actor, name string, change AccountChange) (Account, error) {
	var is Account
	err := r.update(ctx, "account", func(tx *sql.Tx) error {
		was, err := lookUpAccount(ctx, tx, name)
		if err != nil {
			return err
		}
		is = was
		if change.Role != nil {
			is.Role = *change.Role
		}
		if change.Disabled != nil {
			is.Disabled = *change.Disabled
		}
		after := is.audited()
		if change.Password != nil {
			is.Changed = at(ms(r.opt.Now()))
			after.Password = "set"
		}
		if _, err := tx.ExecContext(ctx, `UPDATE accounts SET role = ?, disabled = ?, changed = ?, password = IFNULL(?, password) WHERE name = ?`,
			is.Role, is.Disabled, ms(is.Changed), change.Password, name); err != nil {
			return err
		}
		if err := keepAnAdmin(ctx, tx, was); err != nil {
			return err
		}
		if change.Password != nil || is.Disabled {
			if _, err := tx.ExecContext(ctx, `DELETE FROM sessions WHERE account = ?`, name); err != nil {
				return err
			}
		}
		return r.audit(ctx, tx, by, "account.set", "account:"+was.Name, was.audited(), after)
	})
	if err != nil {
		return Account{}, fmt.Errorf("set account %s: %w", name, err)
	}
	return is, nil
}

// RemoveAccount removes an account with its sessions. It returns ErrNotFound, or
// ErrLastAdmin.
func (r *Registry) RemoveAccount(ctx context.Context, by Actor, name string) error {
	err := r.update(ctx, "account", func(tx *sql.Tx) error {
		was, err := lookUpAccount(ctx, tx, name)
		if err != nil {
			return err
		}
		// SQLite enforces no foreign key unless a connection asks for it.
		for _, statement := range []string{`DELETE FROM sessions WHERE account = ?`, `DELETE FROM accounts WHERE name = ?`} {
			if _, err := tx.ExecContext(ctx, statement, name); err != nil {
				return err
			}
		}
		if err := keepAnAdmin(ctx, tx, was); err != nil {
			return err
		}
		return r.audit(ctx, tx, by, "account.remove", "account:"+was.Name, was.audited(), nil)
	})
	if err != nil {
		return fmt.Errorf("remove account %s: %w", name, err)
	}
	return nil
}

// keepAnAdmin refuses a change of was after which nobody keeps accounts.
func keepAnAdmin(ctx context.Context, tx *sql.Tx, was Account) error {
	if was.Role != adminRole || was.Disabled {
		return nil
	}
	n, err := admins(ctx, tx.QueryRowContext)
	if err == nil && n == 0 {
		err = ErrLastAdmin
	}
	return err
}

func admins(ctx context.Context, query func(context.Context, string, ...any) *sql.Row) (n int, err error) {
	err = query(ctx, `SELECT COUNT(*) FROM accounts WHERE role = ? AND disabled = 0`, adminRole).Scan(&n)
	if err != nil {
		return 0, fmt.Errorf("count admins: %w", err)
	}
	return n, nil
}

func lookUpAccount(ctx context.Context, tx *sql.Tx, name string) (Account, error) {
	a, err := scanAccount(tx.QueryRowContext(ctx, `SELECT name, role, disabled, created, changed FROM accounts WHERE name = ?`, name).Scan)
	if errors.Is(err, sql.ErrNoRows) {
		return Account{}, ErrNotFound
	}
	return a, err
}

func scanAccount(scan func(...any) error) (Account, error) {
	var a Account
	var created, changed int64
	err := scan(&a.Name, &a.Role, &a.Disabled, &created, &changed)
	a.Created, a.Changed = at(created), at(changed)
	return a, err
}
