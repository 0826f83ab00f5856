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

// CommandState is how far a command has come.
type CommandState string

// The states of a command.
const (
	CommandAsked    CommandState = "asked"
	CommandDone     CommandState = "done"
	CommandFailed   CommandState = "failed"
	CommandTimedOut CommandState = "timed out"
)

// NodeCommand is a command that somebody gave a node.
type NodeCommand struct {
	ID     string
	Node   reading.NodeID
	Name   string
	Sensor reading.SensorID
	Lines  int
	Who    string
	Asked  time.Time
	// Expires is when nobody waits any more.
	Expires time.Time
	State   CommandState
	// Answered is zero while there is none.
	Answered time.Time
	Answer   *wire.Answer
}

// ErrTooManyCommands tells that a node has not answered the ones before.
var ErrTooManyCommands = errors.New("too many commands are not answered yet")

const (
	maxOpenCommands = 16
	keptCommands    = 200 // of a node
	commandRows     = `id, node, name, sensor, lines, who, asked, expires, answered, state, answer`
)

// AddCommand writes down what by asks of a node; its Asked and Who are set here.
// Errors: ErrNotFound, ErrRetired, ErrTooManyCommands.
func (r *Registry) AddCommand(ctx context.Context, by Actor, c NodeCommand) (NodeCommand, error) {
	c.Asked, c.Who, c.State = at(ms(r.opt.Now())), by.Name, CommandAsked
	err := r.update(ctx, "command", func(tx *sql.Tx) error {
		if _, err := standing(ctx, tx, c.Node); err != nil {
			return err
		}
		var open int
		if err := tx.QueryRowContext(ctx, `SELECT COUNT(*) FROM commands WHERE node = ? AND state = ?`, c.Node, CommandAsked).Scan(&open); err != nil {
			return fmt.Errorf("count commands: %w", err)
		}
		if open >= maxOpenCommands {
			return ErrTooManyCommands
		}
		if _, err := tx.ExecContext(ctx, `INSERT INTO commands (`+commandRows+`) VALUES (?, ?, ?, ?, ?, ?, ?, ?, 0, ?, '')`,
			c.ID, c.Node, c.Name, c.Sensor, c.Lines, c.Who, ms(c.Asked), ms(c.Expires), c.State); err != nil {
			return fmt.Errorf("write command: %w", err)
		}
		if _, err := tx.ExecContext(ctx, `DELETE FROM commands WHERE node = ?1 AND state <> ?2 AND asked <
			(SELECT asked FROM commands WHERE node = ?1 ORDER BY asked DESC LIMIT 1 OFFSET ?3)`, c.Node, CommandAsked, keptCommands); err != nil {
			return fmt.Errorf("bound commands: %w", err)
		}
		return r.audit(ctx, tx, by, "command."+c.Name, "node:"+string(c.Node), nil, map[string]any{"id": c.ID, "sensor": c.Sensor})
	})
	if err != nil {
		return NodeCommand{}, fmt.Errorf("command %s of %s: %w", c.Name, c.Node, err)
	}
	return c, nil
}

// AnswerCommand writes down what a node answers, also after its time. ErrNotFound:
// it was not asked that, or has answered.
func (r *Registry) AnswerCommand(ctx context.Context, node reading.NodeID, a wire.Answer, received time.Time) error {
	state := CommandDone
	if a.State != wire.Done {
		state = CommandFailed
	}
	return r.endCommand(ctx, nodeActor(node), node, a.ID, state, a, received, CommandTimedOut)
}

// FailCommand writes down why a command did not leave the center. ErrNotFound: it
// has ended.
func (r *Registry) FailCommand(ctx context.Context, c NodeCommand, why string) error {
	return r.endCommand(ctx, Actor{Name: "system"}, c.Node, c.ID, CommandFailed,
		wire.Answer{ID: c.ID, State: wire.Undone, Detail: why}, r.opt.Now(), CommandAsked)
}

