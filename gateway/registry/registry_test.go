package registry

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"go.uber.org/goleak"

	"github.com/siaga-id/siaga/internal/reading"
	"github.com/siaga-id/siaga/internal/wire"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// clock is a clock that the test moves.
type clock struct {
	mu sync.Mutex
	t  time.Time
}

func newClock() *clock { return &clock{t: time.Date(2026, 3, 1, 10, 0, 0, 0, time.UTC)} }

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.t
}

func (c *clock) set(t time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.t = t
}

func (c *clock) add(d time.Duration) { c.set(c.now().Add(d)) }

func open(t testing.TB, path string, c *clock) *Registry {
	t.Helper()
	r, err := Open(path, Options{Kind: Real, Now: c.now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close() })
	return r
}

func fresh(t testing.TB) (*Registry, *clock) {
	t.Helper()
	c := newClock()
	return open(t, filepath.Join(t.TempDir(), "registry.db"), c), c
}

func stored(node reading.NodeID, epoch string, from, to uint64) StoredRange {
	return StoredRange{Node: node, Epoch: epoch, From: from, To: to}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestKindIsKept(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a?b%20#c.db")
	r, err := Open(path, Options{Kind: Demo})
	must(t, err)
	must(t, r.Close())
	_, err = Open(path, Options{Kind: Real})
	var kind *KindError
	if !errors.As(err, &kind) || kind.Have != Demo || kind.Want != Real {
		t.Fatalf("Open as real = %v, want a KindError", err)
	}
	if r, err = Open(path, Options{Kind: Demo}); err != nil {
		t.Fatalf("Open as demo again: %v", err)
	}
	must(t, r.Close())
	if _, err := Open(path, Options{}); err == nil {
		t.Fatal("Open without a kind was accepted")
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Fatalf("the file is %v, %v: want it readable by its owner only", info.Mode(), err)
	}
}

// oldFile makes a registry file with the first n of our migrations.
func oldFile(t *testing.T, n int) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "registry.db")
	db, err := sql.Open("sqlite", dsn(path, "synchronous(FULL)"))
	must(t, err)
	names, err := migrations.ReadDir("migrations")
	must(t, err)
	old := fstest.MapFS{}
	for _, e := range names[:n] {
		data, err := migrations.ReadFile("migrations/" + e.Name())
		must(t, err)
		old["migrations/"+e.Name()] = &fstest.MapFile{Data: data}
	}
	must(t, migrate(context.Background(), db, path, old, time.Now()))
	_, err = db.Exec(`INSERT INTO nodes (id, first_seen) VALUES ('sutojayan-01', 1)`)
	must(t, err)
	must(t, db.Close())
	return path
}

func TestOlderSchemaIsBackedUpAndUpgraded(t *testing.T) {
	all, err := migrations.ReadDir("migrations")
	must(t, err)
	for n := 1; n < len(all); n++ {
		path := oldFile(t, n)
		r := open(t, path, newClock())
		nodes, err := r.Nodes(t.Context())
		must(t, err)
		if len(nodes) != 1 || nodes[0].ID != "sutojayan-01" {
			t.Fatalf("from schema %d: nodes %v", n, nodes)
		}
		must(t, r.Quarantine(t.Context(), []Refused{{Topic: "a", Reason: "syntax"}}))
		must(t, r.Close())

		backups, err := filepath.Glob(path + ".v*.bak")
		must(t, err)
		if len(backups) != 1 {
			t.Fatalf("from schema %d: backups %v, want one", n, backups)
		}
		db, err := sql.Open("sqlite", dsn(backups[0], "query_only(1)"))
		must(t, err)
		var version, count int
		must(t, db.QueryRow(`PRAGMA user_version`).Scan(&version))
		must(t, db.QueryRow(`SELECT COUNT(*) FROM nodes`).Scan(&count))
		must(t, db.Close())
		if version != n || count != 1 {
			t.Fatalf("backup of schema %d: schema %d, %d nodes", n, version, count)
		}
	}
}

