package api

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/siaga-id/siaga/gateway/access"
	"github.com/siaga-id/siaga/gateway/registry"
)

func (s *Server) accessRoutes(api huma.API) {
	huma.Register(api, s.change(access.Nobody, "GET", "/api/v1/session", "get-session", "Who asks, and what he may do"), s.getSession)
	huma.Register(api, s.change(access.Nobody, "POST", "/api/v1/session", "sign-in", "Sign in"), s.signIn)
	huma.Register(api, s.change(access.Nobody, "DELETE", "/api/v1/session", "sign-out", "Sign out"), s.signOut)
	huma.Register(api, s.change(access.Viewer, "POST", "/api/v1/session/password", "change-password", "Change one's own password; all one's sessions end"), s.changePassword)
	huma.Register(api, s.change(access.Nobody, "POST", "/api/v1/setup", "set-up", "Make the first admin, by the link that `siaga up` prints"), s.setUp)

	huma.Register(api, s.change(access.Admin, "GET", "/api/v1/accounts", "list-accounts", "All accounts"), s.listAccounts)
	add := s.change(access.Admin, "POST", "/api/v1/accounts", "add-account", "Make an account")
	add.DefaultStatus = http.StatusCreated
	huma.Register(api, add, s.addAccount)
	huma.Register(api, s.change(access.Admin, "PATCH", "/api/v1/accounts/{name}", "set-account", "Change an account; a new password and disabling end its sessions"), s.setAccount)
	huma.Register(api, s.change(access.Admin, "DELETE", "/api/v1/accounts/{name}", "remove-account", "Remove an account"), s.removeAccount)

	huma.Register(api, s.change(access.Admin, "GET", "/api/v1/tokens", "list-tokens", "All access tokens, without their secrets"), s.listTokens)
	create := s.change(access.Admin, "POST", "/api/v1/tokens", "create-token", "Make an access token")
	create.DefaultStatus = http.StatusCreated
	huma.Register(api, create, s.createToken)
	huma.Register(api, s.change(access.Admin, "DELETE", "/api/v1/tokens/{id}", "revoke-token", "End an access token"), s.revokeToken)

	huma.Register(api, s.change(access.Admin, "GET", "/api/v1/audit", "list-audit", "Who did what, and when"), s.listAudit)
	huma.Register(api, s.change(access.Admin, "GET", "/api/v1/audit/export", "export-audit", "The whole audit log, as CSV or JSON lines"), s.exportAudit)
}

type sessionBody struct {
	Name    string `json:"name" doc:"the account, token:<id>, system or anonymous"`
	Kind    string `json:"kind" enum:"anonymous,account,token,system"`
	Role    string `json:"role" enum:"nobody,viewer,operator,technician,admin,ingest"`
	Expires stamp  `json:"expires" doc:"when the session ends at the latest, or the token; null: it does not"`
	Setup   bool   `json:"setup" doc:"there is no admin yet: use the link that siaga up prints"`
}

type sessionOutput struct {
	SetCookie string `header:"Set-Cookie"`
	Body      sessionBody
}

func (s *Server) getSession(ctx context.Context, _ *struct{}) (*sessionOutput, error) {
	id := access.From(ctx)
	admin, err := s.opt.Registry.HasAdmin(ctx)
	if err != nil {
		return nil, s.unavailable("look for an admin", err)
	}
	role := id.Role
	if role == access.Nobody && id.Ingests && id.Kind == access.Program {
		role = access.Ingester
	}
	return &sessionOutput{Body: sessionBody{Name: id.Name, Kind: string(id.Kind), Role: role.String(), Expires: stamp{id.Expires}, Setup: !admin}}, nil
}

// The lengths of what is secret are bounded where it is used, with words of its
// own: an error of the schema would repeat it.

type signInInput struct {
	Body struct {
		Account  string `json:"account" minLength:"1" maxLength:"64"`
		Password string `json:"password"`
	}
}

func (s *Server) signIn(ctx context.Context, in *signInInput) (*sessionOutput, error) {
	signed, err := s.opt.Access.SignIn(ctx, access.From(ctx), in.Body.Account, in.Body.Password)
	return s.signed(ctx, "sign in", signed, err)
}

// signed answers with a session that has begun, or why it has not.
func (s *Server) signed(ctx context.Context, what string, signed access.Signed, err error) (*sessionOutput, error) {
	if err != nil {
		return nil, s.accessError(what, err)
	}
	cookie := access.Cookie(signed.Secret, tlsOf(ctx) != nil)
	return &sessionOutput{SetCookie: cookie.String(), Body: sessionBody{
		Name: signed.Account.Name, Kind: string(access.Person), Role: signed.Account.Role, Expires: stamp{signed.Expires},
	}}, nil
}

// accessError answers for an error of package access.
func (s *Server) accessError(what string, err error) error {
	var throttled *access.ThrottledError
	var unfit *access.UnfitError
	switch {
	case errors.As(err, &throttled):
		return huma.ErrorWithHeaders(huma.Error429TooManyRequests(throttled.Error()),
			http.Header{"Retry-After": {strconv.Itoa(int(throttled.After / time.Second))}})
	case errors.As(err, &unfit):
		return huma.Error422UnprocessableEntity(unfit.Error())
	case errors.Is(err, access.ErrWrong), errors.Is(err, access.ErrSetup):
		return huma.Error403Forbidden(err.Error())
	case errors.Is(err, registry.ErrNotFound):
		return huma.Error404NotFound("there is no such account or token")
	case errors.Is(err, registry.ErrExists):
		return huma.Error409Conflict("there is an account of that name")
	case errors.Is(err, registry.ErrLastAdmin):
		return huma.Error409Conflict("this is the last admin: make another first")
	case errors.Is(err, registry.ErrTooManyAccessTokens):
		return huma.Error409Conflict(registry.ErrTooManyAccessTokens.Error())
	}
	return s.unavailable(what, err)
}

