package api

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/siaga-id/siaga/gateway/registry"
	"github.com/siaga-id/siaga/internal/reading"
)

// table is one of the inventory's as CSV: a line for each site, node, mounted
// sensor or level.
type table struct {
	name    string
	columns []string
	keys    int // so many of the columns, from the first, are needed
	edit    func(*row) registry.Edit
}

// tables are told apart by their columns, so the most special comes first.
var tables = []table{
	{"levels", []string{"node", "sensor", "quantity", "valid_from", "rank", "name", "colour", "rising", "falling", "invented"}, 5, levelEdit},
	{"sensors", []string{"node", "sensor", "model", "serial", "height_m", "datum_m", "orientation", "since", "note"}, 2, mountingEdit},
	{"nodes", []string{"node", "site", "model", "serial", "note", "retired"}, 1, nodeEdit},
	{"sites", []string{"site", "name", "district", "lat", "lon", "river", "river_order", "datum", "photo", "note"}, 1, siteEdit},
}

// wholeNumber is wanted of what no fraction can be.
func (r *row) wholeNumber(name string) *int {
	text := r.text(name)
	if text == nil {
		return nil
	}
	n := 0
	if *text != "" {
		var err error
		if n, err = strconv.Atoi(*text); err != nil {
			r.wrong(name, *text, "harus bilangan bulat", "want a whole number")
		}
	}
	return &n
}

// row is a line of a table.
type row struct {
	line     int
	cells    map[string]string
	comma    bool // numbers may have a decimal comma
	mistakes []registry.Mistake
}

func (r *row) wrong(field, value, id, en string) {
	if c := []rune(value); len(c) > 80 {
		value = string(c[:80]) + "…"
	}
	r.mistakes = append(r.mistakes, registry.Mistake{Line: r.line, Object: "csv", Field: field, Value: value, ID: id, EN: en})
}

// text is nil where the table has no such column: then nothing is said of it.
func (r *row) text(name string) *string {
	v, ok := r.cells[name]
	if !ok {
		return nil
	}
	return &v
}

// maybe is nil where nothing is said, and points to nil for an empty cell.
func (r *row) maybe(name string) **float64 {
	text := r.text(name)
	if text == nil {
		return nil
	}
	var v *float64
	if *text != "" {
		said := *text
		if r.comma && !strings.Contains(said, ".") {
			said = strings.Replace(said, ",", ".", 1)
		}
		n, err := strconv.ParseFloat(said, 64)
		if err != nil || n != n || n-n != 0 {
			r.wrong(name, *text, "harus bilangan, misalnya -8.1856", "want a number, such as -8.1856")
		}
		v = &n
	}
	return &v
}

// number is 0 for an empty cell.
func (r *row) number(name string) *float64 {
	v := r.maybe(name)
	if v == nil {
		return nil
	}
	if *v == nil {
		*v = new(float64)
	}
	return *v
}

// moment is the zero time for an empty cell. A day begins when it does at the
// center.
func (r *row) moment(name string) *time.Time {
	text := r.text(name)
	if text == nil {
		return nil
	}
	var t time.Time
	if *text != "" {
		var err error
		if t, err = time.Parse(time.RFC3339, *text); err != nil {
			if t, err = time.ParseInLocation(time.DateOnly, *text, time.Local); err != nil {
				r.wrong(name, *text, "harus waktu seperti 2026-03-01T08:00:00+07:00, atau tanggal 2026-03-01", "want a time such as 2026-03-01T08:00:00+07:00, or a date as 2026-03-01")
			}
		}
	}
	return &t
}

// yes is false for an empty cell.
func (r *row) yes(name string) *bool {
	text := r.text(name)
	if text == nil {
		return nil
	}
	v := false
	switch strings.ToLower(*text) {
	case "", "false", "no", "tidak", "0":
	case "true", "yes", "ya", "1":
		v = true
	default:
		r.wrong(name, *text, "harus ya atau tidak", "want yes or no")
	}
	return &v
}

