package registry

import (
	"context"
	"database/sql"
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/siaga-id/siaga/internal/reading"
	"github.com/siaga-id/siaga/internal/wire"
)

// figures returns hour, day and month; NaN where there is none.
func figures(t interface{ Fatal(...any) }, r *Registry, node reading.NodeID) [3]float64 {
	got, err := r.Completeness(context.Background(), node)
	if err != nil {
		t.Fatal(err)
	}
	var all [3]float64
	for i, f := range []*float64{got.Hour, got.Day, got.Month} {
		all[i] = math.NaN()
		if f != nil {
			all[i] = *f
		}
	}
	return all
}

func near(a, b [3]float64) bool {
	for i := range a {
		if math.IsNaN(a[i]) != math.IsNaN(b[i]) || math.Abs(a[i]-b[i]) > 1e-6 {
			return false
		}
	}
	return true
}

// slow is a village's history reading by reading: what was configured from when
// on, and the packs that are stored.
type slow struct {
	configs []slowConfig
	packs   map[uint64]StoredRange
}

type slowConfig struct {
	since    time.Time
	interval time.Duration
	count    int
}

func (s *slow) figure(now time.Time, length time.Duration) float64 {
	end := now.Add(-time.Minute).Truncate(time.Minute)
	start := end.Add(-length)
	if length > time.Hour {
		start = end.Truncate(time.Hour).Add(-length)
	}
	first := s.configs[0].since
	if first = first.Add(time.Minute - 1).Truncate(time.Minute); first.After(start) {
		start = first
	}
	var expected, stored float64
	for i, conf := range s.configs {
		from, to := conf.since, end
		if i+1 < len(s.configs) && s.configs[i+1].since.Before(to) {
			to = s.configs[i+1].since
		}
		if from.Before(start) {
			from = start
		}
		if d := to.Sub(from); d > 0 {
			expected += d.Seconds() / conf.interval.Seconds() * float64(conf.count)
		}
	}
	for _, p := range s.packs {
		from, to := p.Oldest, p.Newest
		length := to.Sub(from)
		if length == 0 {
			if !from.Before(start) && from.Before(end) {
				stored += float64(p.Readings)
			}
			continue
		}
		if from.Before(start) {
			from = start
		}
		if to.After(end) {
			to = end
		}
		if d := to.Sub(from); d > 0 {
			stored += float64(p.Readings) * d.Seconds() / length.Seconds()
		}
	}
	if expected <= 0 {
		return math.NaN()
	}
	return min(100*stored/expected, 100)
}

