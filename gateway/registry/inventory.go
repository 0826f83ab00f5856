package registry

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/siaga-id/siaga/internal/reading"
)

// Asset is what the inventory holds of a node: what people have written down,
// beside what the node says of itself.
type Asset struct {
	ID reading.NodeID `json:"node"`
	// Site is where it was put; "" for a node that nobody has taken on.
	Site   reading.SiteCode `json:"site" doc:"where it was put; empty for a node that was only heard of"`
	Model  string           `json:"model" doc:"of the board"`
	Serial string           `json:"serial" doc:"the board's serial number"`
	Note   string           `json:"note"`
	// Retired is when it was taken out of service; zero while it is in it.
	Retired   time.Time  `json:"retired,omitzero" doc:"when it was taken out of service; absent while it is in it"`
	Mountings []Mounting `json:"mountings" nullable:"false" doc:"by sensor"`
	Levels    []LevelSet `json:"levels" nullable:"false" doc:"by sensor, quantity and the time from which they are valid"`
}

// Mounting is a physical sensor and where it hangs. What it measures, and how
// often, the node itself says.
type Mounting struct {
	Sensor      reading.SensorID `json:"sensor"`
	Model       string           `json:"model"`
	Serial      string           `json:"serial"`
	HeightM     *float64         `json:"height_m" doc:"m above the ground; null: not said"`
	DatumM      *float64         `json:"datum_m" doc:"of a level sensor: m above the gauge's zero; null: not said"`
	Orientation string           `json:"orientation" doc:"in words: north, upstream, lane 1"`
	Since       time.Time        `json:"since,omitzero" doc:"when this one was mounted; absent: not said"`
	Note        string           `json:"note"`
}

// queryer is a database or a transaction.
type queryer interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

// Assets returns what the inventory holds of all nodes, by id.
func (r *Registry) Assets(ctx context.Context) ([]Asset, error) { return assets(ctx, r.read, "") }

// Asset returns what the inventory holds of a node, or ErrNotFound.
func (r *Registry) Asset(ctx context.Context, node reading.NodeID) (Asset, error) {
	return asset(ctx, r.read, node)
}

func asset(ctx context.Context, from queryer, node reading.NodeID) (Asset, error) {
	if !reading.ValidID(node) {
		return Asset{}, fmt.Errorf("node %q: %w", clipped(string(node)), ErrNotFound)
	}
	all, err := assets(ctx, from, node)
	if err != nil {
		return Asset{}, err
	}
	if len(all) == 0 {
		return Asset{}, fmt.Errorf("node %s: %w", node, ErrNotFound)
	}
	return all[0], nil
}

// assets reads one node's, or with "" all.
func assets(ctx context.Context, from queryer, node reading.NodeID) ([]Asset, error) {
	var all []Asset
	index := make(map[reading.NodeID]int)
	if err := each(ctx, from, `SELECT id, claimed_site, model, serial, note, retired FROM nodes WHERE ?1 = '' OR id = ?1 ORDER BY id`, node, func(rows *sql.Rows) error {
		n := Asset{Mountings: []Mounting{}, Levels: []LevelSet{}}
		var retired int64
		if err := rows.Scan(&n.ID, &n.Site, &n.Model, &n.Serial, &n.Note, &retired); err != nil {
			return err
		}
		n.Retired = at(retired)
		index[n.ID] = len(all)
		all = append(all, n)
		return nil
	}); err != nil {
		return nil, fmt.Errorf("read nodes: %w", err)
	}
	if err := each(ctx, from, `SELECT node, sensor, model, serial, height_m, datum_m, orientation, since, note FROM mountings
		WHERE ?1 = '' OR node = ?1 ORDER BY node, sensor`, node, func(rows *sql.Rows) error {
		var of reading.NodeID
		var m Mounting
		var since int64
		if err := rows.Scan(&of, &m.Sensor, &m.Model, &m.Serial, &m.HeightM, &m.DatumM, &m.Orientation, &since, &m.Note); err != nil {
			return err
		}
		m.Since = at(since)
		if i, ok := index[of]; ok {
			all[i].Mountings = append(all[i].Mountings, m)
		}
		return nil
	}); err != nil {
		return nil, fmt.Errorf("read mountings: %w", err)
	}
	if err := each(ctx, from, `SELECT node, sensor, quantity, valid_from, rank, name, colour, rising, falling, invented FROM levels
		WHERE ?1 = '' OR node = ?1 ORDER BY node, sensor, quantity, valid_from, rank`, node, func(rows *sql.Rows) error {
		var of reading.NodeID
		var set LevelSet
		var l Level
		var from int64
		if err := rows.Scan(&of, &set.Sensor, &set.Quantity, &from, &l.Rank, &l.Name, &l.Colour, &l.Rising, &l.Falling, &set.Invented); err != nil {
			return err
		}
		set.ValidFrom = time.UnixMilli(from).UTC()
		if i, ok := index[of]; ok {
			to := all[i].LevelSet(set.Sensor, set.Quantity, set.ValidFrom)
			to.Invented = set.Invented
			to.Levels = append(to.Levels, l)
		}
		return nil
	}); err != nil {
		return nil, fmt.Errorf("read levels: %w", err)
	}
	return all, nil
}

