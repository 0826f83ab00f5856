package api

import (
	"context"
	"fmt"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/siaga-id/siaga/gateway/access"
	"github.com/siaga-id/siaga/gateway/registry"
)

// TokenBody is an access token without its secret. It is exported only because
// OpenAPI is to describe bodies that it is part of.
type TokenBody struct {
	ID      string `json:"id"`
	Name    string `json:"name" doc:"what it is for"`
	Scope   string `json:"scope" enum:"viewer,operator,technician,admin,ingest"`
	Created stamp  `json:"created"`
	By      string `json:"by"`
	Expires stamp  `json:"expires" doc:"null: never"`
	Used    stamp  `json:"used" doc:"when it was last shown, to the hour; null: never"`
	Revoked stamp  `json:"revoked" doc:"null: it is good"`
}

func token(t *registry.AccessToken) TokenBody {
	return TokenBody{t.ID, t.Name, t.Scope, stamp{t.Created}, t.By, stamp{t.Expires}, stamp{t.Used}, stamp{t.Revoked}}
}

type tokensOutput struct {
	Body struct {
		Tokens []TokenBody `json:"tokens"`
	}
}

func (s *Server) listTokens(ctx context.Context, _ *struct{}) (*tokensOutput, error) {
	all, err := s.opt.Registry.AccessTokens(ctx)
	if err != nil {
		return nil, s.unavailable("list access tokens", err)
	}
	out := new(tokensOutput)
	out.Body.Tokens = make([]TokenBody, len(all))
	for i := range all {
		out.Body.Tokens[i] = token(&all[i])
	}
	return out, nil
}

type newTokenBody struct {
	TokenBody
	Token string `json:"token" doc:"the token itself: it is told once, and kept nowhere"`
}

type newTokenOutput struct{ Body newTokenBody }

func (s *Server) createToken(ctx context.Context, in *struct {
	InLanguage
	Body struct {
		Name    string     `json:"name" minLength:"1" maxLength:"100" doc:"what it is for"`
		Scope   string     `json:"scope" enum:"viewer,operator,technician,admin,ingest"`
		Expires *time.Time `json:"expires" required:"false" doc:"null: never"`
	}
},
) (*newTokenOutput, error) {
	b := &in.Body
	scope, err := access.ParseScope(b.Scope)
	if err != nil {
		return nil, huma.Error422UnprocessableEntity(err.Error())
	}
	var expires time.Time
	if b.Expires != nil {
		expires = *b.Expires
		if now := s.opt.Now(); !expires.After(now) || expires.Sub(now) > maxTokenAge {
			return nil, huma.Error422UnprocessableEntity(fmt.Sprintf(
				in.say("expires: harus waktu mendatang, dalam %d tahun", "expires: want a time to come, within %d years"), maxTokenAge/(365*24*time.Hour)))
		}
	}
	text, made, err := s.opt.Access.AddToken(ctx, access.From(ctx), b.Name, scope, expires)
	if err != nil {
		return nil, s.accessError(in.InLanguage, "create access token", err)
	}
	return &newTokenOutput{newTokenBody{token(&made), text}}, nil
}

// maxTokenAge is how far ahead a token's end may be; beyond it "never" is meant.
const maxTokenAge = 20 * 365 * 24 * time.Hour

func (s *Server) revokeToken(ctx context.Context, in *struct {
	InLanguage
	ID string `path:"id"`
},
) (*struct{}, error) {
	if err := s.opt.Registry.RevokeAccessToken(ctx, access.From(ctx).Actor, in.ID); err != nil {
		return nil, s.accessError(in.InLanguage, "revoke access token", err)
	}
	return nil, nil
}
