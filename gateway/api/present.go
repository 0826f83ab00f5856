package api

import (
	"context"
	"errors"

	"github.com/danielgtaylor/huma/v2"

	"github.com/siaga-id/siaga/gateway/registry"
	"github.com/siaga-id/siaga/internal/reading"
)

type nodesBody struct {
	Time  stamp      `json:"time"`
	Nodes []NodeBody `json:"nodes"`
}

type nodesOutput struct{ Body nodesBody }

func (s *Server) listNodes(ctx context.Context, _ *struct{}) (*nodesOutput, error) {
	body, err := s.nodes(ctx)
	if err != nil {
		return nil, s.unavailable("list nodes", err)
	}
	return &nodesOutput{body}, nil
}

func (s *Server) nodes(ctx context.Context) (nodesBody, error) {
	all, err := s.opt.Registry.Nodes(ctx)
	if err != nil {
		return nodesBody{}, err
	}
	body := nodesBody{Time: stamp{s.opt.Now()}, Nodes: make([]NodeBody, len(all))}
	for i := range all {
		body.Nodes[i] = node(&all[i], s.opt.Hub.Node(all[i].ID))
	}
	return body, nil
}

type gapBody struct {
	Epoch  string `json:"epoch"`
	From   uint64 `json:"from"`
	To     uint64 `json:"to" doc:"included"`
	State  string `json:"state" enum:"missing,waiting,lost"`
	Reason string `json:"reason"`
	Said   string `json:"said" doc:"who said that it is lost"`
	Since  stamp  `json:"since"`
	Merged bool   `json:"merged" doc:"there were too many gaps: some of these packs are stored"`
}

type anomalyBody struct {
	Kind   string `json:"kind"`
	Epoch  string `json:"epoch"`
	Detail string `json:"detail"`
	First  stamp  `json:"first"`
	Last   stamp  `json:"last"`
	Count  int    `json:"count"`
}

type oneNodeBody struct {
	NodeBody
	Gaps      []gapBody     `json:"gaps"`
	Anomalies []anomalyBody `json:"anomalies"`
}

type oneNodeOutput struct{ Body oneNodeBody }

func (s *Server) getNode(ctx context.Context, in *struct {
	ID string `path:"id"`
},
) (*oneNodeOutput, error) {
	id, err := reading.ParseNodeID(in.ID)
	if err != nil {
		return nil, huma.Error422UnprocessableEntity(err.Error())
	}
	n, err := s.opt.Registry.Node(ctx, id)
	if errors.Is(err, registry.ErrNotFound) {
		return nil, huma.Error404NotFound("there is no node " + in.ID)
	}
	if err != nil {
		return nil, s.unavailable("read node", err)
	}
	gaps, err := s.opt.Registry.Gaps(ctx, id)
	if err != nil {
		return nil, s.unavailable("list gaps", err)
	}
	anomalies, err := s.opt.Registry.Anomalies(ctx, id)
	if err != nil {
		return nil, s.unavailable("list anomalies", err)
	}
	out := &oneNodeOutput{oneNodeBody{NodeBody: node(&n, s.opt.Hub.Node(id)), Gaps: []gapBody{}, Anomalies: []anomalyBody{}}}
	for _, g := range gaps {
		out.Body.Gaps = append(out.Body.Gaps, gapBody{g.Epoch, g.From, g.To, string(g.State), g.Reason, g.Said, stamp{g.Since}, g.Merged})
	}
	for _, a := range anomalies {
		out.Body.Anomalies = append(out.Body.Anomalies, anomalyBody{string(a.Kind), a.Epoch, a.Detail, stamp{a.First}, stamp{a.Last}, a.Count})
	}
	return out, nil
}

type latestBody struct {
	Time     stamp         `json:"time"`
	Readings []readingBody `json:"readings"`
}

type latestOutput struct{ Body latestBody }

func (s *Server) latest(_ context.Context, in *struct {
	Node     string `query:"node"`
	Quantity string `query:"quantity"`
},
) (*latestOutput, error) {
	var q reading.Quantity
	if in.Quantity != "" {
		var ok bool
		if q, ok = reading.Lookup(in.Quantity); !ok {
			return nil, huma.Error422UnprocessableEntity("there is no such quantity")
		}
	}
	if in.Node != "" && !reading.ValidID(in.Node) {
		return nil, huma.Error422UnprocessableEntity("that is no node id")
	}
	now := s.opt.Now()
	return &latestOutput{latestBody{stamp{now}, readings(s.opt.Hub.Latest(reading.NodeID(in.Node), q), now)}}, nil
}
