//go:build integration

package chaos

import (
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/siaga-id/siaga/firmware-sim/world"
)

// registryFile opens the center's file beside the center, whether that runs or not.
func (s *stage) registryFile() (*sql.DB, error) {
	db, err := sql.Open("sqlite", "file:"+s.registry+"?_txlock=immediate&_pragma=busy_timeout(2000)")
	if err == nil {
		db.SetMaxOpenConns(1)
	}
	return db, err
}

// edit does what an administrator does in the middle of everything: a node's village
// gets another name, another district and another place on the map, and the node is
// taken on as one of another village. What the node has measured remains what it
// says it is, where it says it is.
//
// There is no API for it: this is the sqlite3 shell beside the running center.
func (s *stage) edit(node string) error {
	db, err := s.registryFile()
	if err != nil {
		return err
	}
	defer db.Close()
	tx, err := db.Begin()
	if err != nil {
		return err
	}
	defer tx.Rollback() // after Commit it does nothing
	number := villageOf(node)
	if _, err := tx.Exec(`UPDATE sites SET name = 'Desa ' || code, district = 'Kecamatan baru', lat = lat + 0.25, lon = lon - 0.25 WHERE code = ?`,
		world.VillageAt(number).Site); err != nil {
		return err
	}
	if _, err := tx.Exec(`INSERT INTO nodes (id, claimed, claimed_site, first_seen) VALUES (?1, 1, ?2, ?3)
		ON CONFLICT DO UPDATE SET claimed = 1, claimed_site = ?2`,
		node, world.VillageAt(number+1).Site, time.Now().UnixMilli()); err != nil {
		return err
	}
	return tx.Commit()
}

// busyOrFull reports whether SQLite could not write just then: the center has the
// file and is paused, or its disk is full.
func busyOrFull(err error) bool {
	var e *sqlite.Error
	if !errors.As(err, &e) {
		return false
	}
	switch e.Code() & 0xff {
	case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN:
		return true
	}
	return false
}

// editSite is the storm's edit.
func (s *storm) editSite(node string) error {
	err := s.edit(node)
	if busyOrFull(err) {
		s.say("not written, as whoever does it is told: %v", err)
		return nil
	}
	if err == nil {
		s.edited[node] = true
	}
	return err
}

// editsLost returns what has become of the edits otherwise than they were made.
func (s *storm) editsLost() (wrong []string, err error) {
	for _, node := range slices.Sorted(maps.Keys(s.edited)) {
		var one struct {
			Claimed bool `json:"claimed"`
			Site    struct {
				Code string `json:"code"`
			} `json:"site"`
		}
		if err := s.ask("/api/v1/nodes/"+node, &one); err != nil {
			return nil, err
		}
		if own := string(world.VillageAt(villageOf(node)).Site); !one.Claimed || one.Site.Code != own {
			wrong = append(wrong, fmt.Sprintf("%s was taken on and says it is at %s; the center has: taken on %t, at %s", node, own, one.Claimed, one.Site.Code))
		}
	}
	return wrong, nil
}

// openRanges returns what the center's ledger takes for missing, waiting or lost,
// that too which it shows nobody yet because it is young. What is acknowledged or
// moved is none of these: a node that begins an epoch in the middle of its numbers
// had the packs before acknowledged under another, and sends what waited under the
// new one, whose ranges are looked at as well.
func (s *stage) openRanges() (open []string, err error) {
	db, err := s.registryFile()
	if err != nil {
		return nil, err
	}
	defer db.Close()
	rows, err := db.Query(`SELECT node, epoch, lo, hi, state, reason FROM open_ranges WHERE state NOT IN ('acknowledged', 'moved') ORDER BY node, epoch, lo`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var node, epoch, state, reason string
		var from, to uint64
		if err := rows.Scan(&node, &epoch, &from, &to, &state, &reason); err != nil {
			return nil, err
		}
		open = append(open, strings.TrimSpace(fmt.Sprintf("%s, epoch %s: packs %d to %d are %s %s", node, epoch, from, to, state, reason)))
	}
	return open, rows.Err()
}
