package registry

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/siaga-id/siaga/internal/reading"
	"github.com/siaga-id/siaga/internal/wire"
)

// Configuration is one version of a node's configuration.
type Configuration struct {
	Node    reading.NodeID    `json:"node"`
	Version uint64            `json:"version"`
	Based   uint64            `json:"based" doc:"the version that its author saw in force; 0: none"`
	Origin  wire.ConfigOrigin `json:"origin" enum:"center,node"`
	Author  string            `json:"author"`
	Reason  string            `json:"reason"`
	Time    time.Time         `json:"time" doc:"when it was made, or when the center came to know of it where the node did not know the time"`
	State   wire.ConfigState  `json:"state" enum:"desired,in force,failed,conflict,superseded"`
	Detail  string            `json:"detail,omitempty" doc:"why it is not in force"`
	// Body is nil where the node has not told it.
	Body wire.ConfigBody `json:"body,omitempty" doc:"what it says; absent where it is not known"`
}

// ConfigurationReport is what a node last said of its configuration.
type ConfigurationReport struct {
	Received time.Time
	// Version is the one in force.
	Version uint64
	// Trial is true while the node would still give it back.
	Trial       bool
	Corrections []wire.SensorCorrection
}

const (
	// keptConfigurations bounds the versions of a node, the oldest go first.
	keptConfigurations = 500
	configurationRows  = `node, version, origin, time, based, author, reason, body, state, detail, known`
)

// Desire makes a version that the node is to have, based on the one that it last
// reported, and takes back the ones that it had not answered yet. seen is the newest
// version that its author knew; nil is whatever there is. body is valid. Errors:
// ErrNotFound, ErrRetired, ErrChanged.
func (r *Registry) Desire(ctx context.Context, by Actor, node reading.NodeID, seen *uint64, reason string, body wire.ConfigBody) (Configuration, error) {
	now := ms(r.opt.Now())
	c := Configuration{
		Node: node, Origin: wire.FromCenter, Author: by.Name, Reason: reason, Time: at(now), State: wire.Desired, Body: body,
	}
	err := r.update(ctx, "configuration", func(tx *sql.Tx) error {
		if _, err := standing(ctx, tx, node); err != nil {
			return err
		}
		newest, err := newestConfiguration(ctx, tx, node)
		if err != nil {
			return err
		}
		if seen != nil && *seen != newest {
			return fmt.Errorf("version %d is the newest: %w", newest, ErrChanged)
		}
		if err := tx.QueryRowContext(ctx, `SELECT IFNULL((SELECT version FROM configuration_reports WHERE node = ?), 0)`, node).Scan(&c.Based); err != nil {
			return fmt.Errorf("read report: %w", err)
		}
		c.Version = newest + 1
		if _, err := tx.ExecContext(ctx, `UPDATE configurations SET state = ? WHERE node = ? AND origin = ? AND state = ?`,
			wire.Superseded, node, wire.FromCenter, wire.Desired); err != nil {
			return fmt.Errorf("take older versions back: %w", err)
		}
		if _, err := putConfiguration(ctx, tx, c, now, now); err != nil {
			return err
		}
		return r.audit(ctx, tx, by, "configuration.set", "node:"+string(node), map[string]uint64{"version": c.Based},
			map[string]any{"version": c.Version, "reason": reason, "body": body})
	})
	if err != nil {
		return Configuration{}, fmt.Errorf("configure %s: %w", node, err)
	}
	return c, nil
}

func newestConfiguration(ctx context.Context, from queryer, node reading.NodeID) (newest uint64, err error) {
	if err := each(ctx, from, `SELECT IFNULL(MAX(version), 0) FROM configurations WHERE node = ?`, node, func(rows *sql.Rows) error {
		return rows.Scan(&newest)
	}); err != nil {
		return 0, fmt.Errorf("read configurations: %w", err)
	}
	return newest, nil
}

