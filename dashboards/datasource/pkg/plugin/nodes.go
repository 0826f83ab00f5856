package plugin

import (
	"context"
	"time"

	"github.com/grafana/grafana-plugin-sdk-go/backend"
	"github.com/grafana/grafana-plugin-sdk-go/data"
)

// states are how a node is, by the name in the column state, and what is said of it.
var states = data.ValueMappings{data.ValueMapper{
	"online":  {Text: "tersambung", Color: "green", Index: 0},
	"repair":  {Text: "perbaikan", Color: "blue", Index: 1},
	"failing": {Text: "sensor rusak", Color: "orange", Index: 2},
	"offline": {Text: "terputus", Color: "red", Index: 3},
	"never":   {Text: "belum pernah", Color: "red", Index: 4},
}}

func (n *node) state() string {
	switch {
	case n.Repair != nil && !n.Online:
		return "repair"
	case n.Online && n.failing() > 0:
		return "failing"
	case n.Online:
		return "online"
	case n.LastSeen == nil:
		return "never"
	}
	return "offline"
}

// failing is how many of its sensors do not measure.
func (n *node) failing() (count int64) {
	for i := range n.Sensors {
		if n.Sensors[i].Health == "failing" {
			count++
		}
	}
	return count
}

// listNodes answers with a table of nodes in service, with lat and lon so that a map
// finds them.
func (s *Source) listNodes(ctx context.Context, q query, asked backend.DataQuery) (data.Frames, error) {
	v, err := s.center.inventory(ctx)
	if err != nil {
		return nil, err
	}
	var rows []node
	retired, simulations := 0, 0
	for _, n := range v.all {
		if !q.Scope.has(n.ID, "", n.Site.Code, n.Site.DistrictCode) {
			continue
		}
		if n.Retired != nil {
			retired++
			continue
		}
		if n.Simulated {
			simulations++
		}
		rows = append(rows, n)
	}
	state := column(rows, "state", (*node).state)
	state.Config = &data.FieldConfig{Mappings: states}
	complete := column(rows, "completeness_pct", func(n *node) *float64 { return n.CompletenessPct })
	complete.Config = &data.FieldConfig{Unit: "percent", NoValue: noValue}
	sim := column(rows, "simulated", func(n *node) bool { return n.Simulated })
	sim.Config = &data.FieldConfig{Mappings: data.ValueMappings{data.ValueMapper{"true": {Text: simulated, Color: "purple"}, "false": {Text: "–", Index: 1}}}}
	f := unique(table(asked.RefID,
		column(rows, "node", func(n *node) string { return n.ID }),
		state,
		column(rows, "site_name", func(n *node) string { return n.Site.Name }),
		column(rows, "district_name", func(n *node) string { return n.Site.District }),
		column(rows, "site", func(n *node) string { return n.Site.Code }),
		column(rows, "district", func(n *node) string { return n.Site.DistrictCode }),
		column(rows, "lat", func(n *node) *float64 { return n.Site.Lat }),
		column(rows, "lon", func(n *node) *float64 { return n.Site.Lon }),
		column(rows, "online", func(n *node) bool { return n.Online }),
		column(rows, "last_seen", func(n *node) *time.Time { return n.LastSeen }),
		complete,
		column(rows, "open_gaps", func(n *node) int64 { return n.OpenGaps }),
		column(rows, "queue_packs", func(n *node) int64 { return n.Queue.Packs }),
		column(rows, "queue_oldest", func(n *node) *time.Time { return n.Queue.Oldest }),
		column(rows, "sensors", func(n *node) int64 { return int64(len(n.Sensors)) }),
		column(rows, "sensors_failing", (*node).failing),
		column(rows, "clock", func(n *node) string { return n.Clock }),
		column(rows, "version", func(n *node) string { return n.Version }),
		column(rows, "repair_until", func(n *node) *time.Time {
			if n.Repair == nil {
				return nil
			}
			return &n.Repair.Until
		}),
		sim,
	), 0)
	if simulations > 0 {
		f.AppendNotices(warn(simulated+": %d dari %d node (%[1]d of %[2]d nodes are simulated)", simulations, len(rows)))
	}
	if retired > 0 {
		f.AppendNotices(tell("%d node yang dipensiunkan tidak ditampilkan (%[1]d retired nodes are not shown)", retired))
	}
	return data.Frames{f}, nil
}
