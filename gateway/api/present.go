package api

import (
	"context"

	"github.com/danielgtaylor/huma/v2"

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
	under, err := s.opt.Registry.Under(ctx, s.opt.Now())
	if err != nil {
		return nodesBody{}, err
	}
	body := nodesBody{Time: stamp{s.opt.Now()}, Nodes: make([]NodeBody, len(all))}
	for i := range all {
		body.Nodes[i] = node(&all[i], s.opt.Hub.Node(all[i].ID), under)
	}
	return body, nil
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