func siteEdit(r *row) registry.Edit {
	name, district, river, datum, photo, note := r.text("name"), r.text("district"), r.text("river"), r.text("datum"), r.text("photo"), r.text("note")
	lat, lon, order := r.number("lat"), r.number("lon"), r.wholeNumber("river_order")
	return registry.Edit{Code: reading.SiteCode(r.cells["site"]), EditSite: func(s *registry.Site) {
		set(&s.Name, name)
		set(&s.District, district)
		set(&s.Lat, lat)
		set(&s.Lon, lon)
		set(&s.River, river)
		set(&s.RiverOrder, order)
		set(&s.Datum, datum)
		set(&s.Photo, photo)
		set(&s.Note, note)
	}}
}

func nodeEdit(r *row) registry.Edit {
	site, model, serial, note, retired := r.text("site"), r.text("model"), r.text("serial"), r.text("note"), r.moment("retired")
	return registry.Edit{Node: reading.NodeID(r.cells["node"]), EditNode: func(n *registry.Asset) {
		set((*string)(&n.Site), site)
		set(&n.Model, model)
		set(&n.Serial, serial)
		set(&n.Note, note)
		set(&n.Retired, retired)
	}}
}

func mountingEdit(r *row) registry.Edit {
	sensor := reading.SensorID(r.cells["sensor"])
	model, serial, orientation, note := r.text("model"), r.text("serial"), r.text("orientation"), r.text("note")
	height, datum, since := r.maybe("height_m"), r.maybe("datum_m"), r.moment("since")
	return registry.Edit{Node: reading.NodeID(r.cells["node"]), Part: registry.PartOfSensor(sensor), EditNode: func(n *registry.Asset) {
		m := n.Mounting(sensor)
		set(&m.Model, model)
		set(&m.Serial, serial)
		set(&m.HeightM, height)
		set(&m.DatumM, datum)
		set(&m.Orientation, orientation)
		set(&m.Since, since)
		set(&m.Note, note)
	}}
}

func levelEdit(r *row) registry.Edit {
	sensor, quantity := reading.SensorID(r.cells["sensor"]), r.cells["quantity"]
	from, rank := r.moment("valid_from"), r.wholeNumber("rank")
	name, colour, invented := r.text("name"), r.text("colour"), r.yes("invented")
	rising, falling := r.number("rising"), r.number("falling")
	return registry.Edit{Node: reading.NodeID(r.cells["node"]), Part: registry.PartOfLevels(sensor, quantity), EditNode: func(n *registry.Asset) {
		of := n.LevelSet(sensor, quantity, from.Truncate(time.Millisecond))
		set(&of.Invented, invented)
		l := of.Level(*rank)
		set(&l.Name, name)
		set(&l.Colour, colour)
		set(&l.Rising, rising)
		set(&l.Falling, falling)
	}}
}

// parseCSV reads one table, as spreadsheets write it: with commas or, as
// Indonesian ones do, semicolons and decimal commas.
func parseCSV(content string) ([]registry.Edit, []registry.Mistake) {
	content = strings.TrimPrefix(content, "\ufeff")
	first, _, _ := strings.Cut(content, "\n")
	in := csv.NewReader(strings.NewReader(content))
	in.FieldsPerRecord = -1
	semicolons := strings.Count(first, ";") > strings.Count(first, ",")
	if semicolons {
		in.Comma = ';'
	}
	head, err := in.Read()
	if err != nil {
		return nil, []registry.Mistake{unreadable(err)}
	}
	of, wrong := tableOf(head)
	if wrong != nil {
		return nil, []registry.Mistake{*wrong}
	}
	var edits []registry.Edit
	var mistakes []registry.Mistake
	for {
		cells, err := in.Read()
		if errors.Is(err, io.EOF) {
			return edits, mistakes
		}
		if err != nil {
			return nil, append(mistakes, unreadable(err))
		}
		line, _ := in.FieldPos(0)
		if !slices.ContainsFunc(cells, func(c string) bool { return strings.TrimSpace(c) != "" }) {
			continue
		}
		r := &row{line: line, cells: make(map[string]string, len(head)), comma: semicolons}
		if len(cells) != len(head) {
			r.wrong("csv", strings.Join(cells, "|"), fmt.Sprintf("punya %d kolom, bukan %d", len(cells), len(head)), fmt.Sprintf("has %d columns, not %d", len(cells), len(head)))
		} else {
			for i, c := range cells {
				r.cells[head[i]] = strings.TrimSpace(c)
			}
			e := of.edit(r)
			e.Line = line
			edits = append(edits, e)
		}
		mistakes = append(mistakes, r.mistakes...)
	}
}

