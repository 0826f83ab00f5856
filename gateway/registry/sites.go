package registry

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/siaga-id/siaga/internal/reading"
)

// Site is a village.
type Site struct {
	Code reading.SiteCode `json:"site" doc:"Kemendagri code, such as 35.05.12.1005"`
	// Name is the desa's or kelurahan's, District the kecamatan's.
	Name     string `json:"name" doc:"of the desa or kelurahan; empty while nobody has said it: then the place is not known either"`
	District string `json:"district" doc:"the kecamatan's name"`
	// Lat and Lon are degrees, WGS 84; they mean nothing while Name is empty.
	Lat float64 `json:"lat" doc:"degrees, WGS 84"`
	Lon float64 `json:"lon" doc:"degrees, WGS 84"`
	// River is the name of the river there, RiverOrder where the site lies along
	// it, from the source: 1, 2, …; 0 where nobody has said it.
	River      string `json:"river"`
	RiverOrder int    `json:"river_order" doc:"along the river, from its source; 0: not said"`
	Datum      string `json:"datum" doc:"to what the gauge's zero refers, in words"`
	Photo      string `json:"photo" doc:"where the photo is: a link or a file's name"`
	Note       string `json:"note" doc:"access, keys, whom to ask"`
}

// PutSites adds those sites that are not known. What people have written of the
// others stays.
func (r *Registry) PutSites(ctx context.Context, sites []Site) error {
	err := r.update(ctx, "sites", func(tx *sql.Tx) error {
		for _, s := range sites {
			if wrong := s.mistakes(); len(wrong) > 0 {
				return &MistakesError{wrong}
			}
			if _, err := tx.ExecContext(ctx, `INSERT INTO sites (code, name, district, lat, lon, river, river_order, datum, photo, note)
				VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
				s.Code, s.Name, s.District, s.Lat, s.Lon, s.River, s.RiverOrder, s.Datum, s.Photo, s.Note); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("put sites: %w", err)
	}
	return nil
}

// Sites returns all sites, by code.
func (r *Registry) Sites(ctx context.Context) ([]Site, error) { return sites(ctx, r.read, "") }

// Site returns one site, or ErrNotFound.
func (r *Registry) Site(ctx context.Context, code reading.SiteCode) (Site, error) {
	return site(ctx, r.read, code)
}

func site(ctx context.Context, from queryer, code reading.SiteCode) (Site, error) {
	if _, err := reading.ParseSiteCode(string(code)); err != nil {
		return Site{}, fmt.Errorf("site %q: %w", code, ErrNotFound)
	}
	all, err := sites(ctx, from, code)
	if err != nil {
		return Site{}, err
	}
	if len(all) == 0 {
		return Site{}, fmt.Errorf("site %s: %w", code, ErrNotFound)
	}
	return all[0], nil
}

// sites reads one site, or with "" all.
func sites(ctx context.Context, from queryer, code reading.SiteCode) ([]Site, error) {
	rows, err := from.QueryContext(ctx, `SELECT code, name, district, lat, lon, river, river_order, datum, photo, note FROM sites
		WHERE ?1 = '' OR code = ?1 ORDER BY code`, code)
	if err != nil {
		return nil, fmt.Errorf("read sites: %w", err)
	}
	defer rows.Close()
	var all []Site
	for rows.Next() {
		var s Site
		if err := rows.Scan(&s.Code, &s.Name, &s.District, &s.Lat, &s.Lon, &s.River, &s.RiverOrder, &s.Datum, &s.Photo, &s.Note); err != nil {
			return nil, fmt.Errorf("read sites: %w", err)
		}
		all = append(all, s)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("read sites: %w", err)
	}
	return all, nil
}

// NewVersion stands for a site that is not there yet.
const NewVersion = "new"

// EditSite changes a site, or adds it where it is not known. edit gets the site
// as it is. ifVersion is the Version that whoever changes it has seen, "" for
// whatever it is now, NewVersion for one that must not be there yet. Errors:
// *MistakesError, ErrChanged.
func (r *Registry) EditSite(ctx context.Context, by Actor, code reading.SiteCode, ifVersion string, edit func(*Site)) (Site, error) {
	var is Site
	err := r.update(ctx, "inventory", func(tx *sql.Tx) error {
		was, err := site(ctx, tx, code)
		known := err == nil
		if err != nil && !errors.Is(err, ErrNotFound) {
			return err
		}
		if ifVersion != "" && (known != (ifVersion != NewVersion) || known && was.Version() != ifVersion) {
			return fmt.Errorf("site %s: %w", code, ErrChanged)
		}
		is = was
		edit(&is)
		is.Code = code
		if wrong := is.mistakes(); len(wrong) > 0 {
			return &MistakesError{wrong}
		}
		_, err = r.saveSite(ctx, tx, by, known, &was, &is)
		return err
	})
	if err != nil {
		return Site{}, fmt.Errorf("set site: %w", err)
	}
	return is, nil
}

// saveSite writes a site that has no mistakes, and returns what changed.
func (r *Registry) saveSite(ctx context.Context, tx *sql.Tx, by Actor, known bool, was, is *Site) ([]Field, error) {
	changed := differences(was.fields(), is.fields())
	action := "site.set"
	if !known {
		action = "site.add"
	} else if len(changed) == 0 {
		return nil, nil
	}
	if _, err := tx.ExecContext(ctx, `INSERT OR REPLACE INTO sites (code, name, district, lat, lon, river, river_order, datum, photo, note)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		is.Code, is.Name, is.District, is.Lat, is.Lon, is.River, is.RiverOrder, is.Datum, is.Photo, is.Note); err != nil {
		return nil, fmt.Errorf("write site: %w", err)
	}
	before, after := sides(changed)
	return changed, r.audit(ctx, tx, by, action, "site:"+string(is.Code), before, after)
}

// Version names what the site is now; it is another after every change.
func (s *Site) Version() string { return version(s.fields()) }

// fields are what can be changed, by name.
func (s *Site) fields() []value {
	return []value{
		{"name", s.Name},
		{"district", s.District},
		{"lat", degrees(s.Name, s.Lat)},
		{"lon", degrees(s.Name, s.Lon)},
		{"river", s.River},
		{"river_order", natural(s.RiverOrder)},
		{"datum", s.Datum},
		{"photo", s.Photo},
		{"note", s.Note},
	}
}

// The box around Indonesia, in degrees: Pulau Rondo in the north, Pulau Dana in
// the south, Pulau Benggala in the west and Merauke in the east, each with a
// little room.
const (
	north, south = 6.2, -11.2
	west, east   = 94.8, 141.2
)

// maxOrder bounds a site's place along its river.
const maxOrder = 9999

func (s *Site) mistakes() []Mistake {
	of := mistakes{object: "site:" + clipped(string(s.Code))}
	if _, err := reading.ParseSiteCode(string(s.Code)); err != nil {
		of.wrong("site", string(s.Code), "harus kode Kemendagri desa atau kelurahan, misalnya 35.05.12.1005", "want the Kemendagri code of a desa or kelurahan, such as 35.05.12.1005")
	}
	of.name("name", s.Name)
	of.name("district", s.District)
	of.name("river", s.River)
	of.words("datum", s.Datum)
	of.link("photo", s.Photo)
	of.words("note", s.Note)
	if s.Name == "" {
		of.wrong("name", "", "harus diisi dengan nama desa atau kelurahan", "want the name of the desa or kelurahan")
	}
	within := func(lat, lon float64) bool { return lat >= south && lat <= north && lon >= west && lon <= east }
	if !within(s.Lat, s.Lon) {
		at := fmt.Sprintf("%v, %v", s.Lat, s.Lon)
		if within(s.Lon, s.Lat) {
			of.wrong("lat, lon", at, "tertukar: lintang (lat) di Indonesia −11 sampai 6, bujur (lon) 95 sampai 141", "are swapped: latitude (lat) in Indonesia is -11 to 6, longitude (lon) 95 to 141")
		} else {
			of.wrong("lat, lon", at, "bukan di Indonesia: lintang (lat) −11 sampai 6, bujur (lon) 95 sampai 141, dalam derajat", "is not in Indonesia: latitude (lat) is -11 to 6, longitude (lon) 95 to 141, in degrees")
		}
	}
	if s.RiverOrder < 0 || s.RiverOrder > maxOrder {
		of.wrong("river_order", fmt.Sprint(s.RiverOrder), "harus 1 sampai 9999 dari hulu, atau 0", "want 1 to 9999 from the source, or 0")
	} else if s.RiverOrder > 0 && s.River == "" {
		of.wrong("river_order", fmt.Sprint(s.RiverOrder), "memerlukan nama sungai (river)", "needs the river's name (river)")
	}
	return of.all
}
