package registry

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/siaga-id/siaga/internal/reading"
)

var clerk = Actor{Name: "budi", Address: "10.0.0.7"}

func at1005(n *Asset) { n.Site = "35.05.12.1005" }

// taken takes a node on.
func taken(t testing.TB, r *Registry, node reading.NodeID) Asset {
	t.Helper()
	n, err := r.AddNode(t.Context(), clerk, node, at1005)
	must(t, err)
	return n
}

func TestANodeIsTakenOnChangedAndRetired(t *testing.T) {
	r, c := fresh(t)
	ctx := t.Context()
	must(t, r.Stored(ctx, []StoredRange{stored("sutojayan-01", "e1", 1, 1)})) // it was heard of first
	n := taken(t, r, "sutojayan-01")
	if known, err := r.Node(ctx, "sutojayan-01"); err != nil || !known.Claimed || known.Site.Code != "35.05.12.1005" {
		t.Fatalf("%+v, %v", known, err)
	}
	if _, err := r.AddNode(ctx, clerk, "sutojayan-01", at1005); !errors.Is(err, ErrExists) {
		t.Errorf("again: %v", err)
	}
	if _, err := r.AddNode(ctx, clerk, "jegu-01", func(*Asset) {}); !errors.Is(err, ErrInvalid) {
		t.Errorf("without a site: %v", err)
	}
	if _, err := r.Node(ctx, "jegu-01"); !errors.Is(err, ErrNotFound) {
		t.Errorf("what was refused is there: %v", err)
	}

	height := 2.5
	is, err := r.EditNode(ctx, clerk, "sutojayan-01", n.Version(), func(n *Asset) error {
		n.Note = "kunci di Pak RT"
		m := n.Mounting("pm-1")
		m.Model, m.Serial, m.HeightM, m.Since = "Plantower PMS5003", "A-17", &height, c.now()
		return nil
	})
	must(t, err)
	if is.Version() == n.Version() {
		t.Error("the version stayed")
	}
	if _, err := r.EditNode(ctx, Actor{Name: "sri"}, "sutojayan-01", n.Version(), func(n *Asset) error { n.Note = ""; return nil }); !errors.Is(err, ErrChanged) {
		t.Errorf("by somebody who saw it before: %v", err)
	}
	have, err := r.Asset(ctx, "sutojayan-01")
	must(t, err)
	if d := cmp.Diff(is, have); d != "" {
		t.Error(d)
	}

	must(t, r.Retire(ctx, clerk, "sutojayan-01", "dicuri"))
	have, err = r.Asset(ctx, "sutojayan-01")
	must(t, err)
	if !have.Retired.Equal(c.now()) {
		t.Errorf("retired %v", have.Retired)
	}
	if _, err := r.AddNode(ctx, clerk, "sutojayan-01", at1005); !errors.Is(err, ErrRetired) {
		t.Errorf("a retired one again: %v", err)
	}

	log, err := r.Audit(ctx, AuditFilter{Object: "node:sutojayan-01"})
	must(t, err)
	var did []string
	for _, e := range log {
		did = append(did, e.Action+" by "+e.Name+": "+string(e.Before)+" → "+string(e.After))
	}
	want := []string{
		`node.retire by budi:  → {"reason":"dicuri"}`,
		`node.set by budi: {} → {"mountings.pm-1":"mounted","mountings.pm-1.height_m":"2.5","mountings.pm-1.model":"Plantower PMS5003",` +
			`"mountings.pm-1.serial":"A-17","mountings.pm-1.since":"2026-03-01T10:00:00Z","note":"kunci di Pak RT"}`,
		`node.add by budi: {} → {"site":"35.05.12.1005"}`,
	}
	if d := cmp.Diff(want, did); d != "" {
		t.Error(d)
	}
}

