package grafana

import "github.com/siaga-id/siaga/internal/reading"

// Kind is a Grafana panel plugin's id.
type Kind string

// The panel plugins in use; all are built into Grafana.
const (
	Stat       Kind = "stat"
	TimeSeries Kind = "timeseries"
	Table      Kind = "table"
	Text       Kind = "text"
)

// Place is where a panel stands in the grid, in cells.
type Place struct{ X, Y, W, H int }

// Step is a colour and word from a value on; the first of a list holds below all.
type Step struct {
	From  float64
	Color string
}

// Panel is one panel with one query, and one more for corrected values: Grafana
// runs the queries of a request one after the other, so that more would only wait
// for each other.
type Panel struct {
	Kind        Kind
	Title       string
	Description string
	Place       Place
	// Quantity gives unit and decimals.
	Quantity reading.Quantity
	// Query is InfluxQL with Grafana's macros; Alias names its series.
	Query string
	Alias string
	// Corrected is the query of the corrected values, which stand beside the raw
	// ones under the same names and correctedWord; "" shows none.
	Corrected string
	// Bare leaves the unit to the title, so that the digits are large.
	Bare bool
	// Steps colour the values; nil leaves one colour. The first is also the
	// colour of no value, so it must not be that of a class.
	Steps []Step
	// Markdown is what a Text panel says.
	Markdown string
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
	Query        string     `json:"query"`
	RawQuery     bool       `json:"rawQuery"`
	ResultFormat string     `json:"resultFormat"`
	Alias        string     `json:"alias"`
}

type fieldConfig struct {
	Defaults  fieldDefaults `json:"defaults"`
	Overrides []override    `json:"overrides"`
}

// override changes how fields of one type are shown.
type override struct {
	Matcher    matcher    `json:"matcher"`
	Properties []property `json:"properties"`
}

type matcher struct {
	ID      string `json:"id"`
	Options string `json:"options"`
}

type property struct {
	ID    string `json:"id"`
	Value string `json:"value"`
}

type fieldDefaults struct {
	Unit       string         `json:"unit,omitempty"`
	Decimals   *int           `json:"decimals,omitempty"`
	NoValue    string         `json:"noValue,omitempty"`
	Color      *color         `json:"color,omitempty"`
	Thresholds *thresholds    `json:"thresholds,omitempty"`
	Custom     map[string]any `json:"custom,omitempty"`
}

type color struct {
	Mode string `json:"mode"`
}

type thresholds struct {
	Mode  string          `json:"mode"`
	Steps []thresholdStep `json:"steps"`
}

// thresholdStep has a null value in the first place, as Grafana wants it.
type thresholdStep struct {
	Color string   `json:"color"`
	Value *float64 `json:"value"`
}

// lastColumn heads the column of times in a table.
const lastColumn = "terakhir"

// correctedWord ends the name of a series of corrected values.
const correctedWord = "terkoreksi"

// noData is what a panel says where there is nothing: never a zero.
const noData = "tidak ada data"

var influx = dataSource{Type: "influxdb", UID: DataSourceUID}

func (p Panel) json(id int) *panelJSON {
	out := &panelJSON{
		ID: id, Type: p.Kind, Title: p.Title, Description: p.Description,
		GridPos:     gridPos{p.Place.X, p.Place.Y, p.Place.W, p.Place.H},
		FieldConfig: fieldConfig{Overrides: []override{}},
	}
	if p.Kind == Text {
		out.Options = map[string]any{"mode": "markdown", "content": p.Markdown}
		return out
	}
	out.DataSource = &influx
	out.MaxPoints = 400
	format := "time_series"
	if p.Kind == Table {
		format = "table"
		out.FieldConfig.Overrides = []override{{
			Matcher:    matcher{"byType", "time"},
			Properties: []property{{"unit", "time:DD/MM HH:mm"}, {"displayName", lastColumn}},
		}}
	}
	ask := func(refID, query, alias string) {
		out.Targets = append(out.Targets, target{
			RefID: refID, DataSource: influx, Query: query, RawQuery: true, ResultFormat: format, Alias: alias,
		})
	}
	ask("A", p.Query, p.Alias)
	if p.Corrected != "" {
		ask("B", p.Corrected, p.Alias+" "+correctedWord)
	}
	out.FieldConfig.Defaults = p.defaults()
	out.Options = p.options()
	return out
}

func (p Panel) defaults() fieldDefaults {
	decimals := min(p.Quantity.Info().Decimals, 2)
	d := fieldDefaults{Unit: unit(p.Quantity), Decimals: &decimals, NoValue: noData, Color: &color{"palette-classic"}}
	if p.Bare {
		d.Unit = "none"
	}
	if p.Steps != nil {
		d.Color = &color{"thresholds"}
		d.Thresholds = &thresholds{Mode: "absolute"}
		for i, s := range p.Steps {
			step := thresholdStep{Color: s.Color}
			if i > 0 {
				step.Value = &s.From
			}
			d.Thresholds.Steps = append(d.Thresholds.Steps, step)
		}
	}
	if p.Kind == TimeSeries {
		d.Color = &color{"palette-classic"}
		// A gap of more than five minutes is a gap, not a line across it; what
		// stands alone between two gaps is a point.
		d.Custom = map[string]any{"lineWidth": 2, "showPoints": "auto", "spanNulls": false, "insertNulls": 300_000}
	}
	return d
}

func (p Panel) options() map[string]any {
	reduce := map[string]any{"calcs": []string{"lastNotNull"}, "values": false, "fields": ""}
	switch p.Kind {
	case Stat:
		return map[string]any{"reduceOptions": reduce, "textMode": "value_and_name", "colorMode": "background_solid", "graphMode": "none", "orientation": "auto"}
	case Table:
		// Who has been silent longest stands on top.
		return map[string]any{"showHeader": true, "cellHeight": "sm", "sortBy": []map[string]any{{"displayName": lastColumn, "desc": false}}}
	default:
		return map[string]any{
			"legend":  map[string]any{"showLegend": true, "displayMode": "list", "placement": "bottom"},
			"tooltip": map[string]any{"mode": "multi", "sort": "desc"},
		}
	}
}

// unit returns Grafana's name of a quantity's unit; a unit that Grafana does not
// know, or would scale, becomes a suffix: that one village stands there in m and
// the next in mm is nothing for a wall.
func unit(q reading.Quantity) string {
	known := map[string]string{
		"Cel": "celsius", "hPa": "pressurehpa", "ppm": "ppm", "ppb": "conppb",
		"ug/m3": "conμgm3", "/100": "percent", "B": "bytes",
	}
	if u, ok := known[q.Info().Unit]; ok {
		return u
	}
	return "suffix:" + q.Info().Display
}