// putConfiguration adds a version, unless it is there.
func putConfiguration(ctx context.Context, tx *sql.Tx, c Configuration, timeMS, now int64) (added bool, err error) {
	body := []byte{}
	if c.Body != nil {
		if body, err = json.Marshal(c.Body); err != nil {
			return false, fmt.Errorf("write configuration: %w", err)
		}
	}
	done, err := tx.ExecContext(ctx, `INSERT OR IGNORE INTO configurations (`+configurationRows+`) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		c.Node, c.Version, c.Origin, timeMS, c.Based, c.Author, c.Reason, string(body), c.State, c.Detail, now)
	if err != nil {
		return false, fmt.Errorf("write configuration: %w", err)
	}
	n, err := done.RowsAffected()
	if err != nil || n == 0 {
		return false, err
	}
	if _, err := tx.ExecContext(ctx, `DELETE FROM configurations WHERE node = ?1 AND state = ?2 AND version <=
		(SELECT version FROM configurations WHERE node = ?1 ORDER BY version DESC LIMIT 1 OFFSET ?3)`, c.Node, wire.Superseded, keptConfigurations); err != nil {
		return false, fmt.Errorf("bound configurations: %w", err)
	}
	return true, nil
}

// Configurations returns a node's versions, the newest first, at most limit.
func (r *Registry) Configurations(ctx context.Context, node reading.NodeID, limit int) ([]Configuration, error) {
	all := []Configuration{}
	err := r.eachConfiguration(ctx, `WHERE node = ? ORDER BY version DESC, known DESC LIMIT ?`, func(c Configuration) {
		all = append(all, c)
	}, node, limit)
	return all, err
}

// Configuration returns a version of a node, or ErrNotFound. Of several with one
// number it is the one of which the center heard last.
func (r *Registry) Configuration(ctx context.Context, node reading.NodeID, version uint64) (Configuration, error) {
	var found *Configuration
	err := r.eachConfiguration(ctx, `WHERE node = ? AND version = ? ORDER BY known DESC LIMIT 1`, func(c Configuration) { found = &c }, node, version)
	if err == nil && found == nil {
		err = fmt.Errorf("version %d of %s: %w", version, node, ErrNotFound)
	}
	if err != nil {
		return Configuration{}, err
	}
	return *found, nil
}

// Standing versions of a node: the one in force and the newest that the center
// desired, each nil where there is none.
func (r *Registry) ConfigurationStanding(ctx context.Context, node reading.NodeID) (inForce, desired *Configuration, newest uint64, err error) {
	err = errors.Join(
		r.eachConfiguration(ctx, `WHERE node = ? AND state = ? ORDER BY known DESC LIMIT 1`, func(c Configuration) { inForce = &c }, node, wire.InForce),
		r.eachConfiguration(ctx, `WHERE node = ? AND origin = ? ORDER BY version DESC LIMIT 1`, func(c Configuration) { desired = &c }, node, wire.FromCenter),
	)
	if err == nil {
		newest, err = newestConfiguration(ctx, r.read, node)
	}
	return inForce, desired, newest, err
}

// DesiredConfigurations returns the newest version that the center desires of each
// node in service, but for those that the node has refused.
func (r *Registry) DesiredConfigurations(ctx context.Context) ([]Configuration, error) {
	var all []Configuration
	err := r.eachConfiguration(ctx, `AS c WHERE origin = ?1 AND state NOT IN (?2, ?3)
		AND version = (SELECT MAX(version) FROM configurations WHERE node = c.node AND origin = ?1)
		AND EXISTS (SELECT 1 FROM nodes WHERE id = c.node AND retired = 0) ORDER BY node`, func(c Configuration) {
		all = append(all, c)
	}, wire.FromCenter, wire.Failed, wire.Conflict)
	return all, err
}

func (r *Registry) eachConfiguration(ctx context.Context, where string, do func(Configuration), args ...any) error {
	rows, err := r.read.QueryContext(ctx, `SELECT `+configurationRows+` FROM configurations `+where, args...)
	if err != nil {
		return fmt.Errorf("read configurations: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var c Configuration
		var made, known int64
		var body []byte
		if err := rows.Scan(&c.Node, &c.Version, &c.Origin, &made, &c.Based, &c.Author, &c.Reason, &body, &c.State, &c.Detail, &known); err != nil {
			return fmt.Errorf("read configurations: %w", err)
		}
		if len(body) > 0 {
			if err := json.Unmarshal(body, &c.Body); err != nil {
				return fmt.Errorf("read configuration %d of %s: %w", c.Version, c.Node, err)
			}
		}
		if made == 0 {
			made = known
		}
		c.Time = at(made)
		do(c)
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("read configurations: %w", err)
	}
	return nil
}
