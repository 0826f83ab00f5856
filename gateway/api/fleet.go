package api

import (
	"context"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/siaga-id/siaga/gateway/registry"
	"github.com/siaga-id/siaga/internal/reading"
)

// fleetRoutes tell of many nodes at once what others tell of one, for who shows many:
// one question, however many nodes there are.
func (s *Server) fleetRoutes(api huma.API) {
	huma.Register(api, s.read("/api/v1/readings/series", "readings-series", "Readings of many sensors over time"), s.manySeries)
	huma.Register(api, s.read("/api/v1/gaps", "list-gaps", "The gaps of all nodes"), s.listGaps)
	huma.Register(api, s.read("/api/v1/configurations", "list-configuration-changes", "When nodes' configurations were changed, the newest first; what is in them is told elsewhere"), s.listChanges)
}

// SpanInput is a span of time, of which a list tells. Like the other parts of inputs
// it is exported only because huma fills in no others.
type SpanInput struct {
	From  time.Time `query:"from" doc:"absent: a day before to"`
	To    time.Time `query:"to" doc:"absent: now"`
	Limit int       `query:"limit" minimum:"1" maximum:"10000" default:"1000"`
}

// span fills in what was left out.
func (in *SpanInput) span(now time.Time) (from, to time.Time, err error) {
	from, to = in.From, in.To
	if to.IsZero() {
		to = now
	}
	if from.IsZero() {
		from = to.Add(-24 * time.Hour)
	}
	if !from.Before(to) {
		return from, to, huma.Error422UnprocessableEntity("from must be before to")
	}
	return from, to, nil
}

type nodeGapBody struct {
	Node string `json:"node"`
	GapBody
}

type gapsOutput struct {
	Body struct {
		Gaps  []nodeGapBody `json:"gaps" nullable:"false" doc:"by node, epoch and number, the first limit of them"`
		Total int           `json:"total" doc:"how many there are of that time"`
	}
}

func (s *Server) listGaps(ctx context.Context, in *struct {
	SpanInput
	Node []string `query:"node" maxItems:"500" doc:"of these nodes, with commas between; absent: of all"`
},
) (*gapsOutput, error) {
	from, to, err := in.span(s.opt.Now())
	if err != nil {
		return nil, err
	}
	of := make(map[reading.NodeID]bool, len(in.Node))
	for _, name := range in.Node {
		id, err := reading.ParseNodeID(name)
		if err != nil {
			return nil, huma.Error422UnprocessableEntity(err.Error())
		}
		of[id] = true
	}
	all, err := s.opt.Registry.GapsBetween(ctx, from, to)
	if err != nil {
		return nil, s.unavailable("list gaps", err)
	}
	out := new(gapsOutput)
	out.Body.Gaps = []nodeGapBody{}
	for i := range all {
		if len(of) > 0 && !of[all[i].Node] {
			continue
		}
		if out.Body.Total++; out.Body.Total <= in.Limit {
			out.Body.Gaps = append(out.Body.Gaps, nodeGapBody{string(all[i].Node), gap(&all[i].Gap)})
		}
	}
	return out, nil
}

type changeBody struct {
	Node    string `json:"node"`
	Version uint64 `json:"version"`
	Origin  string `json:"origin" enum:"center,node" doc:"where it was made"`
	Reason  string `json:"reason"`
	State   string `json:"state" enum:"desired,in force,failed,conflict,superseded"`
	Time    stamp  `json:"time" doc:"when it was made, or when the center came to know of it where the node did not know the time"`
}

type changesOutput struct {
	Body struct {
		Configurations []changeBody `json:"configurations" nullable:"false"`
	}
}

// listChanges tells viewers that a node was changed and why, so that a step in a graph
// explains itself; how it is wired and who did it is for operators.
func (s *Server) listChanges(ctx context.Context, in *SpanInput) (*changesOutput, error) {
	from, to, err := in.span(s.opt.Now())
	if err != nil {
		return nil, err
	}
	all, err := s.opt.Registry.ConfigurationsBetween(ctx, from, to, in.Limit)
	if err != nil {
		return nil, s.unavailable("list configurations", err)
	}
	out := new(changesOutput)
	out.Body.Configurations = make([]changeBody, len(all))
	for i := range all {
		out.Body.Configurations[i] = change(&all[i])
	}
	return out, nil
}

func change(c *registry.ConfigurationChange) changeBody {
	return changeBody{string(c.Node), c.Version, string(c.Origin), c.Reason, string(c.State), stamp{c.Time}}
}
