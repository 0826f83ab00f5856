package plugin

import (
	"context"
	"net/url"
	"time"

	"github.com/grafana/grafana-plugin-sdk-go/backend"
	"github.com/grafana/grafana-plugin-sdk-go/data"
)

// entry is something that the center refused.
type entry struct {
	ID       int64      `json:"id"`
	Time     time.Time  `json:"time"`
	Node     string     `json:"node"`
	Topic    string     `json:"topic"`
	Source   string     `json:"source"`
	Reason   string     `json:"reason"`
	Detail   string     `json:"detail"`
	Length   int64      `json:"length"`
	Replayed *time.Time `json:"replayed"`
	Dropped  *time.Time `json:"dropped"`
}

func (e *entry) state() string {
	switch {
	case e.Replayed != nil:
		return "replayed"
	case e.Dropped != nil:
		return "dropped"
	}
	return "open"
}

// quarantineRows is how many of the newest entries are looked at.
const quarantineRows = "10000"

// quarantine answers with a table of what was refused in a time. What names no node that
// is known is there unless a place is asked for.
func (s *Source) quarantine(ctx context.Context, q query, asked backend.DataQuery) (data.Frames, error) {
	nodes, err := s.center.inventory(ctx)
	if err != nil {
		return nil, err
	}
	var body struct {
		Total   int     `json:"total"`
		Entries []entry `json:"entries"`
	}
	if err := s.center.get(ctx, "/api/v1/quarantine", url.Values{"limit": {quarantineRows}}, &body); err != nil {
		return nil, err
	}
	var rows []entry
	for _, e := range body.Entries {
		at := nodes.place(e.Node)
		if !e.Time.Before(asked.TimeRange.From) && !e.Time.After(asked.TimeRange.To) && q.Scope.has(e.Node, "", at.Code, at.DistrictCode) {
			rows = append(rows, e)
		}
	}
	state := column(rows, "state", (*entry).state)
	state.Config = &data.FieldConfig{Mappings: data.ValueMappings{data.ValueMapper{
		"open":     {Text: "terbuka", Color: "orange", Index: 0},
		"replayed": {Text: "diproses ulang", Color: "green", Index: 1},
		"dropped":  {Text: "dibuang", Color: "text", Index: 2},
	}}}
	f := unique(table(asked.RefID,
		column(rows, "time", func(e *entry) time.Time { return e.Time }),
		column(rows, "id", func(e *entry) int64 { return e.ID }),
		column(rows, "node", func(e *entry) string { return e.Node }),
		state,
		column(rows, "reason", func(e *entry) string { return e.Reason }),
		column(rows, "detail", func(e *entry) string { return e.Detail }),
		column(rows, "topic", func(e *entry) string { return e.Topic }),
		column(rows, "source", func(e *entry) string { return e.Source }),
		column(rows, "length", func(e *entry) int64 { return e.Length }),
	), 1)
	f.AppendNotices(tell("%d terbuka di karantina, dari segala waktu (%[1]d are open in the quarantine, of all time)", body.Total))
	return data.Frames{f}, nil
}
