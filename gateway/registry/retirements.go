package registry

import (
	"bytes"
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/siaga-id/siaga/internal/reading"
)

// retirementsFormat is of the files that ParseRetirements reads.
const retirementsFormat = 1

// Retirements is who is kept out, so that a backup that is older does not let
// them in again. It holds no secret.
type Retirements struct {
	Format   int       `json:"format"`
	Exported time.Time `json:"exported"`
	// Nodes are retired, Certificates revoked: both are all there ever were.
	Nodes        []RetiredNode        `json:"nodes"`
	Certificates []RevokedCertificate `json:"certificates"`
	// InForce are the accounts, access tokens and devices that let somebody in, each
	// with a fingerprint of its password and rights. Any other was removed or
	// disabled, or its password or rights were changed.
	InForce InForce `json:"in_force"`
}

// RetiredNode is a node out of service.
type RetiredNode struct {
	Node    reading.NodeID `json:"node"`
	Retired time.Time      `json:"retired"`
}

// RevokedCertificate is one that lets nobody in.
type RevokedCertificate struct {
	Serial  string         `json:"serial"`
	Node    reading.NodeID `json:"node"`
	Revoked time.Time      `json:"revoked"`
	Reason  string         `json:"reason"`
}

// InForce holds, by name (of access tokens: id), fingerprints in hexadecimal.
type InForce struct {
	Accounts     map[string]string `json:"accounts"`
	AccessTokens map[string]string `json:"access_tokens"`
	Devices      map[string]string `json:"devices"`
}

// inForce says, for each kind of InForce, how to list it and how to end one: ?1
// by its name, at ?2 (Unix ms).
var inForce = []struct {
	of        func(*InForce) *map[string]string
	list, end string
}{
	{
		func(f *InForce) *map[string]string { return &f.Accounts },
		`SELECT name, role || char(10) || password FROM accounts WHERE disabled = 0`,
		`UPDATE accounts SET disabled = ?2 > 0 WHERE name = ?1`,
	},
	{
		func(f *InForce) *map[string]string { return &f.AccessTokens },
		`SELECT id, scope || char(10) || hex(digest) FROM access_tokens WHERE revoked = 0`,
		`UPDATE access_tokens SET revoked = ?2 WHERE id = ?1`,
	},
	{
		func(f *InForce) *map[string]string { return &f.Devices },
		`SELECT name, role || char(10) || publish || char(10) || subscribe || char(10) || password FROM devices WHERE disabled = 0`,
		`UPDATE devices SET disabled = ?2 > 0 WHERE name = ?1`,
	},
}

// fingerprints lists what is in force of a kind. Passwords are hashed with salts
// already, and tokens random: a SHA-256 of those gives nothing away.
func fingerprints(ctx context.Context, q rowsQuerier, list string) (map[string]string, error) {
	rows, err := q.QueryContext(ctx, list)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	all := make(map[string]string)
	for rows.Next() {
		var name, rights string
		if err := rows.Scan(&name, &rights); err != nil {
			return nil, err
		}
		sum := sha256.Sum256([]byte(rights))
		all[name] = hex.EncodeToString(sum[:])
	}
	return all, rows.Err()
}

// Retirements returns who is kept out now.
func (r *Registry) Retirements(ctx context.Context) (*Retirements, error) {
	tx, err := r.read.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return nil, fmt.Errorf("list retirements: %w", err)
	}
	defer tx.Rollback()
	list := &Retirements{
		Format: retirementsFormat, Exported: r.opt.Now().UTC(),
		Nodes: []RetiredNode{}, Certificates: []RevokedCertificate{},
	}
	err = each(ctx, tx, `SELECT id, retired FROM nodes WHERE retired != ? ORDER BY id`, 0, func(rows *sql.Rows) error {
		var n RetiredNode
		var retired int64
		err := rows.Scan(&n.Node, &retired)
		n.Retired = at(retired)
		list.Nodes = append(list.Nodes, n)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list retirements: %w", err)
	}
	err = each(ctx, tx, `SELECT serial, node, revoked, reason FROM certificates WHERE revoked != ? ORDER BY serial`, 0, func(rows *sql.Rows) error {
		var c RevokedCertificate
		var revoked int64
		err := rows.Scan(&c.Serial, &c.Node, &revoked, &c.Reason)
		c.Revoked = at(revoked)
		list.Certificates = append(list.Certificates, c)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list retirements: %w", err)
	}
	for _, kind := range inForce {
		if *kind.of(&list.InForce), err = fingerprints(ctx, tx, kind.list); err != nil {
			return nil, fmt.Errorf("list retirements: %w", err)
		}
	}
	return list, nil
}

// ParseRetirements reads a list that was exported as JSON, exactly: a list of
// which a part was not understood would let somebody in.
func ParseRetirements(b []byte) (*Retirements, error) {
	var list Retirements
	dec := json.NewDecoder(bytes.NewReader(b))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&list); err != nil {
		return nil, fmt.Errorf("read list of retirements: %w", err)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("read list of retirements: there is more behind it")
	}
	if list.Format != retirementsFormat {
		return nil, fmt.Errorf("read list of retirements: format %d: this program knows %d", list.Format, retirementsFormat)
	}
	if f := list.InForce; list.Exported.IsZero() || f.Accounts == nil || f.AccessTokens == nil || f.Devices == nil {
		return nil, errors.New("read list of retirements: it is not whole")
	}
	for _, n := range list.Nodes {
		if !reading.ValidID(n.Node) || n.Retired.IsZero() {
			return nil, fmt.Errorf("read list of retirements: %w: node %q, retired %v", ErrInvalid, n.Node, n.Retired)
		}
	}
	for _, c := range list.Certificates {
		if c.Serial == "" || !reading.ValidID(c.Node) || c.Revoked.IsZero() {
			return nil, fmt.Errorf("read list of retirements: %w: certificate %q of node %q, revoked %v", ErrInvalid, c.Serial, c.Node, c.Revoked)
		}
	}
	return &list, nil
}
