package api

import (
	"context"
	"crypto/tls"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/siaga-id/siaga/gateway/access"
	"github.com/siaga-id/siaga/gateway/authority"
	"github.com/siaga-id/siaga/gateway/registry"
	"github.com/siaga-id/siaga/internal/enrolment"
	"github.com/siaga-id/siaga/internal/reading"
)

// enrolmentRoutes are how nodes come to certificates, and what people do about
// certificates and about devices that sign in to the broker.
func (s *Server) enrolmentRoutes(api huma.API) {
	node := func(path, id, summary string) huma.Operation {
		op := s.change(access.Nobody, http.MethodPost, path, id, summary)
		op.MaxBodyBytes = enrolment.MaxBody
		return op
	}
	huma.Register(api, node(enrolment.EnrolPath, "enrol", "A node shows its one-time token"), s.enrol)
	huma.Register(api, node(enrolment.RenewPath, "renew-certificate", "A node shows its certificate, and gets the next"), s.renew)

	created := s.change(access.Technician, "POST", "/api/v1/nodes/{id}/tokens", "create-enrolment-token", "A one-time token by which a node enrols")
	created.DefaultStatus = http.StatusCreated
	huma.Register(api, created, s.createEnrolmentToken)
	huma.Register(api, s.change(access.Technician, "GET", "/api/v1/nodes/{id}/tokens", "list-enrolment-tokens", "A node's tokens, the newest first"), s.listEnrolmentTokens)
	huma.Register(api, s.change(access.Technician, "DELETE", "/api/v1/enrolment/tokens/{token}", "withdraw-enrolment-token", "Nobody can enrol by it any more"), s.withdrawEnrolmentToken)

	s.certificateRoutes(api)
	s.deviceRoutes(api)
}

// vouching is the certificate authority, where this server has one.
func (s *Server) vouching() (*authority.Authority, error) {
	if s.opt.Authority == nil {
		return nil, huma.Error503ServiceUnavailable("this center has no certificate authority")
	}
	return s.opt.Authority, nil
}

type enrolInput struct{ Body enrolment.Request }

type enrolOutput struct{ Body enrolment.Answer }

func (s *Server) enrol(ctx context.Context, in *enrolInput) (*enrolOutput, error) {
	a, err := s.vouching()
	if err != nil {
		return nil, err
	}
	answer, err := a.Enrol(ctx, access.From(ctx).Address, in.Body)
	return s.issued(answer, err)
}

func (s *Server) renew(ctx context.Context, in *enrolInput) (*enrolOutput, error) {
	a, err := s.vouching()
	if err != nil {
		return nil, err
	}
	var peer tls.ConnectionState // without TLS, nobody's
	if state := tlsOf(ctx); state != nil {
		peer = *state
	}
	answer, err := a.Renew(ctx, access.From(ctx).Address, peer, in.Body)
	return s.issued(answer, err)
}

func (s *Server) issued(answer enrolment.Answer, err error) (*enrolOutput, error) {
	var no *enrolment.Problem
	switch {
	case errors.As(err, &no):
		return nil, no
	case err != nil:
		s.opt.Logger.Error("answer request", "what", "issue certificate", "err", err)
		return nil, enrolment.Refuse(enrolment.Unavailable, "the center cannot issue a certificate now")
	}
	return &enrolOutput{answer}, nil
}

type createEnrolmentTokenInput struct {
	InLanguage
	ID   string `path:"id"`
	Body struct {
		ValidS int64 `json:"valid_s" required:"false" minimum:"60" maximum:"7776000" default:"86400" doc:"for how long, in seconds"`
	}
}

type createdEnrolmentTokenOutput struct {
	Body struct {
		ID      string `json:"id" doc:"names the token, and opens nothing"`
		Token   string `json:"token" doc:"a secret, told only now"`
		Expires stamp  `json:"expires"`
	}
}

func (s *Server) createEnrolmentToken(ctx context.Context, in *createEnrolmentTokenInput) (*createdEnrolmentTokenOutput, error) {
	a, err := s.vouching()
	if err != nil {
		return nil, err
	}
	kept, token, err := a.NewToken(ctx, by(ctx), reading.NodeID(strings.Clone(in.ID)), time.Duration(in.Body.ValidS)*time.Second)
	switch {
	case errors.Is(err, registry.ErrNotFound):
		return nil, huma.Error404NotFound(in.say("node itu tidak ada: tambahkan dulu", "no such node: add it first"))
	case errors.Is(err, registry.ErrRetired):
		return nil, huma.Error409Conflict(in.say("sudah dipensiunkan dan tidak kembali: beri nama baru", "it is retired, which is for good: give it a new name"))
	case errors.Is(err, registry.ErrNoSite):
		return nil, huma.Error409Conflict(in.say("letak node belum dicatat: isi desanya dulu", "nobody has said where the node is: set its site first"))
	case errors.Is(err, registry.ErrTooManyOpenTokens):
		return nil, huma.Error409Conflict(in.say("node ini sudah punya terlalu banyak token terbuka: batalkan salah satu", err.Error()))
	case errors.Is(err, authority.ErrNoAddress):
		return nil, huma.Error409Conflict(in.say("node tidak dapat menjangkau pusat: isi secure.addrs di konfigurasinya, misalnya [\"0.0.0.0:8883\"], lalu mulai ulang", err.Error()))
	case errors.Is(err, authority.ErrValidity):
		return nil, huma.Error422UnprocessableEntity(in.say("masa berlaku token di luar batas: 1 menit sampai 90 hari", err.Error()))
	case err != nil:
		return nil, s.unavailable("make token", err)
	}
	out := new(createdEnrolmentTokenOutput)
	out.Body.ID, out.Body.Token, out.Body.Expires = kept.ID, token.String(), stamp{kept.Expires}
	return out, nil
}

type enrolmentTokenBody struct {
	ID        string `json:"id"`
	Created   stamp  `json:"created"`
	By        string `json:"by"`
	Expires   stamp  `json:"expires"`
	Withdrawn stamp  `json:"withdrawn"`
	Used      stamp  `json:"used"`
}

type enrolmentTokensOutput struct {
	Body struct {
		Tokens []enrolmentTokenBody `json:"tokens" doc:"the newest first"`
	}
}

func (s *Server) listEnrolmentTokens(ctx context.Context, in *struct {
	ID string `path:"id"`
},
) (*enrolmentTokensOutput, error) {
	all, err := s.opt.Registry.EnrolmentTokens(ctx, reading.NodeID(in.ID))
	if err != nil {
		return nil, s.unavailable("list tokens", err)
	}
	out := new(enrolmentTokensOutput)
	out.Body.Tokens = make([]enrolmentTokenBody, len(all))
	for i, t := range all {
		out.Body.Tokens[i] = enrolmentTokenBody{t.ID, stamp{t.Created}, t.By, stamp{t.Expires}, stamp{t.Withdrawn}, stamp{t.Used}}
	}
	return out, nil
}

func (s *Server) withdrawEnrolmentToken(ctx context.Context, in *struct {
	InLanguage
	Token string `path:"token"`
},
) (*struct{}, error) {
	err := s.opt.Registry.WithdrawEnrolmentToken(ctx, by(ctx), in.Token)
	if errors.Is(err, registry.ErrNotFound) {
		return nil, huma.Error404NotFound(in.say("token itu tidak ada", "no such token"))
	}
	if err != nil {
		return nil, s.unavailable("withdraw token", err)
	}
	return nil, nil
}
