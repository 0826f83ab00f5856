package registry

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/siaga-id/siaga/internal/reading"
)

// AddNode takes a node on, also one that was already heard of. edit writes what
// there is to say of it; a site is needed. Errors: *MistakesError, ErrExists,
// ErrRetired, ErrTooManyNodes.
func (r *Registry) AddNode(ctx context.Context, by Actor, node reading.NodeID, edit func(*Asset)) (Asset, error) {
	name := mistakes{object: "node:" + clipped(string(node))}
	if name.node(node); len(name.all) > 0 {
		return Asset{}, fmt.Errorf("add node: %w", &MistakesError{name.all})
	}
	var is Asset
	err := r.update(ctx, "inventory", func(tx *sql.Tx) error {
		if err := r.see(ctx, tx, node, ms(r.opt.Now())); err != nil {
			return err
		}
		was, err := asset(ctx, tx, node)
		switch {
		case err != nil:
			return err
		case !was.Retired.IsZero():
			return fmt.Errorf("node %s: %w", node, ErrRetired)
		case was.Site != "":
			return fmt.Errorf("node %s: %w", node, ErrExists)
		}
		is = was.clone()
		edit(&is)
		is.ID, is.Retired = node, was.Retired
		is.tidy()
		if wrong := is.mistakes(); len(wrong) > 0 {
			return &MistakesError{wrong}
		}
		_, err = r.saveAsset(ctx, tx, by, "node.add", &was, &is)
		return err
	})
	if err != nil {
		return Asset{}, fmt.Errorf("add node: %w", err)
	}
	return is, nil
}

// EditNode changes what the inventory holds of a known node. edit gets it as it
// is; it may keep nothing of it. ifVersion is the Version that whoever changes it
// has seen, "" for whatever it is now. Errors: *MistakesError, ErrChanged,
// ErrNotFound, and what edit returns.
func (r *Registry) EditNode(ctx context.Context, by Actor, node reading.NodeID, ifVersion string, edit func(*Asset) error) (Asset, error) {
	var is Asset
	err := r.update(ctx, "inventory", func(tx *sql.Tx) error {
		was, err := asset(ctx, tx, node)
		if err != nil {
			return err
		}
		if ifVersion != "" && was.Version() != ifVersion {
			return fmt.Errorf("node %s: %w", node, ErrChanged)
		}
		is = was.clone()
		if err := edit(&is); err != nil {
			return err
		}
		is.ID, is.Retired = was.ID, was.Retired
		is.tidy()
		wrong, action := is.mistakes(), "node.set"
		if was.Site == "" { // it was only heard of: this takes it on
			of := mistakes{object: "node:" + string(node)}
			of.node(node)
			wrong, action = append(of.all, wrong...), "node.add"
		}
		if len(wrong) > 0 {
			return &MistakesError{wrong}
		}
		_, err = r.saveAsset(ctx, tx, by, action, &was, &is)
		return err
	})
	if err != nil {
		return Asset{}, fmt.Errorf("set node: %w", err)
	}
	return is, nil
}

// tidy brings what edits leave into its order, so that equal assets look equal.
func (n *Asset) tidy() {
	slices.SortStableFunc(n.Mountings, func(a, b Mounting) int { return cmp.Compare(a.Sensor, b.Sensor) })
	for i := range n.Mountings {
		n.Mountings[i].Since = n.Mountings[i].Since.UTC().Truncate(time.Millisecond)
	}
	n.Retired = n.Retired.UTC().Truncate(time.Millisecond)
	n.tidyLevels()
}

// Bounds of what people write down.
const (
	maxMountings        = 100
	maxMetres           = 9000 // above or below whatever
	firstYear, lastYear = 1900, 2100
)

