package api

import (
	"context"
	"encoding/hex"
	"errors"

	"github.com/danielgtaylor/huma/v2"

	"github.com/siaga-id/siaga/gateway/access"
	"github.com/siaga-id/siaga/gateway/authority"
	"github.com/siaga-id/siaga/internal/reading"
)

func (s *Server) certificateRoutes(api huma.API) {
	huma.Register(api, s.change(access.Technician, "GET", "/api/v1/nodes/{id}/certificates", "list-certificates", "A node's certificates, the newest first"), s.listCertificates)
	huma.Register(api, s.read("/api/v1/ca", "list-authorities", "The center's certificate authorities, the oldest first"), s.listCAs)
	huma.Register(api, s.change(access.Admin, "POST", "/api/v1/ca/rotate", "rotate-authority", "Make a new certificate authority, known to nodes first and used later"), s.rotateCA)
	huma.Register(api, s.change(access.Admin, "GET", "/api/v1/ca/{id}/stranded", "list-stranded", "Whom the end of an authority would leave behind"), s.listStranded)
	huma.Register(api, s.change(access.Admin, "DELETE", "/api/v1/ca/{id}", "end-authority", "Trust an old authority no more"), s.endCA)
}

type certificateBody struct {
	Serial    string `json:"serial"`
	NotBefore stamp  `json:"not_before"`
	NotAfter  stamp  `json:"not_after"`
	Issued    stamp  `json:"issued"`
	Token     string `json:"token" doc:"id of the token that it was given for; empty for a renewal"`
	Revoked   stamp  `json:"revoked"`
	Reason    string `json:"reason"`
}

type certificatesOutput struct {
	Body struct {
		Certificates []certificateBody `json:"certificates" doc:"the newest first"`
	}
}

func (s *Server) listCertificates(ctx context.Context, in *struct {
	ID string `path:"id"`
},
) (*certificatesOutput, error) {
	all, err := s.opt.Registry.Certificates(ctx, reading.NodeID(in.ID))
	if err != nil {
		return nil, s.unavailable("list certificates", err)
	}
	out := new(certificatesOutput)
	out.Body.Certificates = make([]certificateBody, len(all))
	for i, c := range all {
		out.Body.Certificates[i] = certificateBody{
			c.Serial,
			stamp{c.NotBefore},
			stamp{c.NotAfter},
			stamp{c.Issued},
			c.Token,
			stamp{c.Revoked},
			c.Reason,
		}
	}
	return out, nil
}

type caBody struct {
	ID           string `json:"id"`
	Fingerprint  string `json:"fingerprint" doc:"SHA-256 of the certificate"`
	Pin          string `json:"pin" doc:"SHA-256 of its public key, as tokens carry it"`
	Created      stamp  `json:"created"`
	IssuesFrom   stamp  `json:"issues_from" doc:"until then it is only made known to nodes"`
	Issues       bool   `json:"issues"`
	TrustedUntil stamp  `json:"trusted_until" doc:"the end of its last certificate"`
	NotAfter     stamp  `json:"not_after"`
	PEM          string `json:"pem"`
}

type casOutput struct {
	Body struct {
		Authorities []caBody `json:"authorities" doc:"the oldest first"`
		Centers     []string `json:"centers" doc:"where nodes are told to find the center"`
	}
}

func (s *Server) listCAs(context.Context, *struct{}) (*casOutput, error) {
	a, err := s.vouching()
	if err != nil {
		return nil, err
	}
	return authorities(a), nil
}

func authorities(a *authority.Authority) *casOutput {
	out := new(casOutput)
	out.Body.Centers = append([]string{}, a.Centers()...)
	out.Body.Authorities = []caBody{}
	for _, c := range a.CAs() {
		out.Body.Authorities = append(out.Body.Authorities, caBody{
			c.ID, hex.EncodeToString(c.Fingerprint[:]), hex.EncodeToString(c.Pin[:]),
			stamp{c.Created},
			stamp{c.IssuesFrom},
			c.Issues,
			stamp{c.TrustedUntil},
			stamp{c.NotAfter},
			c.PEM,
		})
	}
	return out
}

func (s *Server) rotateCA(ctx context.Context, in *struct {
	Now bool `query:"now" doc:"it, or the one that is being made known, issues from now on"`
},
) (*casOutput, error) {
	a, err := s.vouching()
	if err != nil {
		return nil, err
	}
	err = a.Rotate(ctx, by(ctx))
	if in.Now && (err == nil || errors.Is(err, authority.ErrRotating)) {
		if err = a.Begin(ctx, by(ctx)); errors.Is(err, authority.ErrNoneWaits) {
			err = nil // the one before had ended
		}
	}
	if errors.Is(err, authority.ErrRotating) {
		return nil, huma.Error409Conflict(err.Error())
	}
	if err != nil {
		return nil, s.unavailable("make a certificate authority", err)
	}
	return authorities(a), nil
}