func TestNewerSchemaIsRefusedAndLeftAlone(t *testing.T) {
	all, err := migrations.ReadDir("migrations")
	must(t, err)
	newer := len(all) + 1
	path := oldFile(t, len(all))
	db, err := sql.Open("sqlite", dsn(path, "synchronous(FULL)"))
	must(t, err)
	_, err = db.Exec(fmt.Sprintf(`PRAGMA user_version = %d`, newer))
	must(t, err)
	must(t, db.Close())
	before, err := os.ReadFile(path)
	must(t, err)
	_, err = Open(path, Options{Kind: Real})
	var schema *SchemaError
	if !errors.As(err, &schema) || schema.Have != newer || schema.Want != len(all) {
		t.Fatalf("Open = %v, want a SchemaError", err)
	}
	if !strings.Contains(err.Error(), path) || !strings.Contains(err.Error(), "newer siaga") {
		t.Errorf("the error names neither file nor remedy: %v", err)
	}
	after, err := os.ReadFile(path)
	must(t, err)
	if string(before) != string(after) {
		t.Error("the refused file was changed")
	}
}

func TestFailedMigrationChangesNothing(t *testing.T) {
	path := oldFile(t, 1)
	db, err := sql.Open("sqlite", dsn(path, "synchronous(FULL)"))
	must(t, err)
	defer db.Close()
	first, err := migrations.ReadFile("migrations/0001_nodes.sql")
	must(t, err)
	broken := fstest.MapFS{
		"migrations/0001_nodes.sql":  {Data: first},
		"migrations/0002_broken.sql": {Data: []byte("CREATE TABLE half (x); CREATE NONSENSE;")},
	}
	if err := migrate(t.Context(), db, path, broken, time.Now()); err == nil || !strings.Contains(err.Error(), "0002_broken") {
		t.Fatalf("migrate = %v, want the file that failed", err)
	}
	var version, half int
	must(t, db.QueryRow(`PRAGMA user_version`).Scan(&version))
	must(t, db.QueryRow(`SELECT COUNT(*) FROM sqlite_master WHERE name = 'half'`).Scan(&half))
	if version != 1 || half != 0 {
		t.Fatalf("after a failed migration: schema %d, %d half tables", version, half)
	}
}

func state(epoch string, next uint64) *wire.NodeState {
	return &wire.NodeState{Online: true, Boot: "b1", Clock: wire.Synced, Site: "35.05.12.1001", Epoch: epoch, NextSeq: next}
}

func tell(t testing.TB, r *Registry, c *clock, node reading.NodeID, st *wire.NodeState) {
	t.Helper()
	must(t, r.States(t.Context(), []StateReport{{Node: node, State: st, Received: c.now()}}))
}

func TestNodeLifecycle(t *testing.T) {
	r, c := fresh(t)
	ctx := t.Context()
	must(t, r.PutSites(ctx, []Site{{Code: "35.05.12.1001", Name: "Sutojayan", District: "Sutojayan", Lat: -8.1856, Lon: 112.2194}}))
	must(t, r.Stored(ctx, []StoredRange{stored("sutojayan-01", "e1", 1, 1)}))
	n, err := r.Node(ctx, "sutojayan-01")
	must(t, err)
	if n.Claimed || n.State != nil || n.Online || !n.LastSeen.IsZero() || n.FirstSeen.IsZero() || n.Completeness != nil {
		t.Fatalf("a node seen by its packs only: %+v", n)
	}

	st := state("e1", 2)
	st.Sim = true
	st.Sensors = []wire.SensorState{{ID: "pm-1", Driver: "pms5003", IntervalMS: 2000, Quantities: []string{"pm1"}, Health: wire.HealthOK}}
	c.add(time.Minute)
	tell(t, r, c, "sutojayan-01", st)
	n, err = r.Node(ctx, "sutojayan-01")
	must(t, err)
	if !n.Online || !n.Simulated || n.Site.Name != "Sutojayan" || !n.LastSeen.Equal(c.now()) || n.State.Sensors[0].ID != "pm-1" {
		t.Fatalf("after its state: %+v", n)
	}

	seen := c.now()
	c.add(time.Minute)
	tell(t, r, c, "sutojayan-01", &wire.NodeState{Online: false})
	n, err = r.Node(ctx, "sutojayan-01")
	must(t, err)
	if n.Online || !n.LastSeen.Equal(seen) || len(n.State.Sensors) != 1 {
		t.Fatalf("after its Will: %+v, want offline and all else as before", n)
	}

	must(t, r.Claim(ctx, "sutojayan-01", "35.05.12.1002"))
	tell(t, r, c, "sutojayan-01", st)
	n, err = r.Node(ctx, "sutojayan-01")
	must(t, err)
	if !n.Claimed || n.Site.Code != "35.05.12.1001" {
		t.Fatalf("claimed elsewhere: %+v, want what the node says", n)
	}
	odd, err := r.Anomalies(ctx, "sutojayan-01")
	must(t, err)
	if len(odd) != 1 || odd[0].Kind != OtherSite {
		t.Fatalf("anomalies %+v, want the other site", odd)
	}

	if _, err := r.Node(ctx, "nowhere-01"); !errors.Is(err, ErrNotFound) {
		t.Errorf("an unknown node: %v", err)
	}
	if _, err := r.Node(ctx, ""); !errors.Is(err, ErrNotFound) {
		t.Errorf("no node: %v", err)
	}
}

