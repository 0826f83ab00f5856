package api

import (
	"context"
	"errors"

	"github.com/danielgtaylor/huma/v2"

	"github.com/siaga-id/siaga/gateway/access"
	"github.com/siaga-id/siaga/gateway/authority"
	"github.com/siaga-id/siaga/internal/reading"
)

// externalRoutes are what an external broker's configuration is made of.
func (s *Server) externalRoutes(api huma.API) {
	huma.Register(api, s.change(access.Admin, "POST", "/api/v1/ca/broker", "certify-broker", "A certificate for an external broker"), s.certifyBroker)
	huma.Register(api, s.read("/api/v1/ca/revoked", "list-revoked", "What an external broker must refuse"), s.listRevoked)
}

type certifyInput struct {
	Body struct {
		CSR   []byte   `json:"csr" doc:"DER; of it only the key counts: ECDSA on P-256" maxLength:"8192"`
		Names []string `json:"names" doc:"names and addresses of the broker" maxItems:"16"`
	}
}

type certifyOutput struct {
	Body struct {
		PEM string `json:"pem" doc:"the certificate, and those of its issuers"`
	}
}

func (s *Server) certifyBroker(_ context.Context, in *certifyInput) (*certifyOutput, error) {
	a, err := s.vouching()
	if err != nil {
		return nil, err
	}
	out := new(certifyOutput)
	out.Body.PEM, err = a.External(in.Body.CSR, in.Body.Names)
	if errors.Is(err, authority.ErrName) || errors.Is(err, authority.ErrCSR) {
		return nil, huma.Error422UnprocessableEntity(err.Error())
	}
	if err != nil {
		return nil, s.unavailable("certify a broker", err)
	}
	return out, nil
}

type revokedOutput struct {
	Body struct {
		PEM    string           `json:"pem" doc:"lists of revoked certificates, one by each authority"`
		Barred []reading.NodeID `json:"barred" doc:"nodes that may do nothing"`
	}
}

func (s *Server) listRevoked(ctx context.Context, _ *struct{}) (*revokedOutput, error) {
	a, err := s.vouching()
	if err != nil {
		return nil, err
	}
	out := &revokedOutput{}
	out.Body.Barred = []reading.NodeID{}
	if out.Body.PEM, err = a.Revoked(ctx); err != nil {
		return nil, s.unavailable("list revoked certificates", err)
	}
	nodes, err := s.opt.Registry.Nodes(ctx)
	if err != nil {
		return nil, s.unavailable("list nodes", err)
	}
	for _, n := range nodes {
		if !n.Retired.IsZero() {
			out.Body.Barred = append(out.Body.Barred, n.ID)
		}
	}
	return out, nil
}