func TestWhatIsWrittenDownOfNodesIsLookedAt(t *testing.T) {
	r, _ := fresh(t)
	taken(t, r, "sutojayan-01")
	far := 1e5
	for name, tc := range map[string]struct {
		field string
		edit  func(*Asset)
	}{
		"no code":            {"site", func(n *Asset) { n.Site = "35.05.12" }},
		"a line break":       {"note", func(n *Asset) { n.Note = "a\nb" }},
		"a hidden character": {"model", func(n *Asset) { n.Model = "a\u202eb" }},
		"no text":            {"model", func(n *Asset) { n.Model = "\xff" }},
		"too long":           {"serial", func(n *Asset) { n.Serial = strings.Repeat("é", 101) }},
		"a formula":          {"note", func(n *Asset) { n.Note = "=HYPERLINK(1)" }},
		"a space":            {"note", func(n *Asset) { n.Note = " a" }},
		"no sensor":          {"sensor", func(n *Asset) { n.Mounting("PM 1") }},
		"too high":           {"height_m", func(n *Asset) { n.Mounting("pm-1").HeightM = &far }},
		"two of a sensor":    {"sensor", func(n *Asset) { n.Mountings = []Mounting{{Sensor: "pm-1"}, {Sensor: "pm-1"}} }},
		"too early":          {"since", func(n *Asset) { n.Mounting("pm-1").Since = time.Unix(-1e10, 0) }},
	} {
		_, err := r.EditNode(t.Context(), clerk, "sutojayan-01", "", func(n *Asset) error { tc.edit(n); return nil })
		var wrong *MistakesError
		if !errors.As(err, &wrong) || wrong.Mistakes[0].Field != tc.field || wrong.Mistakes[0].ID == "" || !errors.Is(err, ErrInvalid) {
			t.Errorf("%s: %v, want a mistake of %s", name, err, tc.field)
		}
	}
	for _, id := range []reading.NodeID{"center", "all", "config", "", "a", "A1", "-01", "a b", "x'; DROP TABLE nodes--", reading.NodeID(strings.Repeat("a", 32))} {
		if _, err := r.AddNode(t.Context(), clerk, id, at1005); !errors.Is(err, ErrInvalid) {
			t.Errorf("a node called %q: %v", id, err)
		}
	}
	must(t, r.Stored(t.Context(), []StoredRange{stored("fleet", "e1", 1, 1)}))
	if _, err := r.EditNode(t.Context(), clerk, "fleet", "", func(n *Asset) error { at1005(n); return nil }); !errors.Is(err, ErrInvalid) {
		t.Errorf("one that was heard of is taken on by a change: %v", err)
	}
}

func TestSites(t *testing.T) {
	r, _ := fresh(t)
	ctx := t.Context()
	good := Site{Code: "35.05.12.1005", Name: "Sutojayan", District: "Sutojayan", Lat: -8.1856, Lon: 112.2194}
	must(t, r.PutSites(ctx, []Site{good}))
	s, err := r.EditSite(ctx, clerk, good.Code, good.Version(), func(s *Site) { s.River, s.RiverOrder, s.Note = "Kali Unut", 2, "d'Artagnan; --" })
	must(t, err)
	must(t, r.PutSites(ctx, []Site{good})) // as at every start of a demonstration
	have, err := r.Site(ctx, good.Code)
	must(t, err)
	if d := cmp.Diff(s, have); d != "" {
		t.Errorf("what people wrote did not stay: %s", d)
	}
	if _, err := r.EditSite(ctx, clerk, good.Code, good.Version(), func(*Site) {}); !errors.Is(err, ErrChanged) {
		t.Errorf("by an older version: %v", err)
	}
	if _, err := r.EditSite(ctx, clerk, good.Code, NewVersion, func(*Site) {}); !errors.Is(err, ErrChanged) {
		t.Errorf("as a new one: %v", err)
	}
	if _, err := r.EditSite(ctx, clerk, "35.05.12.2009", NewVersion, func(s *Site) { *s = good }); err != nil {
		t.Errorf("a new one: %v", err)
	}
	if all, err := r.Sites(ctx); err != nil || len(all) != 2 || all[1].Code != "35.05.12.2009" {
		t.Errorf("%+v, %v", all, err)
	}

	for name, tc := range map[string]struct {
		says string
		edit func(*Site)
	}{
		"swapped":    {"swapped", func(s *Site) { s.Lat, s.Lon = s.Lon, s.Lat }},
		"elsewhere":  {"not in Indonesia", func(s *Site) { s.Lat = 52 }},
		"no name":    {"name of the desa", func(s *Site) { s.Name = "" }},
		"no river":   {"needs the river", func(s *Site) { s.River = "" }},
		"order":      {"1 to 9999", func(s *Site) { s.RiverOrder = -1 }},
		"javascript": {"https://", func(s *Site) { s.Photo = "javascript:alert(1)" }},
	} {
		if _, err := r.EditSite(ctx, clerk, good.Code, "", tc.edit); !errors.Is(err, ErrInvalid) || !strings.Contains(err.Error(), tc.says) {
			t.Errorf("%s: %v, want it to say %q", name, err, tc.says)
		}
	}
	if _, err := r.EditSite(ctx, clerk, "35.05.12", "", func(s *Site) { *s = good }); !errors.Is(err, ErrInvalid) {
		t.Errorf("a code of three parts: %v", err)
	}
}