func (r *Registry) endCommand(ctx context.Context, by Actor, node reading.NodeID, id string, state CommandState, a wire.Answer, when time.Time, orWas CommandState) error {
	text, err := json.Marshal(a)
	if err != nil {
		return fmt.Errorf("%w: answer of %s: %w", ErrInvalid, node, err)
	}
	err = r.update(ctx, "command", func(tx *sql.Tx) error {
		done, err := tx.ExecContext(ctx, `UPDATE commands SET state = ?, answered = ?, answer = ? WHERE id = ? AND node = ? AND state IN (?, ?)`,
			state, ms(when), string(text), id, node, CommandAsked, orWas)
		if err != nil {
			return fmt.Errorf("write answer: %w", err)
		}
		if n, err := done.RowsAffected(); err != nil || n == 0 {
			return errors.Join(err, ErrNotFound)
		}
		return r.audit(ctx, tx, by, "command."+string(state), "node:"+string(node), nil, map[string]any{"id": id, "detail": a.Detail})
	})
	if err != nil {
		return fmt.Errorf("answer of %s to command %q: %w", node, clipped(id), err)
	}
	return nil
}

// TimeOutCommands gives up the commands whose time has passed.
func (r *Registry) TimeOutCommands(ctx context.Context) error {
	now := ms(r.opt.Now())
	var open int
	if err := r.read.QueryRowContext(ctx, `SELECT COUNT(*) FROM commands WHERE state = 'asked' AND expires <= ?`, now).Scan(&open); err != nil {
		return fmt.Errorf("look for late commands: %w", err)
	}
	if open == 0 {
		return nil
	}
	err := r.update(ctx, "command", func(tx *sql.Tx) error {
		type late struct {
			id   string
			node reading.NodeID
		}
		var all []late
		if err := each(ctx, tx, `SELECT id, node FROM commands WHERE state = 'asked' AND expires <= ?`, now, func(rows *sql.Rows) error {
			var l late
			err := rows.Scan(&l.id, &l.node)
			all = append(all, l)
			return err
		}); err != nil {
			return err
		}
		for _, l := range all {
			if _, err := tx.ExecContext(ctx, `UPDATE commands SET state = ?, answered = ? WHERE id = ?`, CommandTimedOut, now, l.id); err != nil {
				return err
			}
			if err := r.audit(ctx, tx, Actor{Name: "system"}, "command."+string(CommandTimedOut), "node:"+string(l.node), nil, map[string]any{"id": l.id}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("give up commands: %w", err)
	}
	return nil
}

// NodeCommand returns a command of a node, or ErrNotFound.
func (r *Registry) NodeCommand(ctx context.Context, node reading.NodeID, id string) (NodeCommand, error) {
	all, err := r.commands(ctx, `WHERE node = ? AND id = ?`, node, id)
	if err == nil && len(all) == 0 {
		err = fmt.Errorf("command %q of %s: %w", clipped(id), node, ErrNotFound)
	}
	if err != nil {
		return NodeCommand{}, err
	}
	return all[0], nil
}

// NodeCommands returns a node's commands, the newest first, at most limit.
func (r *Registry) NodeCommands(ctx context.Context, node reading.NodeID, limit int) ([]NodeCommand, error) {
	return r.commands(ctx, `WHERE node = ? ORDER BY asked DESC, id LIMIT ?`, node, limit)
}

func (r *Registry) commands(ctx context.Context, where string, args ...any) ([]NodeCommand, error) {
	rows, err := r.read.QueryContext(ctx, `SELECT `+commandRows+` FROM commands `+where, args...)
	if err != nil {
		return nil, fmt.Errorf("read commands: %w", err)
	}
	defer rows.Close()
	all := []NodeCommand{}
	for rows.Next() {
		var c NodeCommand
		var asked, expires, answered int64
		var answer []byte
		if err := rows.Scan(&c.ID, &c.Node, &c.Name, &c.Sensor, &c.Lines, &c.Who, &asked, &expires, &answered, &c.State, &answer); err != nil {
			return nil, fmt.Errorf("read commands: %w", err)
		}
		c.Asked, c.Expires, c.Answered = at(asked), at(expires), at(answered)
		if len(answer) > 0 {
			c.Answer = new(wire.Answer)
			if err := json.Unmarshal(answer, c.Answer); err != nil {
				return nil, fmt.Errorf("read command %s: %w", c.ID, err)
			}
		}
		all = append(all, c)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("read commands: %w", err)
	}
	return all, nil
}