func (n *Asset) mistakes() []Mistake {
	of := mistakes{object: "node:" + string(n.ID)}
	if n.Site != "" || n.Retired.IsZero() {
		if _, err := reading.ParseSiteCode(string(n.Site)); err != nil {
			of.wrong("site", string(n.Site), "harus kode Kemendagri desa atau kelurahan, misalnya 35.05.12.1005", "want the Kemendagri code of a desa or kelurahan, such as 35.05.12.1005")
		}
	}
	of.name("model", n.Model)
	of.name("serial", n.Serial)
	of.words("note", n.Note)
	if len(n.Mountings) > maxMountings {
		of.wrong("mountings", fmt.Sprint(len(n.Mountings)), fmt.Sprintf("paling banyak %d", maxMountings), fmt.Sprintf("want at most %d", maxMountings))
	}
	for i := range n.Mountings {
		if i > 0 && n.Mountings[i].Sensor == n.Mountings[i-1].Sensor {
			of.wrong("sensor", string(n.Mountings[i].Sensor), "tertulis dua kali", "is there twice")
		}
		of.all = append(of.all, n.Mountings[i].mistakes(of.object)...)
	}
	if len(n.Levels) > maxLevelSets {
		of.wrong("levels", fmt.Sprint(len(n.Levels)), fmt.Sprintf("paling banyak %d", maxLevelSets), fmt.Sprintf("want at most %d", maxLevelSets))
	}
	for i := range n.Levels {
		if s := &n.Levels[i]; i > 0 && s.part() == n.Levels[i-1].part() && s.ValidFrom.Equal(n.Levels[i-1].ValidFrom) {
			of.wrong("valid_from", instant(s.ValidFrom), "tertulis dua kali", "is there twice")
		}
		of.all = append(of.all, n.Levels[i].mistakes(of.object)...)
	}
	return of.all
}

func (m *Mounting) part() string { return "mountings." + string(m.Sensor) }

func (m *Mounting) mistakes(object string) []Mistake {
	of := mistakes{object: object, part: m.part()}
	of.sensor(m.Sensor)
	of.name("model", m.Model)
	of.name("serial", m.Serial)
	of.name("orientation", m.Orientation)
	of.words("note", m.Note)
	for field, v := range map[string]*float64{"height_m": m.HeightM, "datum_m": m.DatumM} {
		if v != nil && !(math.Abs(*v) <= maxMetres) {
			of.wrong(field, decimal(*v), "harus dalam meter, −9000 sampai 9000", "want metres, -9000 to 9000")
		}
	}
	if y := m.Since.Year(); !m.Since.IsZero() && (y < firstYear || y > lastYear) {
		of.wrong("since", instant(m.Since), "harus waktu antara 1900 dan 2100", "want a time from 1900 to 2100")
	}
	return of.all
}

// saveAsset writes an asset that has no mistakes, and returns what changed. The
// node's row is there.
func (r *Registry) saveAsset(ctx context.Context, tx *sql.Tx, by Actor, action string, was, is *Asset) ([]Field, error) {
	changed := differences(was.fields(), is.fields())
	if len(changed) == 0 {
		return nil, nil
	}
	if _, err := tx.ExecContext(ctx, `UPDATE nodes SET claimed = ?, claimed_site = ?, model = ?, serial = ?, note = ?, retired = ? WHERE id = ?`,
		is.Site != "", is.Site, is.Model, is.Serial, is.Note, ms(is.Retired), is.ID); err != nil {
		return nil, fmt.Errorf("write node: %w", err)
	}
	if len(was.Mountings)+len(is.Mountings) > 0 {
		if err := saveMountings(ctx, tx, is); err != nil {
			return nil, fmt.Errorf("write mountings: %w", err)
		}
	}
	if len(was.Levels)+len(is.Levels) > 0 {
		if err := saveLevels(ctx, tx, is); err != nil {
			return nil, fmt.Errorf("write levels: %w", err)
		}
	}
	before, after := sides(changed)
	return changed, r.audit(ctx, tx, by, action, "node:"+string(is.ID), before, after)
}

// saveMountings writes a handful of rows, and so all of them.
func saveMountings(ctx context.Context, tx *sql.Tx, is *Asset) error {
	if _, err := tx.ExecContext(ctx, `DELETE FROM mountings WHERE node = ?`, is.ID); err != nil {
		return err
	}
	for _, m := range is.Mountings {
		if _, err := tx.ExecContext(ctx, `INSERT INTO mountings (node, sensor, model, serial, height_m, datum_m, orientation, since, note)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`, is.ID, m.Sensor, m.Model, m.Serial, m.HeightM, m.DatumM, m.Orientation, ms(m.Since), m.Note); err != nil {
			return err
		}
	}
	return nil
}

// saveLevels writes them all, too.
func saveLevels(ctx context.Context, tx *sql.Tx, is *Asset) error {
	if _, err := tx.ExecContext(ctx, `DELETE FROM levels WHERE node = ?`, is.ID); err != nil {
		return err
	}
	for _, s := range is.Levels {
		for _, l := range s.Levels {
			if _, err := tx.ExecContext(ctx, `INSERT INTO levels (node, sensor, quantity, valid_from, rank, name, colour, rising, falling, invented)
				VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
				is.ID, s.Sensor, s.Quantity, s.ValidFrom.UnixMilli(), l.Rank, l.Name, l.Colour, l.Rising, l.Falling, s.Invented); err != nil {
				return err
			}
		}
	}
	return nil
}
