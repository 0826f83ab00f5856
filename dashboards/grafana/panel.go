package grafana

import "maps"

// Kind is a Grafana panel plugin's id.
type Kind string

// The panel plugins in use; all are built into Grafana.
const (
	Stat          Kind = "stat"
	TimeSeries    Kind = "timeseries"
	Gauge         Kind = "gauge"
	BarGauge      Kind = "bargauge"
	StateTimeline Kind = "state-timeline"
	StatusHistory Kind = "status-history"
	Table         Kind = "table"
	Geomap        Kind = "geomap"
	Heatmap       Kind = "heatmap"
	BarChart      Kind = "barchart"
	Markdown      Kind = "text"
)

// Place is where a panel stands in the grid, in cells.
type Place struct{ X, Y, W, H int }

// Query is one InfluxQL query with Grafana's macros. Grafana runs the queries of a
// request one after the other, so that a panel has few.
type Query struct {
	InfluxQL string
	// Alias names the series by $tag_… and $col; "" for those of a table.
	Alias Text
	// Table asks for one frame with a row for each value, tags as columns, instead
	// of one frame a series.
	Table bool
	// Plugin asks Siaga's own data source instead.
	Plugin *PluginQuery
}

// PluginQuery is a query of the plugin's, as it reads it.
type PluginQuery struct {
	Type     string   `json:"queryType"`
	Quantity string   `json:"quantity,omitempty"`
	Nodes    []string `json:"nodes,omitempty"`
	Live     bool     `json:"live,omitempty"`
	Kinds    []string `json:"kinds,omitempty"`
}

// Panel is one panel. Its queries' ids are A, B, … in their order.
type Panel struct {
	Kind        Kind
	Title       Text
	Description Text
	Place       Place
	Queries     []Query
	// Transforms run in the browser, in order.
	Transforms []Transform
	Field      Field
	Overrides  []Override
	// Options are the kind's, over those that its kind has here by default. Texts
	// within are in the set's language.
	Options map[string]any
	// Words is what a text says, in Markdown; Simulated what it says instead where
	// all values are invented.
	Words, Simulated Text
}

// Transform is one of Grafana's transformations.
type Transform struct {
	ID      string         `json:"id"`
	Options map[string]any `json:"options"`
}

type panelJSON struct {
	ID          int            `json:"id"`
	Type        Kind           `json:"type"`
	Title       string         `json:"title"`
	Description string         `json:"description"`
	GridPos     gridPos        `json:"gridPos"`
	DataSource  *dataSource    `json:"datasource,omitempty"`
	Targets     []target       `json:"targets,omitempty"`
	MaxPoints   int            `json:"maxDataPoints,omitempty"`
	Transforms  []Transform    `json:"transformations,omitempty"`
	FieldConfig fieldConfig    `json:"fieldConfig"`
	Options     map[string]any `json:"options"`
}

type gridPos struct {
	X int `json:"x"`
	Y int `json:"y"`
	W int `json:"w"`
	H int `json:"h"`
}

type dataSource struct {
	Type string `json:"type"`
	UID  string `json:"uid"`
}

type target struct {
	RefID        string     `json:"refId"`
	DataSource   dataSource `json:"datasource"`
	Query        string     `json:"query,omitempty"`
	RawQuery     bool       `json:"rawQuery,omitempty"`
	ResultFormat string     `json:"resultFormat,omitempty"`
	Alias        string     `json:"alias,omitempty"`
	*PluginQuery
}

var (
	influx = dataSource{Type: "influxdb", UID: DataSourceUID}
	plugin = dataSource{Type: PluginID, UID: PluginUID}
)

// maxPoints bounds what a graph asks for: more than a wall's panel can show would
// only cost.
const maxPoints = 400

func (p Panel) json(id int, set Set) *panelJSON {
	out := &panelJSON{
		ID: id, Type: p.Kind, Title: p.Title.in(set.Lang), Description: p.Description.in(set.Lang),
		GridPos:    gridPos{p.Place.X, p.Place.Y, p.Place.W, p.Place.H},
		Transforms: p.Transforms,
	}
	if p.Kind == Markdown {
		words := p.Words
		if set.Simulated && p.Simulated != (Text{}) {
			words = p.Simulated
		}
		out.FieldConfig.Overrides = []override{}
		out.Options = map[string]any{"mode": "markdown", "content": words.in(set.Lang)}
		return out
	}
	out.DataSource, out.MaxPoints = &influx, maxPoints
	for i, q := range p.Queries {
		if q.Plugin != nil {
			out.DataSource = &plugin
			out.Targets = append(out.Targets, target{RefID: refID(i), DataSource: plugin, PluginQuery: q.Plugin})
			continue
		}
		format := "time_series"
		if q.Table {
			format = "table"
		}
		out.Targets = append(out.Targets, target{
			RefID: refID(i), DataSource: influx, Query: q.InfluxQL, RawQuery: true, ResultFormat: format, Alias: q.Alias.in(set.Lang),
		})
	}
	out.FieldConfig = p.fieldConfig(set)
	options := defaultOptions(p.Kind)
	maps.Copy(options, p.Options)
	out.Options, _ = spoken(options, set).(map[string]any)
	return out
}

// refID is the id of a panel's i-th query.
func refID(i int) string { return string(rune('A' + i)) }

// spoken returns options with their texts and links as a set has them.
func spoken(v any, set Set) any {
	switch v := v.(type) {
	case Text:
		return v.in(set.Lang)
	case Link:
		return v.json(set)
	case Mapping:
		return v.json(set.Lang)
	case []Link:
		return each(v, func(l Link) any { return l.json(set) })
	case []Mapping:
		return each(v, func(m Mapping) any { return m.json(set.Lang) })
	case []any:
		return each(v, func(e any) any { return spoken(e, set) })
	case map[string]any:
		out := make(map[string]any, len(v))
		for k, e := range v {
			out[k] = spoken(e, set)
		}
		return out
	}
	return v
}

func each[T any](in []T, f func(T) any) []any {
	out := make([]any, 0, len(in))
	for _, e := range in {
		out = append(out, f(e))
	}
	return out
}