func each(ctx context.Context, from queryer, query string, arg any, row func(*sql.Rows) error) error {
	rows, err := from.QueryContext(ctx, query, arg)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := row(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

// Mounting returns the mounting of a sensor, made when there is none. It is valid
// until the next call.
func (n *Asset) Mounting(sensor reading.SensorID) *Mounting {
	for i := range n.Mountings {
		if n.Mountings[i].Sensor == sensor {
			return &n.Mountings[i]
		}
	}
	n.Mountings = append(n.Mountings, Mounting{Sensor: sensor})
	return &n.Mountings[len(n.Mountings)-1]
}

// clone shares nothing that an edit would change.
func (n *Asset) clone() Asset {
	c := *n
	c.Mountings = slices.Clone(n.Mountings)
	c.Levels = slices.Clone(n.Levels)
	for i := range c.Levels {
		c.Levels[i].Levels = slices.Clone(c.Levels[i].Levels)
	}
	return c
}

// Version names what it is now; it is another after every change.
func (n *Asset) Version() string { return version(n.fields()) }

// value is a field of an object as people would write it.
type value struct{ name, text string }

// Field is a field that changes; "" is nothing.
type Field struct {
	Name   string `json:"field"`
	Before string `json:"before"`
	After  string `json:"after"`
}

// fields are what can be changed, by name.
func (n *Asset) fields() []value {
	all := []value{
		{"site", string(n.Site)},
		{"model", n.Model},
		{"serial", n.Serial},
		{"note", n.Note},
		{"retired", instant(n.Retired)},
	}
	for i := range n.Mountings {
		m := &n.Mountings[i]
		of := "mountings." + string(m.Sensor)
		all = append(all, value{of, "mounted"},
			value{of + ".model", m.Model},
			value{of + ".serial", m.Serial},
			value{of + ".height_m", metres(m.HeightM)},
			value{of + ".datum_m", metres(m.DatumM)},
			value{of + ".orientation", m.Orientation},
			value{of + ".since", instant(m.Since)},
			value{of + ".note", m.Note})
	}
	for i := range n.Levels {
		all = append(all, n.Levels[i].fields()...)
	}
	return all
}

// version is a digest of fields.
func version(fields []value) string {
	h := sha256.New()
	for _, f := range fields {
		fmt.Fprintf(h, "%q=%q\n", f.name, f.text)
	}
	return hex.EncodeToString(h.Sum(nil)[:12])
}

// differences are the fields that are not the same in both, in the order of is,
// then those that are gone.
func differences(was, is []value) []Field {
	before := make(map[string]string, len(was))
	for _, f := range was {
		before[f.name] = f.text
	}
	var changed []Field
	for _, f := range is {
		if old := before[f.name]; old != f.text {
			changed = append(changed, Field{f.name, old, f.text})
		}
		delete(before, f.name)
	}
	for _, f := range was {
		if old := before[f.name]; old != "" {
			changed = append(changed, Field{f.name, old, ""})
		}
	}
	return changed
}

// sides are what the audit keeps of a change.
func sides(changed []Field) (before, after map[string]string) {
	before, after = make(map[string]string), make(map[string]string)
	for _, f := range changed {
		if f.Before != "" {
			before[f.Name] = f.Before
		}
		if f.After != "" {
			after[f.Name] = f.After
		}
	}
	return before, after
}

func instant(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format("2006-01-02T15:04:05.999Z07:00")
}

func metres(v *float64) string {
	if v == nil {
		return ""
	}
	return decimal(*v)
}

func decimal(v float64) string { return strconv.FormatFloat(v, 'f', -1, 64) }

// degrees are nothing while the site has no name.
func degrees(name string, v float64) string {
	if name == "" {
		return ""
	}
	return decimal(v)
}

func natural(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}

// ErrChanged tells that an object is not any more as it was when whoever changes
// it looked at it.
var ErrChanged = errors.New("changed by somebody else meanwhile")
