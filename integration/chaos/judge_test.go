//go:build integration

package chaos

import (
	"testing"

	"github.com/siaga-id/siaga/integration/parts"
)

// TestTheJudgeSeesEveryWrong gives the checker one wrong of each kind.
func TestTheJudgeSeesEveryWrong(t *testing.T) {
	at := func(ms int64) parts.Point {
		return parts.Point{Measurement: "water", Node: "a-01", Sensor: "s", Field: "level", TimeMS: ms}
	}
	flag := func(p parts.Point) parts.Point { p.Field += "_qc"; return p }
	c := newCard("a-01", "a-01")
	measure := func(values ...measured) *had { return &had{values: values, packs: []pack{{card: c, seq: 7}}} }
	sound := func() (map[parts.Point]*had, map[parts.Point]float64) {
		return map[parts.Point]*had{at(1): measure(measured{1.5, 1}), at(2): measure(measured{2.5, 2})},
			map[parts.Point]float64{at(1): 1.5, flag(at(1)): 1, at(2): 2.5, flag(at(2)): 3}
	}
	for name, tc := range map[string]struct {
		spoil func(map[parts.Point]*had, map[parts.Point]float64)
		want  string
	}{
		"nothing":       {func(map[parts.Point]*had, map[parts.Point]float64) {}, "queued 2, stored 2, lost 0, duplicated 0, altered 0, refused 0 (0 of them wrongly), clashed 0 (0 between two boards)"},
		"lost":          {func(_ map[parts.Point]*had, db map[parts.Point]float64) { delete(db, at(1)) }, "queued 2, stored 1, lost 1, duplicated 0, altered 0, refused 0 (0 of them wrongly), clashed 0 (0 between two boards)"},
		"another time":  {func(_ map[parts.Point]*had, db map[parts.Point]float64) { db[at(3)] = 1.5 }, "queued 2, stored 2, lost 0, duplicated 1, altered 0, refused 0 (0 of them wrongly), clashed 0 (0 between two boards)"},
		"another value": {func(_ map[parts.Point]*had, db map[parts.Point]float64) { db[at(1)] = 1.6 }, "queued 2, stored 2, lost 0, duplicated 0, altered 1, refused 0 (0 of them wrongly), clashed 0 (0 between two boards)"},
		"a better flag": {func(_ map[parts.Point]*had, db map[parts.Point]float64) { db[flag(at(2))] = 1 }, "queued 2, stored 2, lost 0, duplicated 0, altered 1, refused 0 (0 of them wrongly), clashed 0 (0 between two boards)"},
		"two in one": {func(all map[parts.Point]*had, _ map[parts.Point]float64) {
			all[at(1)].values = append(all[at(1)].values, measured{9, 1})
		}, "queued 3, stored 2, lost 0, duplicated 0, altered 0, refused 0 (0 of them wrongly), clashed 1 (0 between two boards)"},
	} {
		t.Run(name, func(t *testing.T) {
			all, found := sound()
			tc.spoil(all, found)
			v := &verdict{samples: map[string][]string{}}
			v.compare(all, found, nil, 0)
			if v.String() != tc.want || v.sound() != (name == "nothing") {
				t.Errorf("sound %t: %s, want %s", v.sound(), v, tc.want)
			}
		})
	}
	t.Run("refused", func(t *testing.T) {
		all, found := sound()
		delete(found, at(1))
		for latest, want := range map[int64]int{1: 1, 0: 0} {
			v := &verdict{samples: map[string][]string{}}
			v.compare(all, found, map[packName]bool{{"a-01", 7}: true}, latest)
			if v.refused != 1 || v.wronged != want || v.lost != 0 {
				t.Errorf("latest %d: %s", latest, v)
			}
		}
	})
}
