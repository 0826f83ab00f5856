package registry

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/siaga-id/siaga/internal/reading"
)

// ErrQuarantineFull tells that the quarantine has no room. Nothing of the call
// was kept: the packs must not be acknowledged.
var ErrQuarantineFull = errors.New("quarantine is full")

// keptMarks is how many replayed and dropped entries stay listed.
const keptMarks = 1000

// Refused is a payload that could not be used, whole.
type Refused struct {
	// Time is when it arrived.
	Time time.Time
	// Node and Topic are whence it came; Node may be "" where the topic names none.
	Node  reading.NodeID
	Topic string
	// Source is who refused it: an ingester's name.
	Source string
	// Kind says to ingesters what Payload is: a pack, or a part of one.
	Kind string
	// Reason is a short constant, Detail tells a person.
	Reason, Detail string
	// Check is the pack's CRC-32C, Length its bytes, also where Payload is less.
	Check  uint32
	Length int
	// Epoch and Seq name the pack; "" and 0 where they could not be read.
	Epoch   string
	Seq     uint64
	Payload []byte
}

// Entry is a refused payload in the quarantine.
type Entry struct {
	ID int64
	// Refused is as it was put in. Payload is only given to a replay.
	Refused
	// Replayed and Dropped are when that was done; zero while it was not.
	Replayed, Dropped time.Time
}

// Quarantine keeps refused payloads, all or none, durably. What is in it already
// and open is kept once. Packs that can be named count as arrived in the ledger,
// since the node is told to send them no more. A node that is not known stays so.
func (r *Registry) Quarantine(ctx context.Context, refused []Refused) error {
	now := ms(r.opt.Now())
	err := r.update(ctx, "quarantine", func(tx *sql.Tx) error {
		for i := range refused {
			if err := r.put(ctx, tx, &refused[i], now); err != nil {
				return err
			}
		}
		total, err := totals(ctx, tx)
		if err != nil {
			return err
		}
		if total.Entries > r.opt.QuarantineEntries || total.Bytes > r.opt.QuarantineBytes {
			return fmt.Errorf("%w: %d entries, %d bytes", ErrQuarantineFull, r.opt.QuarantineEntries, r.opt.QuarantineBytes)
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("quarantine: %w", err)
	}
	return nil
}

func (r *Registry) put(ctx context.Context, tx *sql.Tx, e *Refused, now int64) error {
	seq := e.Seq
	if seq > maxSeq {
		seq = 0 // it names no pack that there could be; the payload says what it says
	}
	digest := sha256.Sum256(e.Payload)
	payload := e.Payload
	if payload == nil {
		payload = []byte{} // NULL is a payload that is gone
	}
	if _, err := tx.ExecContext(ctx, `INSERT OR IGNORE INTO quarantine
		(time, node, topic, source, kind, reason, detail, length, size, crc, digest, epoch, seq, payload)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		ms(e.Time), e.Node, e.Topic, e.Source, e.Kind, e.Reason, e.Detail, e.Length, len(payload)+len(e.Topic)+len(e.Detail),
		e.Check, digest[:], e.Epoch, seq, payload); err != nil {
		return fmt.Errorf("write entry: %w", err)
	}
	if seq == 0 || !validEpoch(e.Epoch) {
		return nil
	}
	var known bool
	if err := tx.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM nodes WHERE id = ?)`, e.Node).Scan(&known); err != nil {
		return fmt.Errorf("look up node: %w", err)
	}
	if !known {
		return nil
	}
	l, err := load(ctx, tx, epochKey{e.Node, e.Epoch})
	if err != nil {
		return err
	}
	l.stored(seq, seq, 0, 0, now)
	return l.save(ctx, tx, now)
}

// QuarantineTotal is what is open in the quarantine.
type QuarantineTotal struct {
	Entries int
	// Bytes are the payloads' with their topics and details; Capacity is how many
	// there may be.
	Bytes, Capacity int64
}

// QuarantineTotal returns what is open in the quarantine.
func (r *Registry) QuarantineTotal(ctx context.Context) (QuarantineTotal, error) {
	t, err := totals(ctx, r.read)
	if err != nil {
		return t, err
	}
	t.Capacity = r.opt.QuarantineBytes
	return t, nil
}

type rowQuerier interface {
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

func totals(ctx context.Context, q rowQuerier) (QuarantineTotal, error) {
	var t QuarantineTotal
	if err := q.QueryRowContext(ctx, `SELECT COUNT(*), IFNULL(SUM(size), 0) FROM quarantine
		WHERE replayed IS NULL AND dropped IS NULL`).Scan(&t.Entries, &t.Bytes); err != nil {
		return t, fmt.Errorf("count quarantine: %w", err)
	}
	return t, nil
}

// QuarantinedOf returns how many entries are open of each node that has any.
func (r *Registry) QuarantinedOf(ctx context.Context) (map[reading.NodeID]int, error) {
	rows, err := r.read.QueryContext(ctx, `SELECT node, COUNT(*) FROM quarantine INDEXED BY quarantine_open_node
		WHERE replayed IS NULL AND dropped IS NULL GROUP BY node`)
	if err != nil {
		return nil, fmt.Errorf("count quarantine: %w", err)
	}
	defer rows.Close()
	all := make(map[reading.NodeID]int)
	for rows.Next() {
		var id reading.NodeID
		var n int
		if err := rows.Scan(&id, &n); err != nil {
			return nil, fmt.Errorf("count quarantine: %w", err)
		}
		all[id] = n
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("count quarantine: %w", err)
	}
	return all, nil
}

// ListQuarantine returns up to limit entries, the newest first, without their
// payloads; replayed and dropped ones are among them.
func (r *Registry) ListQuarantine(ctx context.Context, limit int) ([]Entry, error) {
	rows, err := r.read.QueryContext(ctx, `SELECT `+entryColumns+` FROM quarantine ORDER BY id DESC LIMIT ?`, limit)
	if err != nil {
		return nil, fmt.Errorf("list quarantine: %w", err)
	}
	defer rows.Close()
	var all []Entry
	for rows.Next() {
		var e Entry
		if err := e.scan(rows); err != nil {
			return nil, fmt.Errorf("list quarantine: %w", err)
		}
		all = append(all, e)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("list quarantine: %w", err)
	}
	return all, nil
}

const entryColumns = `id, time, node, topic, source, kind, reason, detail, length, crc, epoch, seq, IFNULL(replayed, 0), IFNULL(dropped, 0)`

func (e *Entry) scan(row interface{ Scan(...any) error }, more ...any) error {
	var t, replayed, dropped int64
	if err := row.Scan(append([]any{
		&e.ID, &t, &e.Node, &e.Topic, &e.Source, &e.Kind, &e.Reason, &e.Detail, &e.Length,
		&e.Check, &e.Epoch, &e.Seq, &replayed, &dropped,
	}, more...)...); err != nil {
		return err
	}
	e.Time, e.Replayed, e.Dropped = at(t), at(replayed), at(dropped)
	return nil
}
