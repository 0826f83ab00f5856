package grafana

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/siaga-id/siaga/internal/reading"
)

const (
	// schemaVersion is the newest that all supported Grafana versions migrate
	// from: 42 only hides tooltips of hidden fields.
	schemaVersion = 41
	// Columns is the width of Grafana's grid; WallRows is what fits 1080 CSS
	// pixels in kiosk mode without scrolling (a cell is 30 px and 8 px margin, the
	// page adds 33 px around them).
	Columns  = 24
	WallRows = 27
)

// The uids and ids that provisioning gives the data sources. Every view works with
// InfluxDB alone; the plugin adds what is live.
const (
	DataSourceUID = "siaga-influxdb"
	PluginUID     = "siaga"
	PluginID      = "siaga-commandcenter-datasource"
)

// Dashboard is one view. JSON is its only output; a Dashboard is not changed
// after it was made.
type Dashboard struct {
	// UID is fixed, but for the set's suffix: links and alert rules hold on to it.
	UID         string
	Title       Text
	Description Text
	// Wall views fit a screen without scrolling and have no variables, since a
	// playlist drops those; the others are for a desk.
	Wall bool
	// From is how far back the view looks, such as "now-6h"; it always ends now.
	From      string
	Refresh   string
	Variables []Variable
	// Marks are events over the graphs, which only the plugin knows.
	Marks  []Mark
	Panels []Panel
}

// Mark is a kind of events, in its colour.
type Mark struct {
	Name  Text
	Color string
	Query PluginQuery
}

// Variable is a drop-down list.
type Variable struct {
	Name  string
	Label Text
	// Query fills it: InfluxQL, which may use variables before it.
	Query string
	// Options fill it where there is no query: the fields of quantities, under their
	// titles and units.
	Options []reading.Quantity
}

type dashboardJSON struct {
	UID           string         `json:"uid"`
	Title         string         `json:"title"`
	Description   string         `json:"description"`
	Tags          []string       `json:"tags"`
	SchemaVersion int            `json:"schemaVersion"`
	Editable      bool           `json:"editable"`
	GraphTooltip  int            `json:"graphTooltip"`
	Timezone      string         `json:"timezone"`
	Refresh       string         `json:"refresh"`
	LiveNow       bool           `json:"liveNow"`
	Time          timeRange      `json:"time"`
	Links         []dashLink     `json:"links"`
	Templating    list[variable] `json:"templating"`
	Annotations   list[mark]     `json:"annotations"`
	Panels        []*panelJSON   `json:"panels"`
}

type timeRange struct {
	From string `json:"from"`
	To   string `json:"to"`
}

type list[T any] struct {
	List []T `json:"list"`
}

// dashLink is the links to the other views, which kiosk mode hides. They are a menu:
// on a phone a row of them would fill the first screen.
type dashLink struct {
	Type       string   `json:"type"`
	Title      string   `json:"title"`
	Tags       []string `json:"tags"`
	AsDropdown bool     `json:"asDropdown"`
}

type variable struct {
	Type       string      `json:"type"`
	Name       string      `json:"name"`
	Label      string      `json:"label"`
	DataSource *dataSource `json:"datasource,omitempty"`
	Query      any         `json:"query"`
	Definition string      `json:"definition,omitempty"`
	// Refresh 1 asks when the dashboard is opened. 2 would ask at each refresh of
	// a range that ends now: where the center does not answer, a village's
	// dashboard would then have no village, and be blank.
	Refresh int              `json:"refresh,omitempty"`
	Sort    int              `json:"sort,omitempty"`
	Options []variableOption `json:"options"`
	Current any              `json:"current"`
}

type variableOption struct {
	Text     string `json:"text"`
	Value    string `json:"value"`
	Selected bool   `json:"selected"`
}

type mark struct {
	Name       string     `json:"name"`
	DataSource dataSource `json:"datasource"`
	Enable     bool       `json:"enable"`
	Color      string     `json:"iconColor"`
	Target     target     `json:"target"`
}

type variableQuery struct {
	Query string `json:"query"`
	RefID string `json:"refId"`
}

// tag is what the dashboards of one set have in common.
func (s Set) tag() string { return "siaga" + s.Suffix() }

// JSON returns the dashboard of a set as Grafana reads it, indented, the same
// bytes every time. Panel ids are the panels' places in the list, from 1.
func (d Dashboard) JSON(set Set) ([]byte, error) {
	title := "Siaga: " + d.Title.in(set.Lang)
	if set.Simulated {
		title = "SIMULASI " + title
	}
	out := dashboardJSON{
		UID: d.UID + set.Suffix(), Title: title, Description: d.Description.in(set.Lang), Tags: []string{set.tag()},
		SchemaVersion: schemaVersion, GraphTooltip: 1, Timezone: "Asia/Jakarta",
		Refresh: d.Refresh, LiveNow: true, Time: timeRange{d.From, "now"},
		Links:      []dashLink{{"dashboards", Text{"Tampilan", "Views"}.in(set.Lang), []string{set.tag()}, true}},
		Templating: list[variable]{[]variable{}}, Annotations: list[mark]{[]mark{}},
	}
	for _, v := range d.Variables {
		out.Templating.List = append(out.Templating.List, v.json(set.Lang))
	}
	for _, m := range d.Marks {
		out.Annotations.List = append(out.Annotations.List, mark{
			Name: m.Name.in(set.Lang), DataSource: plugin, Enable: true, Color: m.Color,
			Target: target{RefID: "Anno", DataSource: plugin, PluginQuery: &m.Query},
		})
	}
	for i, p := range d.Panels {
		out.Panels = append(out.Panels, p.json(i+1, set))
	}
	b, err := json.MarshalIndent(out, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("encode dashboard %s: %w", d.UID, err)
	}
	return append(b, '\n'), nil
}

func (v Variable) json(l Lang) variable {
	if v.Query != "" {
		return variable{
			Type: "query", Name: v.Name, Label: v.Label.in(l), DataSource: &influx,
			Query: variableQuery{v.Query, v.Name}, Definition: v.Query, Refresh: 1, Sort: 1,
			Options: []variableOption{}, Current: map[string]any{},
		}
	}
	out := variable{Type: "custom", Name: v.Name, Label: v.Label.in(l), Options: []variableOption{}}
	var pairs []string
	for i, q := range v.Options {
		// A comma would part two options.
		text := strings.ReplaceAll(withUnit(q).in(l), ",", " ")
		pairs = append(pairs, text+" : "+q.String())
		out.Options = append(out.Options, variableOption{text, q.String(), i == 0})
	}
	out.Query, out.Current = strings.Join(pairs, ", "), out.Options[0]
	return out
}
