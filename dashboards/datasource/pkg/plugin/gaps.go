package plugin

import (
	"context"
	"net/url"
	"strings"
	"time"

	"github.com/grafana/grafana-plugin-sdk-go/backend"
	"github.com/grafana/grafana-plugin-sdk-go/data"
)

// gap is what the center tells of packs that are not stored.
type gap struct {
	Node     string     `json:"node"`
	Epoch    string     `json:"epoch"`
	From     uint64     `json:"from"`
	To       uint64     `json:"to"`
	Packs    uint64     `json:"packs"`
	State    string     `json:"state"`
	Words    string     `json:"words_id"`
	Reason   string     `json:"reason"`
	Said     string     `json:"said"`
	Since    *time.Time `json:"since"`
	FromTime *time.Time `json:"from_time"`
	ToTime   *time.Time `json:"to_time"`
	Merged   bool       `json:"merged"`
}

// gapStates are the states of gaps, and what is said of them.
var gapStates = map[string]string{"missing": "belum tersimpan", "waiting": "menunggu di node", "lost": "hilang"}

// span asks for a time.
func span(t backend.TimeRange) url.Values {
	return url.Values{"from": {t.From.UTC().Format(time.RFC3339Nano)}, "to": {t.To.UTC().Format(time.RFC3339Nano)}}
}

// gaps asks for the gaps of a time, of a query's places; total is how many more or less
// there are of its nodes.
func (s *Source) gaps(ctx context.Context, q query, asked backend.DataQuery, limit string) (rows []gap, total int, err error) {
	v := span(asked.TimeRange)
	v.Set("limit", limit)
	if len(q.Scope.Nodes) > 0 {
		v.Set("node", strings.Join(q.Scope.Nodes, ","))
	}
	var body struct {
		Gaps  []gap `json:"gaps"`
		Total int   `json:"total"`
	}
	nodes, err := s.center.inventory(ctx)
	if err != nil {
		return nil, 0, err
	}
	if err := s.center.get(ctx, "/api/v1/gaps", v, &body); err != nil {
		return nil, 0, err
	}
	for _, g := range body.Gaps {
		if at := nodes.place(g.Node); q.Scope.has(g.Node, "", at.Code, at.DistrictCode) {
			rows = append(rows, g)
		}
	}
	return rows, body.Total - len(body.Gaps), nil
}

// listGaps answers with a table of the gaps of a time.
func (s *Source) listGaps(ctx context.Context, q query, asked backend.DataQuery) (data.Frames, error) {
	rows, more, err := s.gaps(ctx, q, asked, "10000")
	if err != nil {
		return nil, err
	}
	state := column(rows, "state", func(g *gap) string { return g.State })
	state.Config = &data.FieldConfig{Mappings: data.ValueMappings{data.ValueMapper{
		"waiting": {Text: gapStates["waiting"], Color: "blue", Index: 0},
		"missing": {Text: gapStates["missing"], Color: "orange", Index: 1},
		"lost":    {Text: gapStates["lost"], Color: "red", Index: 2},
	}}}
	f := unique(table(asked.RefID,
		column(rows, "node", func(g *gap) string { return g.Node }),
		column(rows, "epoch", func(g *gap) string { return g.Epoch }),
		column(rows, "from_pack", func(g *gap) uint64 { return g.From }),
		column(rows, "to_pack", func(g *gap) uint64 { return g.To }),
		column(rows, "packs", func(g *gap) uint64 { return g.Packs }),
		state,
		column(rows, "from_time", func(g *gap) *time.Time { return g.FromTime }),
		column(rows, "to_time", func(g *gap) *time.Time { return g.ToTime }),
		column(rows, "since", func(g *gap) *time.Time { return g.Since }),
		column(rows, "words", func(g *gap) string { return g.Words }),
		column(rows, "reason", func(g *gap) string { return g.Reason }),
		column(rows, "said", func(g *gap) string { return g.Said }),
		column(rows, "merged", func(g *gap) bool { return g.Merged }),
	), 0, 1, 2)
	if more > 0 {
		f.AppendNotices(warn("masih ada %d celah lagi (there are %[1]d more gaps)", more))
	}
	return data.Frames{f}, nil
}