func unreadable(err error) registry.Mistake {
	m := registry.Mistake{Line: 1, Object: "csv", Field: "csv", Value: err.Error(), ID: "tidak dapat dibaca sebagai CSV", EN: "cannot be read as CSV"}
	var at *csv.ParseError
	if errors.As(err, &at) {
		m.Line = at.Line
	}
	return m
}

// tableOf finds the table that has these columns, whose names it tidies.
func tableOf(head []string) (*table, *registry.Mistake) {
	for i := range head {
		head[i] = strings.ToLower(strings.TrimSpace(head[i]))
	}
	wrong := func(value, id, en string) *registry.Mistake {
		return &registry.Mistake{Line: 1, Object: "csv", Field: "header", Value: value, ID: id, EN: en}
	}
	for i := range tables {
		t := &tables[i]
		if slices.ContainsFunc(t.columns[:t.keys], func(key string) bool { return !slices.Contains(head, key) }) {
			continue
		}
		for j, name := range head {
			if !slices.Contains(t.columns, name) {
				return nil, wrong(name, "bukan kolom tabel "+t.name+": "+strings.Join(t.columns, ", "), "is no column of the table "+t.name+": "+strings.Join(t.columns, ", "))
			}
			if slices.Contains(head[:j], name) {
				return nil, wrong(name, "tertulis dua kali", "is there twice")
			}
		}
		return t, nil
	}
	return nil, wrong(strings.Join(head, ","), "baris pertama harus nama kolom, misalnya: "+strings.Join(tables[2].columns, ","), "the first line must name the columns, as in: "+strings.Join(tables[2].columns, ","))
}

// writeCSV writes a table of the inventory.
func writeCSV(out io.Writer, name string, sites []registry.Site, nodes []registry.Asset) error {
	w := csv.NewWriter(out)
	i := slices.IndexFunc(tables, func(t table) bool { return t.name == name })
	rows := [][]string{tables[i].columns}
	add := func(cells ...string) { rows = append(rows, cells) }
	switch name {
	case "sites":
		for _, s := range sites {
			add(string(s.Code), s.Name, s.District, decimal(s.Lat), decimal(s.Lon), s.River, strconv.Itoa(s.RiverOrder), s.Datum, s.Photo, s.Note)
		}
	case "nodes":
		for _, n := range nodes {
			add(string(n.ID), string(n.Site), n.Model, n.Serial, n.Note, instant(n.Retired))
		}
	case "sensors":
		for _, n := range nodes {
			for _, m := range n.Mountings {
				add(string(n.ID), string(m.Sensor), m.Model, m.Serial, perhaps(m.HeightM), perhaps(m.DatumM), m.Orientation, instant(m.Since), m.Note)
			}
		}
	case "levels":
		for _, n := range nodes {
			for _, set := range n.Levels {
				for _, l := range set.Levels {
					add(string(n.ID), string(set.Sensor), set.Quantity, instant(set.ValidFrom), strconv.Itoa(l.Rank), l.Name, l.Colour,
						decimal(l.Rising), decimal(l.Falling), strconv.FormatBool(set.Invented))
				}
			}
		}
	}
	return w.WriteAll(rows)
}

func decimal(v float64) string { return strconv.FormatFloat(v, 'f', -1, 64) }

func perhaps(v *float64) string {
	if v == nil {
		return ""
	}
	return decimal(*v)
}

func instant(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(stampLayout)
}
