package registry

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"time"

	"github.com/siaga-id/siaga/internal/reading"
	"github.com/siaga-id/siaga/internal/wire"
)

// Node is a village node.
type Node struct {
	ID reading.NodeID
	// Claimed is false for a node that nobody has taken on: it was just seen.
	Claimed bool
	// Site is where the node says it is, or where the center put it while it has
	// said nothing. Only Code is set where the place is not known.
	Site      Site
	Simulated bool
	// Online is what the node or its Will said last.
	Online bool
	// FirstSeen is when it was first heard of; LastSeen is its last state's
	// arrival, zero while there was none.
	FirstSeen, LastSeen time.Time
	// Newest is the time of the newest reading that is stored, no later than its
	// report; zero while there is none.
	Newest time.Time
	// State is the last that was no Will; nil while there was none. Nobody may change
	// it.
	State *wire.NodeState
	// Completeness is readings stored in percent of those expected in the last
	// hour; nil where nothing could be expected yet.
	Completeness *float64
	// OpenGaps is how many gaps may still close.
	OpenGaps int
	// Retired is when it was taken out of service; zero for a node that is in it.
	Retired time.Time
}

// Claim takes a node on, known or not, at a site; one that was taken on before
// stays where it was put. A node that says it is elsewhere is reported as an
// anomaly, never corrected.
func (r *Registry) Claim(ctx context.Context, node reading.NodeID, site reading.SiteCode) error {
	if _, err := reading.ParseNodeID(string(node)); err != nil {
		return fmt.Errorf("claim node: %w", err)
	}
	if _, err := reading.ParseSiteCode(string(site)); err != nil {
		return fmt.Errorf("claim node %s: %w", node, err)
	}
	err := r.update(ctx, "claim", func(tx *sql.Tx) error {
		if err := r.see(ctx, tx, node, ms(r.opt.Now())); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, `UPDATE nodes SET claimed = 1, claimed_site = ? WHERE id = ? AND claimed = 0`, site, node)
		return err
	})
	if err != nil {
		return fmt.Errorf("claim node %s: %w", node, err)
	}
	return nil
}

// Nodes returns all nodes, by id.
func (r *Registry) Nodes(ctx context.Context) ([]Node, error) { return r.nodes(ctx, "") }

// Node returns one node, or ErrNotFound.
func (r *Registry) Node(ctx context.Context, id reading.NodeID) (Node, error) {
	if !reading.ValidID(id) {
		return Node{}, fmt.Errorf("node %q: %w", id, ErrNotFound)
	}
	all, err := r.nodes(ctx, id)
	if err != nil {
		return Node{}, err
	}
	if len(all) == 0 {
		return Node{}, fmt.Errorf("node %s: %w", id, ErrNotFound)
	}
	n := all[0]
	if n.Completeness, err = r.hour(ctx, id); err != nil {
		return Node{}, err
	}
	return n, nil
}

// nodes lists one node, without its completeness, or with "" all.
func (r *Registry) nodes(ctx context.Context, id reading.NodeID) ([]Node, error) {
	var complete map[reading.NodeID]float64
	if id == "" {
		var err error
		if complete, err = r.lastHour(ctx); err != nil {
			return nil, err
		}
	}
	rows, err := r.read.QueryContext(ctx, `
		SELECT n.id, n.claimed, IIF(n.site = '', n.claimed_site, n.site), IFNULL(s.name, ''), IFNULL(s.district, ''),
			IFNULL(s.lat, 0), IFNULL(s.lon, 0), n.simulated, n.online, n.first_seen, IFNULL(n.last_seen, 0), n.state,
			IFNULL((SELECT MAX(e.newest) FROM epochs e WHERE e.node = n.id), 0),
			(SELECT COUNT(*) FROM open_ranges o WHERE o.node = n.id AND o.state IN (?2, ?3) AND o.since <= ?4), n.retired
		FROM nodes n LEFT JOIN sites s ON s.code = IIF(n.site = '', n.claimed_site, n.site)
		WHERE ?1 = '' OR n.id = ?1 ORDER BY n.id`,
		id, Missing, Waiting, ms(r.opt.Now().Add(-gapGrace)))
	if err != nil {
		return nil, fmt.Errorf("list nodes: %w", err)
	}
	defer rows.Close()
	var all []Node
	for rows.Next() {
		n, err := r.scanNode(rows)
		if err != nil {
			return nil, fmt.Errorf("list nodes: %w", err)
		}
		if pct, ok := complete[n.ID]; ok {
			n.Completeness = &pct
		}
		all = append(all, n)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("list nodes: %w", err)
	}
	return all, nil
}

func (r *Registry) scanNode(rows *sql.Rows) (Node, error) {
	var n Node
	var first, last, newest, retired int64
	var state sql.RawBytes
	if err := rows.Scan(&n.ID, &n.Claimed, &n.Site.Code, &n.Site.Name, &n.Site.District, &n.Site.Lat, &n.Site.Lon,
		&n.Simulated, &n.Online, &first, &last, &state, &newest, &n.OpenGaps, &retired); err != nil {
		return Node{}, err
	}
	n.FirstSeen, n.LastSeen, n.Newest, n.Retired = at(first), at(last), at(newest), at(retired)
	if state == nil {
		return n, nil
	}
	if n.State = r.remembered.of(n.ID, last); n.State == nil {
		n.State = new(wire.NodeState)
		if err := json.Unmarshal(state, n.State); err != nil {
			return Node{}, fmt.Errorf("state of %s: %w", n.ID, err)
		}
		r.remembered.learn(n.ID, last, n.State)
	}
	return n, nil
}
