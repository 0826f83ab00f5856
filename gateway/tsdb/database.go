package tsdb

import (
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/influxdata/influxdb/services/meta"
	"github.com/influxdata/influxdb/tsdb"
)

// retentionPolicy is the name that InfluxDB gives a default one, and that
// people look for.
const retentionPolicy = "autogen"

// prepareDatabase makes the database where it is missing, and sets how long it
// keeps readings.
func prepareDatabase(mc *meta.Client, name string, keep time.Duration, log *slog.Logger) error {
	db := mc.Database(name)
	if db == nil {
		one := 1
		spec := &meta.RetentionPolicySpec{Name: retentionPolicy, Duration: &keep, ReplicaN: &one}
		if _, err := mc.CreateDatabaseWithRetentionPolicy(name, spec); err != nil {
			return fmt.Errorf("create database %q: %w", name, err)
		}
		return nil
	}
	rp := db.RetentionPolicy(db.DefaultRetentionPolicy)
	if rp == nil {
		return fmt.Errorf("open database %q: its default retention policy %q is missing", name, db.DefaultRetentionPolicy)
	}
	if rp.Duration == keep {
		return nil
	}
	if keep != 0 && (rp.Duration == 0 || keep < rp.Duration) {
		log.Warn("retention was shortened, older readings will be deleted", "database", name, "was", rp.Duration, "is", keep)
	}
	// A shard duration of 0 makes the engine choose one that fits.
	fit := time.Duration(0)
	update := &meta.RetentionPolicyUpdate{Duration: &keep, ShardGroupDuration: &fit}
	if err := mc.UpdateRetentionPolicy(name, rp.Name, update, true); err != nil {
		return fmt.Errorf("set retention of database %q to %s: %w", name, keep, err)
	}
	return nil
}

// unopenedShards lists the shards that are on disk and that the store did not
// open. The engine goes on without them, so that their readings are missing
// from every answer; somebody must be told.
func unopenedShards(mc *meta.Client, st *tsdb.Store) []string {
	open := make(map[uint64]bool)
	for _, id := range st.ShardIDs() {
		open[id] = true
	}
	var dirs []string
	for _, db := range mc.Databases() {
		for _, rp := range db.RetentionPolicies {
			for _, g := range rp.ShardGroups {
				if g.Deleted() {
					continue
				}
				for _, sh := range g.Shards {
					dir := filepath.Join(st.Path(), db.Name, rp.Name, strconv.FormatUint(sh.ID, 10))
					if _, err := os.Stat(dir); err == nil && !open[sh.ID] {
						dirs = append(dirs, dir)
					}
				}
			}
		}
	}
	return dirs
}