// Hour, day and month are what a model says that keeps every pack, whenever packs
// come, however late and often, and wherever the program is restarted between.
func TestFiguresAreThoseOfASlowModel(t *testing.T) {
	path := filepath.Join(t.TempDir(), "registry.db")
	c := newClock()
	start := c.now()
	opt := Options{Kind: Real, Now: c.now}
	r, err := Open(path, opt)
	must(t, err)
	defer func() { r.Close() }()
	run := 0
	rapid.Check(t, func(t *rapid.T) {
		run++
		node := reading.NodeID(fmt.Sprint("node-", run)) // to make a file for each takes long
		check := func(err error) {
			if err != nil {
				t.Fatal(err)
			}
		}
		check(exec(r.write, `DELETE FROM nodes`)) // of the runs before
		c.set(start)
		c.add(time.Duration(rapid.IntRange(0, 7200).Draw(t, "joins after")) * time.Second)
		model := &slow{packs: map[uint64]StoredRange{}}
		configure := func() {
			conf := slowConfig{c.now(), time.Duration(rapid.IntRange(1, 600).Draw(t, "interval")) * time.Second, rapid.IntRange(1, 3).Draw(t, "quantities")}
			model.configs = append(model.configs, conf)
			st := sensors(conf.interval, []string{"pm1", "pm2_5", "pm10"}[:conf.count]...)
			st.NextSeq = 0 // says nothing of its packs
			check(r.States(t.Context(), []StateReport{{node, st, c.now()}}))
		}
		if rapid.Bool().Draw(t, "packs come before the state") {
			s := stored(node, "e1", 1, 1)
			s.Readings, s.Oldest, s.Newest = 500, c.now().Add(-30*time.Minute), c.now()
			check(r.Stored(t.Context(), []StoredRange{s}))
			model.packs[1] = s
		}
		configure()
		joined := c.now()
		seq := uint64(1)
		var late []StoredRange
		for range rapid.IntRange(1, 12).Draw(t, "steps") {
			before := c.now()
			c.add(time.Duration(rapid.SampledFrom([]int{1, 7, 59, 60, 61, 600, 3600, 20_000, 90_000, 400_000, 2_000_000}).Draw(t, "seconds")) * time.Second)
			for range rapid.IntRange(0, 5).Draw(t, "packs") {
				seq++
				s := stored(node, "e1", seq, seq)
				s.Readings = rapid.IntRange(0, 400).Draw(t, "readings")
				s.Newest = c.now().Add(-time.Duration(rapid.Int64Range(0, int64(c.now().Sub(before)/time.Second)).Draw(t, "age")) * time.Second)
				s.Oldest = s.Newest.Add(-time.Duration(rapid.IntRange(0, 5400).Draw(t, "length")) * time.Second)
				late = append(late, s)
			}
			var now []StoredRange
			now, late = take(t, "come", late)
			check(r.Stored(t.Context(), now))
			check(r.Stored(t.Context(), now)) // told twice, counted once
			for _, s := range now {
				model.packs[s.From] = s
			}
			switch rapid.IntRange(0, 5).Draw(t, "then") {
			case 0:
				check(r.Close())
				r, err = Open(path, opt)
				check(err)
			case 1:
				configure()
			}
		}
		got := figures(t, r, node)
		want := [3]float64{model.figure(c.now(), time.Hour), model.figure(c.now(), 24*time.Hour), model.figure(c.now(), 720*time.Hour)}
		if !near(got, want) {
			t.Fatalf("%v after joining: hour, day and month %v, want %v", c.now().Sub(joined), got, want)
		}
		all, err := r.lastHour(t.Context())
		check(err)
		one, ok := all[node]
		if !ok {
			one = math.NaN()
		}
		if !near([3]float64{one}, [3]float64{want[0]}) {
			t.Fatalf("in the list %v, want %v", one, want[0])
		}
	})
}

// A node was cut off for two days; its backlog raises the hours when it measured.
func TestBacklogRaisesPastHours(t *testing.T) {
	r, c := fresh(t)
	start := c.now()
	tell(t, r, c, "aa", sensors(2*time.Second, "pm1"))
	packs(t, r, start, 0, 60, 30)
	c.set(start.Add(49*time.Hour + time.Minute))
	if got := figures(t, r, "aa"); !near(got, [3]float64{0, 0, 100.0 / 49}) {
		t.Fatalf("cut off: %v", got)
	}
	packs(t, r, start, 60, 49*60, 30)
	if got := figures(t, r, "aa"); !near(got, [3]float64{100, 100, 100}) {
		t.Fatalf("after its backlog: %v", got)
	}
	// A month later only the month and a day are kept.
	c.set(start.Add(40 * 24 * time.Hour))
	packs(t, r, start, 40*24*60-60, 40*24*60, 30)
	packs(t, r, start, 49*60, 50*60, 30) // too late for any figure
	var n int
	must(t, r.read.QueryRow(`SELECT COUNT(*) FROM hours`).Scan(&n))
	if n != 1 {
		t.Fatalf("%d hours are kept, want 1", n)
	}
}

