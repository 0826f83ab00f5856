package grafana

import (
	"fmt"

	"github.com/siaga-id/siaga/internal/reading"
)

// What tiles and rows lead to.
var (
	toVillage = []Link{{Text{"Lihat desanya", "Show the village"}, "siaga-desa", "var-node=${__data.fields.node}"}}
	// lineToVillage is for graphs, whose series have labels instead of columns.
	lineToVillage = []Link{{Text{"Lihat desanya", "Show the village"}, "siaga-desa", "var-node=${__field.labels.node}"}}
)

// head is the first panel of a view: what it is, and that it is simulated.
func head(at Place, view, note Text) Panel {
	return Panel{
		Kind: Markdown, Place: at, Title: same(""), Description: Text{"Keterangan", "What this is"},
		Words: Text{"# " + view.ID + "\n\n" + note.ID, "# " + view.EN + "\n\n" + note.EN},
		Simulated: Text{
			"# SIMULASI: " + view.ID + "\n\n**Semua nilai buatan.** " + note.ID,
			"# SIMULASI: " + view.EN + "\n\n**All values are simulated.** " + note.EN,
		},
	}
}

// named shows a column under a name that people know.
func named(column string, as Text, more ...Property) Override {
	return Override{"byName", column, append([]Property{{"displayName", as}}, more...)}
}

// correctedNote ends the description of a panel that shows corrected values too.
var correctedNote = Text{
	"Terkoreksi: sesudah kalibrasi; bila ada, nilai itulah yang ditampilkan. Yang meragukan disebut begitu.",
	"Corrected: after calibration; shown where there is one. Suspect values say so.",
}

// newestTiles are the sensors with the greatest or least newest values, a tile
// each, the corrected value where there is one. A tile's name says that it is
// suspect. The title has to say the unit: digits are large.
func newestTiles(words Text, q reading.Quantity, at Place, tiles int, greatest bool) Panel {
	// Lanes of one road are sensors of one node, so both name a tile.
	name := "${__data.fields.mutu.text}${__data.fields.node}"
	if q.Info().Domain == reading.Traffic {
		name += " ${__data.fields.sensor}"
	}
	return Panel{
		Kind: Stat, Place: at, Title: words,
		Description: Text{
			fmt.Sprintf("%s: nilai terbaru tiap sensor, paling tua %s. %s", title(q).ID, newestWithin, correctedNote.ID),
			fmt.Sprintf("%s: each sensor's newest value, %s old at most. %s", title(q).EN, newestWithin, correctedNote.EN),
		},
		Queries: []Query{newest(q)},
		Transforms: []Transform{
			rowwise("nilai", "lastNotNull", "mentah", "terkoreksi"), sortBy("nilai", greatest), first(tiles), written("mutu"), without("Time", "mentah", "terkoreksi"),
		},
		Field: Field{Unit: same("none"), Steps: steps(q), Links: toVillage},
		Overrides: []Override{
			named("nilai", same(name)),
			{"byName", "mutu", []Property{{"mappings", suspectWords}}},
		},
	}
}

// figures are a few numbers of the whole center, a tile each: the columns of one
// query, named and coloured by overrides.
func figures(words, about Text, at Place, q Query, field Field, overrides ...Override) Panel {
	return Panel{
		Kind: Stat, Place: at, Title: words, Description: about, Queries: []Query{q}, Field: field, Overrides: overrides,
		Options: map[string]any{"reduceOptions": one()},
	}
}

// count is how many of the rows of an inner query are so, which should be none: is
// is 1 for those and 0 for all others, so that none is a 0 that InfluxDB tells, and
// nothing at all, as of a center that is silent, is no 0.
func count(words, about Text, at Place, color, is, of string) Panel {
	return figures(words, about, at, series(same("$col"), `SELECT sum("is") AS "n" FROM (SELECT %s AS "is" FROM %s)`, is, of), Field{
		Unit: same("none"), Steps: []Step{{0, noValueColor}, {0, fine}, {1, color}},
	}, named("n", same(" ")))
}

// noneTold stands where no row was found: also a center that is silent tells none.
var noneTold = Text{"tidak ada yang dilaporkan", "none reported"}

// silentTiles are the nodes that say nothing, the longest silent first. A node
// under repair is excused.
func silentTiles(at Place, tiles int) Panel {
	return Panel{
		Kind: Stat, Place: at, Title: Text{"Node yang diam (hari, jam:menit:detik)", "Silent nodes (days, hours:minutes:seconds)"},
		Description: Text{
			"Node yang datanya terlambat lebih dari semenit; yang paling lama diam di depan, kecuali yang sedang diperbaiki",
			"Nodes whose data is more than a minute late; the longest silent first, except those under repair",
		},
		Queries:    []Query{table(`SELECT "gap", "repair", "node" FROM %s WHERE "gap" > 60`, perNode("gap", "repair"))},
		Transforms: []Transform{exceptOnes("repair"), sortBy("gap", true), first(tiles), without("Time", "repair")},
		Field: Field{
			Unit: same("dtdhms"), Links: toVillage, NoValue: noneTold,
			Steps: []Step{{0, noValueColor}, {0, watch}, {600, alarm}},
		},
		// Days and hours run out of their tile where Grafana chooses the size.
		Options: map[string]any{"text": map[string]any{"titleSize": 18, "valueSize": 28}},
	}
}
