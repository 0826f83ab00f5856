package registry

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"time"

	"github.com/siaga-id/siaga/internal/reading"
)

// Maintenance is something that somebody did at a node. It is written once and
// never changes: what was wrong is said in a further one.
type Maintenance struct {
	ID   int64          `json:"id"`
	Node reading.NodeID `json:"node"`
	Time time.Time      `json:"time" doc:"when it was done"`
	Who  string         `json:"who" doc:"who did it"`
	What string         `json:"what" doc:"what was done"`
	Said time.Time      `json:"said" doc:"when it was written down"`
}

// AddMaintenance writes down what somebody did at a known node. A zero time is
// now, an empty who is by. Errors: *MistakesError, ErrNotFound.
func (r *Registry) AddMaintenance(ctx context.Context, by Actor, m Maintenance) (Maintenance, error) {
	now := r.opt.Now().UTC().Truncate(time.Millisecond)
	m.Said = now
	if m.Time.IsZero() {
		m.Time = now
	}
	m.Time = m.Time.UTC().Truncate(time.Millisecond)
	m.Who = cmp.Or(m.Who, by.Name)
	of := mistakes{object: "node:" + clipped(string(m.Node))}
	of.needed("who", m.Who, maxName)
	of.needed("what", m.What, maxText)
	if m.Time.After(now.Add(time.Hour)) || m.Time.Year() < firstYear {
		of.wrong("time", instant(m.Time), "harus waktu yang sudah lewat", "want a time that is past")
	}
	if len(of.all) > 0 {
		return Maintenance{}, fmt.Errorf("add maintenance: %w", &MistakesError{of.all})
	}
	err := r.update(ctx, "inventory", func(tx *sql.Tx) error {
		if _, err := asset(ctx, tx, m.Node); err != nil {
			return err
		}
		done, err := tx.ExecContext(ctx, `INSERT INTO maintenance (node, time, who, what, said) VALUES (?, ?, ?, ?, ?)`,
			m.Node, ms(m.Time), m.Who, m.What, ms(m.Said))
		if err != nil {
			return fmt.Errorf("write maintenance: %w", err)
		}
		if m.ID, err = done.LastInsertId(); err != nil {
			return fmt.Errorf("write maintenance: %w", err)
		}
		return r.audit(ctx, tx, by, "node.log", "node:"+string(m.Node), nil, map[string]string{"time": instant(m.Time), "who": m.Who, "what": m.What})
	})
	if err != nil {
		return Maintenance{}, fmt.Errorf("add maintenance: %w", err)
	}
	return m, nil
}

// Maintenance returns what was done at a node, the last first, at most limit.
func (r *Registry) Maintenance(ctx context.Context, node reading.NodeID, limit int) ([]Maintenance, error) {
	rows, err := r.read.QueryContext(ctx, `SELECT id, time, who, what, said FROM maintenance WHERE node = ? ORDER BY time DESC, id DESC LIMIT ?`, node, limit)
	if err != nil {
		return nil, fmt.Errorf("list maintenance: %w", err)
	}
	defer rows.Close()
	all := []Maintenance{}
	for rows.Next() {
		m := Maintenance{Node: node}
		var done, said int64
		if err := rows.Scan(&m.ID, &done, &m.Who, &m.What, &said); err != nil {
			return nil, fmt.Errorf("list maintenance: %w", err)
		}
		m.Time, m.Said = at(done), at(said)
		all = append(all, m)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("list maintenance: %w", err)
	}
	return all, nil
}
