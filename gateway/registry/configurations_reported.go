package registry

import (
	"bytes"
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/siaga-id/siaga/internal/reading"
	"github.com/siaga-id/siaga/internal/wire"
)

// ReportConfiguration takes over what a node says of its configuration: what is in
// force, what was before, what became of the version that the center desired, and
// its sensors' corrections. What it repeats changes nothing. Errors: ErrInvalid,
// ErrTooManyNodes.
func (r *Registry) ReportConfiguration(ctx context.Context, node reading.NodeID, report wire.ReportedConfig, received time.Time) error {
	text, err := report.Encode()
	if err != nil {
		return fmt.Errorf("%w: configuration of %s: %w", ErrInvalid, node, err)
	}
	digest := sha256.Sum256(text)
	var before []byte
	err = r.read.QueryRowContext(ctx, `SELECT digest FROM configuration_reports WHERE node = ?`, node).Scan(&before)
	if err == nil && bytes.Equal(before, digest[:]) {
		return nil
	}
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return fmt.Errorf("keep configuration of %s: %w", node, err)
	}
	err = r.update(ctx, "configuration", func(tx *sql.Tx) error {
		now := ms(received)
		if err := r.see(ctx, tx, node, now); err != nil {
			return err
		}
		if err := tooOften(ctx, tx, node, now); err != nil {
			return err
		}
		for _, c := range report.Changes {
			if err := r.reported(ctx, tx, node, c, nil, wire.Superseded, now); err != nil {
				return err
			}
		}
		if err := r.inForce(ctx, tx, node, report, now); err != nil {
			return err
		}
		if err := r.outcome(ctx, tx, node, report.Desired); err != nil {
			return err
		}
		corrections, err := json.Marshal(report.Corrections)
		if err != nil {
			return fmt.Errorf("write corrections: %w", err)
		}
		_, err = tx.ExecContext(ctx, `INSERT OR REPLACE INTO configuration_reports (node, received, version, trial, corrections, digest) VALUES (?, ?, ?, ?, ?, ?)`,
			node, now, report.Version, report.Trial, string(corrections), digest[:])
		if err != nil {
			return fmt.Errorf("write report: %w", err)
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("keep configuration of %s: %w", node, err)
	}
	return nil
}

// changesAnHour bounds what one node adds to the audit log: one that is stolen
// could push all else out of it.
const changesAnHour = 200

// tooOften returns an error where the node has told of more changes within the
// last hour than people make.
func tooOften(ctx context.Context, tx *sql.Tx, node reading.NodeID, now int64) error {
	var n int
	err := tx.QueryRowContext(ctx, `SELECT COUNT(*) FROM (SELECT 1 FROM audit WHERE object = ? AND who = ? AND time > ? LIMIT ?)`,
		"node:"+string(node), nodeActor(node).Name, now-time.Hour.Milliseconds(), changesAnHour).Scan(&n)
	if err != nil {
		return fmt.Errorf("count changes: %w", err)
	}
	if n >= changesAnHour {
		return fmt.Errorf("%w: %d changes within an hour: it is heard again later", ErrInvalid, n)
	}
	return nil
}

// reported adds a version of which a node tells, unless it is known, and writes down
// what people changed there.
func (r *Registry) reported(ctx context.Context, tx *sql.Tx, node reading.NodeID, c wire.ConfigChange, body wire.ConfigBody, state wire.ConfigState, now int64) error {
	added, err := putConfiguration(ctx, tx, Configuration{
		Node: node, Version: c.Version, Based: c.Based, Origin: c.Origin, Author: c.Author, Reason: c.Reason, State: state, Body: body,
	}, c.TimeMS, now)
	if err != nil || !added || c.Origin != wire.FromNode {
		return err
	}
	return r.audit(ctx, tx, nodeActor(node), "configuration.change", "node:"+string(node), map[string]uint64{"version": c.Based},
		map[string]any{"version": c.Version, "author": c.Author, "reason": c.Reason})
}

func nodeActor(node reading.NodeID) Actor { return Actor{Name: "node:" + string(node)} }

// inForce notes which version is in force, and that the one before is not.
func (r *Registry) inForce(ctx context.Context, tx *sql.Tx, node reading.NodeID, report wire.ReportedConfig, now int64) error {
	c := report.ConfigChange
	if c.Version > 0 {
		if err := r.reported(ctx, tx, node, c, report.Body, wire.InForce, now); err != nil {
			return err
		}
	}
	if _, err := tx.ExecContext(ctx, `UPDATE configurations SET state = ? WHERE node = ? AND state = ? AND NOT (version = ? AND origin = ? AND time = ?)`,
		wire.Superseded, node, wire.InForce, c.Version, c.Origin, c.TimeMS); err != nil {
		return fmt.Errorf("write configuration: %w", err)
	}
	body := []byte{}
	if report.Body != nil {
		var err error
		if body, err = json.Marshal(report.Body); err != nil {
			return fmt.Errorf("write configuration: %w", err)
		}
	}
	if _, err := tx.ExecContext(ctx, `UPDATE configurations SET state = ?1, detail = '', known = ?2, body = IIF(body = '', ?3, body)
		WHERE node = ?4 AND version = ?5 AND origin = ?6 AND time = ?7`,
		wire.InForce, now, string(body), node, c.Version, c.Origin, c.TimeMS); err != nil {
		return fmt.Errorf("write configuration: %w", err)
	}
	return nil
}

// outcome notes why a version that the center desired is not in force.
func (r *Registry) outcome(ctx context.Context, tx *sql.Tx, node reading.NodeID, o *wire.ConfigOutcome) error {
	if o == nil || o.State == wire.InForce {
		return nil
	}
	done, err := tx.ExecContext(ctx, `UPDATE configurations SET state = ?1, detail = ?2
		WHERE node = ?3 AND version = ?4 AND origin = ?5 AND (state <> ?1 OR detail <> ?2)`, o.State, o.Detail, node, o.Version, wire.FromCenter)
	if err != nil {
		return fmt.Errorf("write configuration: %w", err)
	}
	if n, err := done.RowsAffected(); err != nil || n == 0 {
		return err
	}
	return r.audit(ctx, tx, nodeActor(node), "configuration."+string(o.State), "node:"+string(node), nil,
		map[string]any{"version": o.Version, "detail": o.Detail})
}

// ConfigurationReport returns what a node last said of its configuration, or
// ErrNotFound.
func (r *Registry) ConfigurationReport(ctx context.Context, node reading.NodeID) (ConfigurationReport, error) {
	var c ConfigurationReport
	var received int64
	var corrections []byte
	err := r.read.QueryRowContext(ctx, `SELECT received, version, trial, corrections FROM configuration_reports WHERE node = ?`, node).
		Scan(&received, &c.Version, &c.Trial, &corrections)
	if errors.Is(err, sql.ErrNoRows) {
		return c, fmt.Errorf("configuration of %s: %w", node, ErrNotFound)
	}
	if err == nil {
		err = json.Unmarshal(corrections, &c.Corrections)
	}
	if err != nil {
		return c, fmt.Errorf("read configuration of %s: %w", node, err)
	}
	c.Received = at(received)
	return c, nil
}
