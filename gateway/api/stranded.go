package api

import (
	"context"
	"errors"

	"github.com/danielgtaylor/huma/v2"

	"github.com/siaga-id/siaga/gateway/authority"
	"github.com/siaga-id/siaga/internal/reading"
)

type strandedBody struct {
	Old    []reading.NodeID `json:"old" nullable:"false" doc:"have no newer certificate: they want a new token afterwards"`
	Unseen []reading.NodeID `json:"unseen" nullable:"false" doc:"were given a newer certificate and have not shown it since the center started"`
	Tokens []reading.NodeID `json:"tokens" nullable:"false" doc:"have an open token that knows the center by it: they want another"`
}

type strandedOutput struct{ Body strandedBody }

func (s *Server) listStranded(ctx context.Context, in *struct {
	ID string `path:"id"`
},
) (*strandedOutput, error) {
	a, err := s.vouching()
	if err != nil {
		return nil, err
	}
	behind, err := a.Stranded(ctx, in.ID)
	if errors.Is(err, authority.ErrNoCA) {
		return nil, huma.Error404NotFound(err.Error())
	}
	if err != nil {
		return nil, s.unavailable("list stranded nodes", err)
	}
	none := []reading.NodeID{}
	return &strandedOutput{strandedBody{append(none, behind.Old...), append(none, behind.Unseen...), append(none, behind.Tokens...)}}, nil
}

func (s *Server) endCA(ctx context.Context, in *struct {
	ID     string `path:"id"`
	Strand bool   `query:"strand" doc:"also where nodes are left behind"`
},
) (*casOutput, error) {
	a, err := s.vouching()
	if err != nil {
		return nil, err
	}
	err = a.End(ctx, by(ctx), in.ID, in.Strand)
	var behind *authority.StrandedError
	switch {
	case errors.Is(err, authority.ErrNoCA):
		return nil, huma.Error404NotFound(err.Error())
	case errors.Is(err, authority.ErrNewest), errors.As(err, &behind):
		return nil, huma.Error409Conflict(err.Error())
	case err != nil:
		return nil, s.unavailable("end a certificate authority", err)
	}
	return authorities(a), nil
}