// An older file has two hours of counts. The figures begin there, and do not
// accuse the node of what was not counted.
func TestFiguresOfAnOlderFile(t *testing.T) {
	path := oldFile(t, 3)
	c := newClock()
	now := c.now()
	db, err := sql.Open("sqlite", dsn(path, "synchronous(FULL)"))
	must(t, err)
	begin := now.Add(-20 * 24 * time.Hour).UnixMilli()
	must(t, exec(db, `INSERT INTO nodes (id, first_seen) VALUES ('aa', ?), ('bb', ?), ('cc', ?)`, begin, begin, begin))
	must(t, exec(db, `INSERT INTO sensors (node, sensor, since, driver, interval, quantities, count) VALUES ('aa', 'pm-1', ?, 'pms5003', 2000, 'pm1', 1)`, begin))
	must(t, exec(db, `INSERT INTO sensors (node, sensor, since, driver, interval, quantities, count) VALUES ('bb', 'pm-1', ?, 'pms5003', 2000, 'pm1', 1)`, now.Add(-90*time.Minute-time.Second).UnixMilli()))
	must(t, exec(db, `INSERT INTO epochs (node, epoch, next, seen) VALUES ('aa', 'e1', 9, ?)`, now.UnixMilli()))
	must(t, exec(db, `INSERT INTO open_ranges (node, epoch, lo, hi, state, reason, said, since, merged) VALUES ('aa', 'e1', 3, 4, 'missing', '', '', ?, 0)`, begin))
	for m := int64(-120); m < 0; m++ {
		for _, node := range []string{"aa", "bb"} {
			must(t, exec(db, `INSERT INTO minutes (minute, node, readings) VALUES (?, ?, 30)`, now.Unix()/60+m, node))
		}
	}
	must(t, db.Close())
	r := open(t, path, c)
	for _, tc := range []struct{ node, from string }{
		{"aa", "2h0m0s"}, {"bb", "1h30m0s"}, {"cc", "none"},
	} {
		var from sql.NullInt64
		must(t, r.read.QueryRow(`SELECT counted_from FROM nodes WHERE id = ?`, tc.node).Scan(&from))
		got := "none"
		if from.Valid {
			got = now.Sub(time.UnixMilli(from.Int64)).String()
		}
		if got != tc.from {
			t.Errorf("%s is counted from %s ago, want %s", tc.node, got, tc.from)
		}
	}
	c.add(time.Minute)
	if got := figures(t, r, "aa"); !near(got, [3]float64{100, 100, 100}) {
		t.Errorf("figures %v", got)
	}
	n, err := r.Node(t.Context(), "aa")
	must(t, err)
	if want := now.Add(-time.Minute); !n.Newest.Equal(want) {
		t.Errorf("newest reading %v, want the minute of %v", n.Newest, want)
	}
	gaps, err := r.Gaps(t.Context(), "aa")
	must(t, err)
	if len(gaps) != 1 || !gaps[0].After.IsZero() || !gaps[0].Before.IsZero() {
		t.Errorf("gaps %+v, want one without times", gaps)
	}
}

func exec(db *sql.DB, statement string, args ...any) error {
	_, err := db.Exec(statement, args...)
	return err
}

// A node that changes its mind all day fills no disk, and no figure counts what
// is not known any more.
func TestFormerSensorsAreBounded(t *testing.T) {
	r, c := fresh(t)
	start := c.now()
	tell(t, r, c, "aa", sensors(time.Second, "pm1"))
	must(t, exec(r.write, `WITH RECURSIVE i(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM i WHERE n < ?)
		INSERT INTO sensors (node, sensor, since, until, driver, interval, quantities, count)
		SELECT 'aa', 'old-1', ? + 10000 * n, ? + 10000 * (n + 1), 'pms5003', 1000, 'pm1', 1 FROM i`,
		maxFormer+500, start.UnixMilli(), start.UnixMilli()))
	c.add(8 * time.Hour)
	tell(t, r, c, "aa", sensors(2*time.Second, "pm1"))
	var n int
	must(t, r.read.QueryRow(`SELECT COUNT(*) FROM sensors WHERE until IS NOT NULL`).Scan(&n))
	if n > maxFormer {
		t.Fatalf("%d former configurations", n)
	}
	var from int64
	must(t, r.read.QueryRow(`SELECT counted_from FROM nodes`).Scan(&from))
	if got := time.UnixMilli(from).Sub(start); got != 2*time.Hour {
		t.Errorf("counted from %v, want the whole hour after the last forgotten", got)
	}
}