type signOutOutput struct {
	SetCookie string `header:"Set-Cookie"`
}

func (s *Server) signOut(ctx context.Context, _ *struct{}) (*signOutOutput, error) {
	if err := s.opt.Access.SignOut(ctx, access.From(ctx)); err != nil {
		return nil, s.unavailable("sign out", err)
	}
	return &signOutOutput{access.Cookie("", tlsOf(ctx) != nil).String()}, nil
}

func (s *Server) changePassword(ctx context.Context, in *struct {
	Body struct {
		Old string `json:"old"`
		New string `json:"new"`
	}
},
) (*sessionOutput, error) {
	id := access.From(ctx)
	if id.Kind != access.Person {
		return nil, huma.Error403Forbidden("only who has signed in has a password to change")
	}
	signed, err := s.opt.Access.ChangePassword(ctx, id, in.Body.Old, in.Body.New)
	return s.signed(ctx, "change password", signed, err)
}

func (s *Server) setUp(ctx context.Context, in *struct {
	Body struct {
		Secret   string `json:"secret" doc:"what follows #setup= in the link"`
		Account  string `json:"account"`
		Password string `json:"password"`
	}
},
) (*sessionOutput, error) {
	b := &in.Body
	signed, err := s.opt.Access.SetUp(ctx, access.From(ctx), b.Secret, b.Account, b.Password)
	return s.signed(ctx, "set up", signed, err)
}

type accountBody struct {
	Name     string `json:"name"`
	Role     string `json:"role" enum:"viewer,operator,technician,admin"`
	Disabled bool   `json:"disabled"`
	Created  stamp  `json:"created"`
	Changed  stamp  `json:"password_changed"`
}

func account(a *registry.Account) accountBody {
	return accountBody{a.Name, a.Role, a.Disabled, stamp{a.Created}, stamp{a.Changed}}
}

type accountsOutput struct {
	Body struct {
		Accounts []accountBody `json:"accounts"`
	}
}

type accountOutput struct{ Body accountBody }

func (s *Server) listAccounts(ctx context.Context, _ *struct{}) (*accountsOutput, error) {
	all, err := s.opt.Registry.Accounts(ctx)
	if err != nil {
		return nil, s.unavailable("list accounts", err)
	}
	out := new(accountsOutput)
	out.Body.Accounts = make([]accountBody, len(all))
	for i := range all {
		out.Body.Accounts[i] = account(&all[i])
	}
	return out, nil
}

func (s *Server) addAccount(ctx context.Context, in *struct {
	Body struct {
		Name     string `json:"name"`
		Role     string `json:"role" enum:"viewer,operator,technician,admin"`
		Password string `json:"password"`
	}
},
) (*accountOutput, error) {
	b := &in.Body
	role, err := access.ParseRole(b.Role)
	if err != nil {
		return nil, huma.Error422UnprocessableEntity(err.Error())
	}
	if err := s.opt.Access.AddAccount(ctx, access.From(ctx), b.Name, role, b.Password); err != nil {
		return nil, s.accessError("add account", err)
	}
	made, _, err := s.opt.Registry.Account(ctx, b.Name)
	if err != nil {
		return nil, s.accessError("add account", err)
	}
	return &accountOutput{account(&made)}, nil
}

func (s *Server) setAccount(ctx context.Context, in *struct {
	Name string `path:"name"`
	Body struct {
		Role     *string `json:"role,omitempty" enum:"viewer,operator,technician,admin"`
		Disabled *bool   `json:"disabled,omitempty"`
		Password *string `json:"password,omitempty"`
	}
},
) (*accountOutput, error) {
	change := access.Change{Disabled: in.Body.Disabled, Password: in.Body.Password}
	if in.Body.Role != nil {
		role, err := access.ParseRole(*in.Body.Role)
		if err != nil {
			return nil, huma.Error422UnprocessableEntity(err.Error())
		}
		change.Role = &role
	}
	is, err := s.opt.Access.SetAccount(ctx, access.From(ctx), in.Name, change)
	if err != nil {
		return nil, s.accessError("set account", err)
	}
	return &accountOutput{account(&is)}, nil
}

func (s *Server) removeAccount(ctx context.Context, in *struct {
	Name string `path:"name"`
},
) (*struct{}, error) {
	if err := s.opt.Registry.RemoveAccount(ctx, access.From(ctx).Actor, in.Name); err != nil {
		return nil, s.accessError("remove account", err)
	}
	return nil, nil
}

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
			return nil, huma.Error422UnprocessableEntity(fmt.Sprintf("expires: want a time to come, within %d years", maxTokenAge/(365*24*time.Hour)))
		}
	}
	text, made, err := s.opt.Access.AddToken(ctx, access.From(ctx), b.Name, scope, expires)
	if err != nil {
		return nil, s.accessError("create access token", err)
	}
	return &newTokenOutput{newTokenBody{token(&made), text}}, nil
}

// maxTokenAge is how far ahead a token's end may be; beyond it "never" is meant.
const maxTokenAge = 20 * 365 * 24 * time.Hour

func (s *Server) revokeToken(ctx context.Context, in *struct {
	ID string `path:"id"`
},
) (*struct{}, error) {
	if err := s.opt.Registry.RevokeAccessToken(ctx, access.From(ctx).Actor, in.ID); err != nil {
		return nil, s.accessError("revoke access token", err)
	}
	return nil, nil
}