func siaga(from time.Time) LevelSet {
	return LevelSet{Sensor: "sungai-1", Quantity: "level", ValidFrom: from, Levels: []Level{
		{Rank: 2, Name: "Siaga II", Colour: "#F07C00", Rising: 200, Falling: 190},
		{Rank: 0, Name: "Normal", Colour: "#2e9e5b", Rising: 7},
		{Rank: 1, Name: "Siaga III", Colour: "#f2c200", Rising: 150, Falling: 140},
	}}
}

func TestLevels(t *testing.T) {
	r, c := fresh(t)
	taken(t, r, "sutojayan-01")
	put := func(s LevelSet) (Asset, error) {
		return r.EditNode(t.Context(), clerk, "sutojayan-01", "", func(n *Asset) error {
			*n.LevelSet(s.Sensor, s.Quantity, s.ValidFrom) = s
			return nil
		})
	}
	_, err := put(siaga(c.now()))
	must(t, err)
	is, err := put(siaga(c.now().Add(-24 * time.Hour)))
	must(t, err)
	have, err := r.Asset(t.Context(), "sutojayan-01")
	must(t, err)
	if d := cmp.Diff(is, have); d != "" {
		t.Error(d)
	}
	if len(have.Levels) != 2 || !have.Levels[0].ValidFrom.Before(have.Levels[1].ValidFrom) {
		t.Fatalf("%+v", have.Levels)
	}
	if l := have.Levels[0].Levels; l[0].Rising != 0 || l[2].Rank != 2 || l[2].Colour != "#f07c00" {
		t.Errorf("they are not in order: %+v", l)
	}

	for name, change := range map[string]func(*LevelSet){
		"a hole":      func(s *LevelSet) { s.Levels[0].Rank = 3 },
		"twice":       func(s *LevelSet) { s.Levels[0].Rank = 1 },
		"too severe":  func(s *LevelSet) { s.Levels = append(s.Levels, Level{Rank: 4}) },
		"only one":    func(s *LevelSet) { s.Levels = s.Levels[1:2] },
		"colour":      func(s *LevelSet) { s.Levels[0].Colour = "red" },
		"no name":     func(s *LevelSet) { s.Levels[0].Name = "" },
		"not higher":  func(s *LevelSet) { s.Levels[0].Rising = 150 },
		"left higher": func(s *LevelSet) { s.Levels[0].Falling = 201 },
		"left lower":  func(s *LevelSet) { s.Levels[0].Falling = 139 },
		"quantity":    func(s *LevelSet) { s.Quantity = "muka-air" },
		"sensor":      func(s *LevelSet) { s.Sensor = "x/y" },
		"time":        func(s *LevelSet) { s.ValidFrom = time.Time{} },
		"no number":   func(s *LevelSet) { s.Levels[0].Rising = 1e300 },
	} {
		s := siaga(c.now().Add(time.Hour))
		change(&s)
		if _, err := put(s); !errors.Is(err, ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}

	must(t, r.PutLevels(t.Context(), Actor{Name: "system"}, map[reading.NodeID][]LevelSet{"sutojayan-01": {siaga(c.now().Add(time.Hour))}, "nowhere-01": {siaga(c.now())}}))
	if now, err := r.Asset(t.Context(), "sutojayan-01"); err != nil || now.Version() != have.Version() {
		t.Errorf("a start changed what people wrote: %v", err)
	}
}

func TestMaintenance(t *testing.T) {
	r, c := fresh(t)
	taken(t, r, "sutojayan-01")
	_, err := r.AddMaintenance(t.Context(), clerk, Maintenance{Node: "sutojayan-01", What: "kipas dibersihkan"})
	must(t, err)
	_, err = r.AddMaintenance(t.Context(), clerk, Maintenance{Node: "sutojayan-01", What: "dipasang", Who: "Sri", Time: c.now().Add(-48 * time.Hour)})
	must(t, err)
	all, err := r.Maintenance(t.Context(), "sutojayan-01", 10)
	must(t, err)
	if len(all) != 2 || all[0].Who != "budi" || !all[0].Time.Equal(c.now()) || all[1].Who != "Sri" || !all[1].Said.Equal(c.now()) {
		t.Errorf("%+v", all)
	}
	for name, m := range map[string]Maintenance{
		"nothing done":  {Node: "sutojayan-01"},
		"in the future": {Node: "sutojayan-01", What: "x", Time: c.now().Add(24 * time.Hour)},
	} {
		if _, err := r.AddMaintenance(t.Context(), clerk, m); !errors.Is(err, ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := r.AddMaintenance(t.Context(), clerk, Maintenance{Node: "nowhere-01", What: "x"}); !errors.Is(err, ErrNotFound) {
		t.Errorf("of no node: %v", err)
	}
}