func TestBadReportsDoNotLoseTheirNeighbours(t *testing.T) {
	c := newClock()
	r, err := Open(filepath.Join(t.TempDir(), "registry.db"), Options{Kind: Real, Now: c.now, MaxNodes: 1})
	must(t, err)
	defer r.Close()
	ctx := t.Context()
	must(t, r.Stored(ctx, []StoredRange{stored("aa", "e", 1, 1)}))
	for name, bad := range map[string]StoredRange{
		"node":     stored("A/b", "e", 1, 1),
		"epoch":    stored("aa", "", 1, 1),
		"zero":     stored("aa", "e", 0, 1),
		"reversed": stored("aa", "e", 9, 8),
		"huge":     stored("aa", "e", 1, 1<<63),
		"readings": {Node: "aa", Epoch: "e", From: 1, To: 1, Readings: -1},
		"times":    {Node: "aa", Epoch: "e", From: 1, To: 1, Oldest: time.UnixMilli(2), Newest: time.UnixMilli(1)},
	} {
		if err := r.Stored(ctx, []StoredRange{bad}); !errors.Is(err, ErrInvalid) {
			t.Errorf("%s: Stored = %v, want ErrInvalid", name, err)
		}
	}
	err = r.Stored(ctx, []StoredRange{stored("aa", "e", 9, 8), stored("bb", "e", 1, 1), stored("aa", "e", 5, 5)})
	if !errors.Is(err, ErrInvalid) || !errors.Is(err, ErrTooManyNodes) {
		t.Fatalf("Stored = %v, want both refusals", err)
	}
	c.add(time.Minute)
	gaps, err := r.Gaps(ctx, "aa")
	must(t, err)
	if len(gaps) != 1 || gaps[0].From != 2 || gaps[0].To != 4 {
		t.Fatalf("gaps %+v, want 2 to 4: the good range was kept", gaps)
	}
	if nodes, err := r.Nodes(ctx); err != nil || len(nodes) != 1 {
		t.Fatalf("nodes %v, %v", nodes, err)
	}

	st := state("e", 3)
	st.Outstanding = []wire.SeqRange{{From: 5, To: 6}, {From: 1, To: 2}}
	err = r.States(ctx, []StateReport{{"aa", st, c.now()}, {"bb", state("e", 1), c.now()}, {"aa", state("e", 6), c.now()}})
	if !errors.Is(err, ErrInvalid) || !errors.Is(err, ErrTooManyNodes) {
		t.Fatalf("States = %v, want both refusals", err)
	}
	if gaps, err = r.Gaps(ctx, "aa"); err != nil || len(gaps) != 0 {
		t.Fatalf("gaps %+v, %v: the good state healed none", gaps, err)
	}
}
