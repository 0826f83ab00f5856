//go:build integration

package chaos

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/siaga-id/siaga/integration/parts"
)

// verdict compares what all nodes ever had with what InfluxDB holds.
type verdict struct {
	packs []pack

	queued, stored, lost, duplicated, altered, refused int
	// clashed are readings that share everything that makes a point with another
	// one of another value: InfluxDB has room for one of them. twins are those of
	// them that two boards of one name measured in the same millisecond, which
	// nobody can tell apart.
	clashed, twins int
	// wronged are those of the refused whose clocks were right.
	wronged int
	samples map[string][]string // a few of each wrong, by what it is
}

func (v *verdict) wrong(what string, p parts.Point, format string, args ...any) {
	if len(v.samples[what]) < 8 {
		v.samples[what] = append(v.samples[what], fmt.Sprintf("%s/%s/%s at %d (%s, %s): ", p.Node, p.Sensor, p.Field, p.TimeMS, p.Measurement, p.Site)+fmt.Sprintf(format, args...))
	}
}

// had is what one point is known to have been measured as, and in which packs.
type had struct {
	values []measured
	packs  []pack
}

// judge reads everything from InfluxDB and compares. refused are packs in the
// quarantine, where readings later than latest belong.
func judge(cards []*card, db parts.Database, refused map[packName]bool, latest time.Time) (*verdict, error) {
	v := &verdict{samples: map[string][]string{}}
	byNode := map[string]map[parts.Point]*had{}
	for _, c := range cards {
		packs, err := c.all()
		if err != nil {
			return nil, err
		}
		v.packs = append(v.packs, packs...)
		if byNode[c.node] == nil {
			byNode[c.node] = map[parts.Point]*had{}
		}
		for _, p := range packs {
			for point, m := range p.values {
				h := byNode[c.node][point]
				if h == nil {
					h = &had{}
					byNode[c.node][point] = h
				}
				h.packs = append(h.packs, p)
				if !slices.Contains(h.values, m) { // a copied card has the same packs
					h.values = append(h.values, m)
				}
			}
		}
	}
	for node, all := range byNode {
		found, err := db.Points(node)
		if err != nil {
			return nil, err
		}
		v.compare(all, found, refused, latest.UnixMilli())
	}
	return v, nil
}

func (v *verdict) compare(all map[parts.Point]*had, found map[parts.Point]float64, refused map[packName]bool, latestMS int64) {
	for point, h := range all {
		v.queued += len(h.values)
		if len(h.values) > 1 {
			v.clashed += len(h.values) - 1
			what := "clashed"
			if slices.ContainsFunc(h.packs, func(p pack) bool { return p.card != h.packs[0].card }) {
				v.twins += len(h.values) - 1
				what = "clashed between two boards"
			}
			v.wrong(what, point, "measured as %v in packs %s", h.values, names(h.packs))
		}
		got, ok := found[point]
		if !ok {
			if slices.ContainsFunc(h.packs, func(p pack) bool { return refused[packName{p.card.node, p.seq}] }) {
				v.refused++
				if point.TimeMS <= latestMS {
					v.wronged++
					v.wrong("refused", point, "%v in pack %s", h.values[0].value, names(h.packs))
				}
				continue
			}
			v.lost++
			v.wrong("lost", point, "%v in pack %s", h.values[0].value, names(h.packs))
			continue
		}
		v.stored++
		flag := point
		flag.Field += "_qc"
		qc := found[flag]
		if !slices.ContainsFunc(h.values, func(m measured) bool { return m.value == got && qc >= float64(m.quality) }) {
			v.altered++
			v.wrong("altered", point, "%v with flag %v, measured %v in pack %s", got, qc, h.values, names(h.packs))
		}
	}
	for point, value := range found {
		if strings.HasSuffix(point.Field, "_qc") {
			point.Field = strings.TrimSuffix(point.Field, "_qc")
			if _, ok := found[point]; ok {
				continue // counted with its value
			}
		}
		if all[point] == nil {
			v.duplicated++
			v.wrong("duplicated", point, "%v, which nobody measured then", value)
		}
	}
}

func names(packs []pack) string {
	var all []string
	for _, p := range packs {
		all = append(all, fmt.Sprintf("%s:%d", strings.TrimSuffix(p.card.dir, "/"), p.seq))
	}
	return strings.Join(all, ", ")
}

// sound says whether nothing is wrong.
func (v *verdict) sound() bool {
	return v.queued > 0 && v.lost == 0 && v.duplicated == 0 && v.altered == 0 && v.wronged == 0 && v.clashed == v.twins
}

func (v *verdict) String() string {
	return fmt.Sprintf("queued %d, stored %d, lost %d, duplicated %d, altered %d, refused %d (%d of them wrongly), clashed %d (%d between two boards)",
		v.queued, v.stored, v.lost, v.duplicated, v.altered, v.refused, v.wronged, v.clashed, v.twins)
}
