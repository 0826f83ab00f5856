package registry

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync"

	"github.com/siaga-id/siaga/internal/reading"
)

// Why a node or its certificate is not accepted.
var (
	// ErrRetired tells that the node was taken out of service, for good.
	ErrRetired = errors.New("node is retired")
	// ErrRevoked tells that the certificate was revoked or replaced.
	ErrRevoked = errors.New("certificate is revoked")
	// ErrNeverGiven tells that the certificate was signed by an authority of the
	// center and not by the center: somebody else may have its key.
	ErrNeverGiven = errors.New("certificate was never given here")
	// ErrTooOften tells that a node has been given too many certificates today.
	ErrTooOften = errors.New("too many certificates")
)

// credentials is what must be known of certificates at every connection. It is
// read from the file when that is opened, and changed with it.
type credentials struct {
	mu       sync.RWMutex
	enrolled map[reading.NodeID]struct{} // nodes that were ever given a certificate
	retired  map[reading.NodeID]struct{}
	revoked  map[string]struct{} // serial numbers
	barred   func(reading.NodeID)

	staged staged
}

// staged is what a transaction changes of credentials, once it is durable. It is
// guarded by Registry.mu.
type staged struct {
	enrolled, retired []reading.NodeID
	revoked           []string
	barred            []reading.NodeID
}

// OnBarred sets what is called after certificates of a node were revoked or the
// node was retired, from whoever did it and before his call returns: its live
// sessions are to end. It is set once, before anything is changed.
func (r *Registry) OnBarred(f func(reading.NodeID)) {
	r.credentials.mu.Lock()
	defer r.credentials.mu.Unlock()
	r.credentials.barred = f
}

// apply takes over what a transaction has made durable, and returns whose
// sessions are to end.
func (c *credentials) apply() (barred []reading.NodeID) {
	s := c.staged
	c.staged = staged{}
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, n := range s.enrolled {
		c.enrolled[n] = struct{}{}
	}
	for _, n := range s.retired {
		c.retired[n] = struct{}{}
	}
	for _, serial := range s.revoked {
		c.revoked[serial] = struct{}{}
	}
	return s.barred
}

// tell calls what OnBarred was given.
func (c *credentials) tell(barred []reading.NodeID) {
	c.mu.RLock()
	f := c.barred
	c.mu.RUnlock()
	for _, n := range barred {
		if f != nil {
			f(n)
		}
	}
}

func (r *Registry) loadCredentials(ctx context.Context) error {
	c := &r.credentials
	c.enrolled, c.retired, c.revoked = make(map[reading.NodeID]struct{}), make(map[reading.NodeID]struct{}), make(map[string]struct{})
	for query, add := range map[string]func(string){
		`SELECT DISTINCT node FROM certificates`:             func(s string) { c.enrolled[reading.NodeID(s)] = struct{}{} },
		`SELECT id FROM nodes WHERE retired != 0`:            func(s string) { c.retired[reading.NodeID(s)] = struct{}{} },
		`SELECT serial FROM certificates WHERE revoked != 0`: func(s string) { c.revoked[s] = struct{}{} },
	} {
		all, err := texts(ctx, r.write, query)
		if err != nil {
			return fmt.Errorf("read credentials: %w", err)
		}
		for _, s := range all {
			add(s)
		}
	}
	return nil
}

type rowsQuerier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

// texts returns the one column of a query.
func texts(ctx context.Context, q rowsQuerier, query string, args ...any) ([]string, error) {
	rows, err := q.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var all []string
	for rows.Next() {
		var s string
		if err := rows.Scan(&s); err != nil {
			return nil, err
		}
		all = append(all, s)
	}
	return all, rows.Err()
}

// Standing returns nil for a certificate of a node that is neither revoked nor
// the node retired, else ErrRetired or ErrRevoked. A certificate that is not
// known is in good standing: after a backup was restored, later ones are not
// known. It asks no disk.
func (r *Registry) Standing(node reading.NodeID, serial string) error {
	c := &r.credentials
	c.mu.RLock()
	defer c.mu.RUnlock()
	if _, gone := c.retired[node]; gone {
		return ErrRetired
	}
	if _, gone := c.revoked[serial]; gone {
		return ErrRevoked
	}
	return nil
}

// Enrolled reports whether a node was ever given a certificate or is retired: so
// that nobody may speak for it without one. It asks no disk.
func (r *Registry) Enrolled(node reading.NodeID) bool {
	c := &r.credentials
	c.mu.RLock()
	defer c.mu.RUnlock()
	_, enrolled := c.enrolled[node]
	_, retired := c.retired[node]
	return enrolled || retired
}

// EverIssued reports whether any certificate was ever issued: then there must be
// a certificate authority.
func (r *Registry) EverIssued() bool {
	r.credentials.mu.RLock()
	defer r.credentials.mu.RUnlock()
	return len(r.credentials.enrolled) > 0
}

// standing returns a node's site, or ErrNotFound or ErrRetired.
func standing(ctx context.Context, tx *sql.Tx, node reading.NodeID) (site reading.SiteCode, err error) {
	var retired int64
	err = tx.QueryRowContext(ctx, `SELECT retired, IIF(claimed_site = '', site, claimed_site) FROM nodes WHERE id = ?`, node).Scan(&retired, &site)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return "", fmt.Errorf("node %s: %w", node, ErrNotFound)
	case err != nil:
		return "", fmt.Errorf("look up node: %w", err)
	case retired != 0:
		return "", fmt.Errorf("node %s: %w", node, ErrRetired)
	}
	return site, nil
}

// Retire takes a node out of service for good: no certificate of it is accepted
// from when Retire returns, and no token. What it has sent stays, and it is not
// missed any more. Retiring it again only ends what it may have. ErrNotFound tells that there is
// no such node.
func (r *Registry) Retire(ctx context.Context, by Actor, node reading.NodeID, reason string) error {
	err := r.update(ctx, "retire", func(tx *sql.Tx) error {
		if _, err := standing(ctx, tx, node); errors.Is(err, ErrRetired) {
			return r.endCredentials(ctx, tx, by, node)
		} else if err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `UPDATE nodes SET retired = ? WHERE id = ?`, ms(r.opt.Now()), node); err != nil {
			return fmt.Errorf("write node: %w", err)
		}
		if err := r.audit(ctx, tx, by, "node.retire", "node:"+string(node), nil, map[string]any{"reason": reason}); err != nil {
			return err
		}
		return r.endCredentials(ctx, tx, by, node)
	})
	if err != nil {
		return fmt.Errorf("retire %s: %w", node, err)
	}
	return nil
}

// endCredentials is the part of a node's retirement that keeps it out: all its
// certificates and open tokens end with the transaction.
func (r *Registry) endCredentials(ctx context.Context, tx *sql.Tx, by Actor, node reading.NodeID) error {
	if _, err := tx.ExecContext(ctx, `UPDATE enrolment_tokens SET withdrawn = ? WHERE node = ? AND withdrawn = 0`, ms(r.opt.Now()), node); err != nil {
		return fmt.Errorf("withdraw tokens: %w", err)
	}
	s := &r.credentials.staged
	s.retired, s.barred = append(s.retired, node), append(s.barred, node)
	_, err := r.revoke(ctx, tx, by, node, "retired", "")
	return err
}
