package registry

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/siaga-id/siaga/internal/reading"
)

func nodeLine(line int, node reading.NodeID, edit func(*Asset)) Edit {
	return Edit{Line: line, Node: node, EditNode: edit}
}

func TestAnImportIsAllOrNothing(t *testing.T) {
	r, c := fresh(t)
	ctx := t.Context()
	taken(t, r, "sutojayan-01")
	before, err := r.Assets(ctx)
	must(t, err)
	edits := []Edit{
		{Line: 2, Code: "35.05.12.1008", EditSite: func(s *Site) { s.Name, s.Lat, s.Lon = "Jegu", -8.15, 112.24 }},
		{Line: 3, Code: "35.05.12.1009", EditSite: func(s *Site) { s.Name, s.Lat, s.Lon = "Nirwana", 0, 0 }},
		nodeLine(4, "jegu-01", func(n *Asset) { n.Site = "35.05.12.1008" }),
		nodeLine(5, "center", at1005),
		nodeLine(6, "sutojayan-01", func(n *Asset) { n.Note = "baru" }),
		{Line: 7, Node: "sutojayan-01", Part: PartOfSensor("pm-1"), EditNode: func(n *Asset) { n.Mounting("pm-1").Model = "\x07" }},
		nodeLine(8, "sutojayan-01", func(n *Asset) { n.Retired = c.now() }),
	}
	_, err = r.Import(ctx, clerk, edits, true)
	var wrong *MistakesError
	if !errors.As(err, &wrong) {
		t.Fatalf("%v, want mistakes", err)
	}
	var at []string
	for _, m := range wrong.Mistakes {
		at = append(at, fmt.Sprintf("%d %s %s", m.Line, m.Object, m.Field))
	}
	if d := cmp.Diff([]string{"3 site:35.05.12.1009 lat, lon", "5 node:center node", "6 node:sutojayan-01 retired", "7 node:sutojayan-01 model"}, at); d != "" {
		t.Error(d)
	}
	unchanged := func(when string) {
		t.Helper()
		after, err := r.Assets(ctx)
		must(t, err)
		if sites, err := r.Sites(ctx); err != nil || len(sites) != 0 || !cmp.Equal(before, after) {
			t.Errorf("%s: %d sites, %v, nodes: %s", when, len(sites), err, cmp.Diff(before, after))
		}
	}
	unchanged("after mistakes")

	good := []Edit{edits[0], edits[2], edits[4], nodeLine(9, "tua-01", func(n *Asset) { n.Site, n.Retired = "35.05.12.1008", c.now() })}
	want := []Change{
		{2, "site:35.05.12.1008", true, []Field{{"name", "", "Jegu"}, {"lat", "", "-8.15"}, {"lon", "", "112.24"}}},
		{4, "node:jegu-01", true, []Field{{"site", "", "35.05.12.1008"}}},
		{6, "node:sutojayan-01", false, []Field{{"note", "", "baru"}}},
		{9, "node:tua-01", true, []Field{{"site", "", "35.05.12.1008"}, {"retired", "", "2026-03-01T10:00:00Z"}}},
	}
	for _, apply := range []bool{false, true} {
		changes, err := r.Import(ctx, clerk, good, apply)
		must(t, err)
		if d := cmp.Diff(want, changes); d != "" {
			t.Errorf("apply %v: %s", apply, d)
		}
		if !apply {
			unchanged("after a preview")
		}
	}
	if changes, err := r.Import(ctx, clerk, good, true); err != nil || len(changes) != 0 {
		t.Errorf("again: %+v, %v", changes, err)
	}
	if err := r.Standing("tua-01", ""); !errors.Is(err, ErrRetired) {
		t.Errorf("a node that came as retired stands as %v", err)
	}
}

// The time for as many nodes as a center takes is of interest, since nothing else
// is written meanwhile.
func BenchmarkImport(b *testing.B) {
	for range b.N {
		b.StopTimer()
		r, _ := fresh(b)
		edits := make([]Edit, 10_000)
		for i := range edits {
			edits[i] = nodeLine(i+2, reading.NodeID(fmt.Sprintf("desa-%05d", i)), at1005)
		}
		b.StartTimer()
		if _, err := r.Import(context.Background(), clerk, edits, true); err != nil {
			b.Fatal(err)
		}
	}
}