func TestNewestReading(t *testing.T) {
	r, c := fresh(t)
	newest := func() time.Time {
		n, err := r.Node(t.Context(), "aa")
		must(t, err)
		return n.Newest
	}
	s := stored("aa", "e1", 1, 1) // without readings
	must(t, r.Stored(t.Context(), []StoredRange{s}))
	if got := newest(); !got.IsZero() {
		t.Errorf("newest %v of none", got)
	}
	tell := func(epoch string, seq uint64, at time.Time) {
		s := stored("aa", epoch, seq, seq)
		s.Readings, s.Oldest, s.Newest = 1, at, at
		must(t, r.Stored(t.Context(), []StoredRange{s}))
	}
	tell("e1", 3, c.now().Add(-time.Minute))
	tell("e2", 1, c.now().Add(-time.Hour)) // backlog of an older card
	if got := newest(); !got.Equal(c.now().Add(-time.Minute)) {
		t.Errorf("newest %v", got)
	}
	came := c.now()
	tell("e2", 2, came.Add(100*time.Hour)) // from a wrong future
	c.add(time.Minute)
	if got := newest(); !got.Equal(came) {
		t.Errorf("newest %v, want when it came", got)
	}
}

func TestGapsHaveTimes(t *testing.T) {
	r, c := fresh(t)
	start := c.now()
	at := func(minute int) time.Time {
		if minute < 0 {
			return time.Time{}
		}
		return start.Add(time.Duration(minute) * time.Minute)
	}
	store := func(from, to uint64) StoredRange { // pack n has readings of minute n-1 to n
		s := stored("aa", "e1", from, to)
		s.Readings, s.Oldest, s.Newest = 1, at(int(from)-1), at(int(to))
		return s
	}
	look := func(want ...string) {
		t.Helper()
		c.add(time.Hour)
		gaps, err := r.Gaps(t.Context(), "aa")
		must(t, err)
		var got []string
		for _, g := range gaps {
			say := func(u time.Time) string {
				if u.IsZero() {
					return "?"
				}
				return fmt.Sprint(int(u.Sub(start).Minutes()))
			}
			got = append(got, fmt.Sprintf("%s %d-%d: %s to %s", g.State, g.From, g.To, say(g.After), say(g.Before)))
		}
		if !slices.Equal(got, want) {
			t.Fatalf("gaps %q, want %q", got, want)
		}
	}
	must(t, r.Stored(t.Context(), []StoredRange{store(5, 10), store(20, 20)}))
	look("missing 1-4: ? to 4", "missing 11-19: 10 to 19")
	must(t, r.Stored(t.Context(), []StoredRange{store(13, 14)}))
	look("missing 1-4: ? to 4", "missing 11-12: 10 to 12", "missing 15-19: 14 to 19")
	// The node tells what it has; nothing behind it is stored yet.
	st := state("e1", 31)
	st.Outstanding = []wire.SeqRange{{From: 15, To: 16}, {From: 21, To: 30}}
	st.GivenUp = []wire.GivenUp{{From: 17, To: 18, Reason: "disk full"}}
	tell(t, r, c, "aa", st)
	look("waiting 15-16: 14 to 19", "lost 17-18: 14 to 19", "waiting 21-30: 20 to ?")
	// A refused pack has arrived, and its times are not known.
	must(t, r.Quarantine(t.Context(), []Refused{{Node: "aa", Topic: "t", Epoch: "e1", Seq: 16}}))
	must(t, r.Stored(t.Context(), []StoredRange{store(31, 31)}))
	look("waiting 15-15: 14 to 19", "lost 17-18: 14 to 19", "waiting 21-30: 20 to 30")
}
