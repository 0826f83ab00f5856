package grafana

import (
	"encoding/json"
	"fmt"
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
	// DataSourceUID is the uid that the provisioned InfluxDB data source has.
	DataSourceUID = "siaga-influxdb"
)

// Dashboard is one view. JSON is its only output; a Dashboard is not changed
// after it was made.
type Dashboard struct {
	// UID is fixed: links and alert rules hold on to it.
	UID         string
	Title       string
	Description string
	Tags        []string
	// From is how far back the view looks, such as "now-6h"; it always ends now.
	From    string
	Refresh string
	Panels  []Panel
}

type dashboardJSON struct {
	UID           string       `json:"uid"`
	Title         string       `json:"title"`
	Description   string       `json:"description"`
	Tags          []string     `json:"tags"`
	SchemaVersion int          `json:"schemaVersion"`
	Editable      bool         `json:"editable"`
	GraphTooltip  int          `json:"graphTooltip"`
	Timezone      string       `json:"timezone"`
	Refresh       string       `json:"refresh"`
	LiveNow       bool         `json:"liveNow"`
	Time          timeRange    `json:"time"`
	Templating    emptyList    `json:"templating"`
	Annotations   emptyList    `json:"annotations"`
	Panels        []*panelJSON `json:"panels"`
}

type timeRange struct {
	From string `json:"from"`
	To   string `json:"to"`
}

type emptyList struct {
	List []string `json:"list"`
}

// JSON returns the dashboard as Grafana reads it, indented, the same bytes every
// time. Panel ids are the panels' places in the list, from 1.
func (d Dashboard) JSON() ([]byte, error) {
	out := dashboardJSON{
		UID: d.UID, Title: d.Title, Description: d.Description, Tags: d.Tags,
		SchemaVersion: schemaVersion, GraphTooltip: 1, Timezone: "Asia/Jakarta",
		Refresh: d.Refresh, LiveNow: true, Time: timeRange{d.From, "now"},
		Templating: emptyList{[]string{}}, Annotations: emptyList{[]string{}},
	}
	for i, p := range d.Panels {
		out.Panels = append(out.Panels, p.json(i+1))
	}
	b, err := json.MarshalIndent(out, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("encode dashboard %s: %w", d.UID, err)
	}
	return append(b, '\n'), nil
}
