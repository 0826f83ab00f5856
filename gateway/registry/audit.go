package registry

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

// Actor is who changes something.
type Actor struct {
	// Name is an account's name, "token:<id>", "node:<id>", or "system" for the
	// center itself and for `siaga` on its own machine.
	Name string
	// Address is where the request came from, "" for the center itself.
	Address string
}

const (
	// maxDone and maxRefused bound the audit log, the oldest go first.
	maxDone    = 200_000
	maxRefused = 50_000
	// pruneEvery is how many entries are written between two looks at the bounds.
	pruneEvery = 100
	// maxAuditJSON bounds what one entry keeps of a state, in bytes.
	maxAuditJSON = 16 << 10
)

// AuditEntry is something that was done, or tried.
type AuditEntry struct {
	// ID grows with every entry.
	ID   int64
	Time time.Time
	Actor
	// Action is what, such as "account.add"; Object to what, such as
	// "account:budi".
	Action, Object string
	// Before and After are the object's states, nil where there is none. One that
	// was too long to be kept is {"bytes": its length}.
	Before, After json.RawMessage
	// Refused says why it was not done, "" where it was.
	Refused string
}

// AuditFilter chooses entries; its zero value takes all.
type AuditFilter struct {
	// Who and Object are whole, Action is how the action begins.
	Who, Action, Object string
	// From is included, To is not; zero is no bound.
	From, To time.Time
	// Refused, where not nil, chooses what was refused, or what was done.
	Refused *bool
	// Below, where not 0, leaves out this entry and all after it: the ID of the
	// last entry of one page asks for the next.
	Below int64
	// Limit bounds the answer; 0 is 100.
	Limit int
}

// audit writes down, in the transaction of the change itself, who did what.
// before and after are kept as JSON; nil is nothing. They must hold no secret.
func (r *Registry) audit(ctx context.Context, tx *sql.Tx, by Actor, action, object string, before, after any) error {
	was, err := auditJSON(before)
	if err != nil {
		return fmt.Errorf("audit %s: %w", action, err)
	}
	is, err := auditJSON(after)
	if err != nil {
		return fmt.Errorf("audit %s: %w", action, err)
	}
	return r.writeAudit(ctx, tx, AuditEntry{Actor: by, Action: action, Object: object, Before: was, After: is})
}

func (r *Registry) writeAudit(ctx context.Context, tx *sql.Tx, e AuditEntry) error {
	done, err := tx.ExecContext(ctx, `INSERT INTO audit (time, who, address, action, object, before, after, refused) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
		ms(r.opt.Now()), e.Name, e.Address, e.Action, e.Object, string(e.Before), string(e.After), e.Refused)
	if err != nil {
		return fmt.Errorf("audit %s: %w", e.Action, err)
	}
	id, err := done.LastInsertId()
	if err != nil {
		return fmt.Errorf("audit %s: %w", e.Action, err)
	}
	if id%pruneEvery != 0 {
		return nil
	}
	return pruneAudit(ctx, tx, maxDone, maxRefused)
}

// pruneAudit keeps the newest entries of both kinds.
func pruneAudit(ctx context.Context, tx *sql.Tx, done, refused int) error {
	for _, kind := range []struct {
		index, where string
		keep         int
	}{{"audit_done", "refused = ''", done}, {"audit_refused", "refused <> ''", refused}} {
		if _, err := tx.ExecContext(ctx, `DELETE FROM audit WHERE `+kind.where+` AND id <=
			(SELECT id FROM audit INDEXED BY `+kind.index+` WHERE `+kind.where+` ORDER BY id DESC LIMIT 1 OFFSET ?)`, kind.keep); err != nil {
			return fmt.Errorf("bound audit log: %w", err)
		}
	}
	return nil
}

func auditJSON(v any) (json.RawMessage, error) {
	if v == nil {
		return nil, nil
	}
	b, err := json.Marshal(v)
	if len(b) > maxAuditJSON {
		return json.Marshal(map[string]int{"bytes": len(b)})
	}
	return b, err
}

// AddAudit writes down what was done or tried without a change of the registry's
// own, or before its methods knew of actors: refused says why it was not done, ""
// that it was. after is kept as JSON; nil is nothing. It must hold no secret.
func (r *Registry) AddAudit(ctx context.Context, by Actor, action, object string, after any, refused string) error {
	is, err := auditJSON(after)
	if err != nil {
		return fmt.Errorf("audit %s: %w", action, err)
	}
	return r.update(ctx, "audit", func(tx *sql.Tx) error {
		return r.writeAudit(ctx, tx, AuditEntry{Actor: by, Action: action, Object: object, After: is, Refused: refused})
	})
}

// Audit returns entries of the audit log, the newest first.
func (r *Registry) Audit(ctx context.Context, f AuditFilter) ([]AuditEntry, error) {
	where, args := f.where()
	limit := f.Limit
	if limit <= 0 {
		limit = 100
	}
	rows, err := r.read.QueryContext(ctx, `SELECT id, time, who, address, action, object, before, after, refused FROM audit`+
		where+` ORDER BY id DESC LIMIT ?`, append(args, limit)...)
	if err != nil {
		return nil, fmt.Errorf("read audit log: %w", err)
	}
	defer rows.Close()
	var all []AuditEntry
	for rows.Next() {
		var e AuditEntry
		var time int64
		var before, after string
		if err := rows.Scan(&e.ID, &time, &e.Name, &e.Address, &e.Action, &e.Object, &before, &after, &e.Refused); err != nil {
			return nil, fmt.Errorf("read audit log: %w", err)
		}
		e.Time = at(time)
		if before != "" {
			e.Before = json.RawMessage(before)
		}
		if after != "" {
			e.After = json.RawMessage(after)
		}
		all = append(all, e)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("read audit log: %w", err)
	}
	return all, nil
}

func (f *AuditFilter) where() (where string, args []any) {
	var parts []string
	add := func(part string, arg any) {
		parts = append(parts, part)
		args = append(args, arg)
	}
	if f.Who != "" {
		add(`who = ? COLLATE NOCASE`, f.Who)
	}
	if f.Action != "" {
		add(`instr(action, ?) = 1`, f.Action)
	}
	if f.Object != "" {
		add(`object = ?`, f.Object)
	}
	if !f.From.IsZero() {
		add(`time >= ?`, ms(f.From))
	}
	if !f.To.IsZero() {
		add(`time < ?`, ms(f.To))
	}
	if f.Below != 0 {
		add(`id < ?`, f.Below)
	}
	if f.Refused != nil {
		op := `refused = ''`
		if *f.Refused {
			op = `refused <> ''`
		}
		parts = append(parts, op)
	}
	if len(parts) == 0 {
		return "", nil
	}
	return ` WHERE ` + strings.Join(parts, ` AND `), args
}

// AllAudit gives every entry that f chooses, the newest first, without regard to
// f.Limit, until give returns an error, which it then returns.
func (r *Registry) AllAudit(ctx context.Context, f AuditFilter, give func(AuditEntry) error) error {
	// By pages: an export that somebody reads slowly must not hold the file open
	// for reading, which would let its WAL grow.
	f.Limit = 1000
	for {
		page, err := r.Audit(ctx, f)
		if err != nil {
			return err
		}
		for _, e := range page {
			if err := give(e); err != nil {
				return err
			}
		}
		if len(page) < f.Limit {
			return nil
		}
		f.Below = page[len(page)-1].ID
	}
}
