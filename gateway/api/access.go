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
	"github.com/siaga-id/siaga/internal/password"
)

func (s *Server) accessRoutes(api huma.API) {
	huma.Register(api, s.change(access.Nobody, "GET", "/api/v1/session", "get-session", "Who asks, and what he may do"), s.getSession)
	huma.Register(api, s.change(access.Nobody, "POST", "/api/v1/session", "sign-in", "Sign in"), s.signIn)
	huma.Register(api, s.change(access.Nobody, "DELETE", "/api/v1/session", "sign-out", "Sign out"), s.signOut)
	huma.Register(api, s.change(access.Viewer, "POST", "/api/v1/session/password", "change-password", "Change one's own password; all one's sessions end"), s.changePassword)
	huma.Register(api, s.change(access.Nobody, "POST", "/api/v1/setup", "set-up", "Make the first admin, by the set-up link of `siaga up`"), s.setUp)

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
	Setup   bool   `json:"setup" doc:"there is no admin yet: use the set-up link of siaga up"`
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
	InLanguage
	Body struct {
		Account  string `json:"account" minLength:"1" maxLength:"64"`
		Password string `json:"password"`
	}
}

func (s *Server) signIn(ctx context.Context, in *signInInput) (*sessionOutput, error) {
	signed, err := s.opt.Access.SignIn(ctx, access.From(ctx), in.Body.Account, in.Body.Password)
	return s.signed(ctx, in.InLanguage, "sign in", signed, err)
}

// signed answers with a session that has begun, or why it has not.
func (s *Server) signed(ctx context.Context, in InLanguage, what string, signed access.Signed, err error) (*sessionOutput, error) {
	if err != nil {
		return nil, s.accessError(in, what, err)
	}
	cookie := access.Cookie(signed.Secret, tlsOf(ctx) != nil)
	return &sessionOutput{SetCookie: cookie.String(), Body: sessionBody{
		Name: signed.Account.Name, Kind: string(access.Person), Role: signed.Account.Role, Expires: stamp{signed.Expires},
	}}, nil
}

// retryPassword is after how many seconds who found no place may try again.
const retryPassword = "2"

// accessError answers for an error of package access; what is for logs.
func (s *Server) accessError(in InLanguage, what string, err error) error {
	var throttled *access.ThrottledError
	var unfit *access.UnfitError
	switch {
	case errors.As(err, &throttled):
		s.refusals.WithLabelValues(reasonThrottled).Inc()
		return huma.ErrorWithHeaders(huma.Error429TooManyRequests(fmt.Sprintf(
			in.say("terlalu banyak percobaan: coba lagi dalam %v", "too many attempts: try again in %v"), throttled.After)),
			http.Header{"Retry-After": {strconv.Itoa(int(throttled.After / time.Second))}})
	case errors.Is(err, password.ErrBusy):
		s.refusals.WithLabelValues(reasonCrowded).Inc()
		return huma.ErrorWithHeaders(huma.Error503ServiceUnavailable(
			in.say("terlalu banyak yang masuk bersamaan: coba lagi sebentar lagi", "too many sign in at once: try again in a moment")),
			http.Header{"Retry-After": {retryPassword}})
	case errors.As(err, &unfit):
		return huma.Error422UnprocessableEntity(in.say(unfit.ID, unfit.EN))
	case errors.Is(err, access.ErrWrong):
		s.refusals.WithLabelValues(reasonPassword).Inc()
		return huma.Error403Forbidden(in.say("akun atau kata sandi salah", err.Error()))
	case errors.Is(err, access.ErrSetup):
		s.refusals.WithLabelValues(reasonPassword).Inc()
		return huma.Error403Forbidden(in.say("tautan ini tidak berlaku lagi: `siaga up` membuat yang baru saat mulai selama belum ada admin", err.Error()))
	case errors.Is(err, registry.ErrNotFound):
		return huma.Error404NotFound(in.say("tidak ada akun atau token itu", "there is no such account or token"))
	case errors.Is(err, registry.ErrExists):
		return huma.Error409Conflict(in.say("sudah ada akun dengan nama itu", "there is an account of that name"))
	case errors.Is(err, registry.ErrLastAdmin):
		return huma.Error409Conflict(in.say("ini admin terakhir: buat admin lain dulu", "this is the last admin: make another first"))
	case errors.Is(err, registry.ErrTooManyAccessTokens):
		return huma.Error409Conflict(in.say("sudah terlalu banyak token: cabut yang tidak dipakai", registry.ErrTooManyAccessTokens.Error()))
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
	InLanguage
	Body struct {
		Old string `json:"old"`
		New string `json:"new"`
	}
},
) (*sessionOutput, error) {
	id := access.From(ctx)
	if id.Kind != access.Person {
		return nil, huma.Error403Forbidden(in.say("hanya yang masuk dengan akun punya kata sandi untuk diganti", "only who has signed in has a password to change"))
	}
	signed, err := s.opt.Access.ChangePassword(ctx, id, in.Body.Old, in.Body.New)
	return s.signed(ctx, in.InLanguage, "change password", signed, err)
}

func (s *Server) setUp(ctx context.Context, in *struct {
	InLanguage
	Body struct {
		Secret   string `json:"secret" doc:"what follows #setup= in the link"`
		Account  string `json:"account"`
		Password string `json:"password"`
	}
},
) (*sessionOutput, error) {
	b := &in.Body
	signed, err := s.opt.Access.SetUp(ctx, access.From(ctx), b.Secret, b.Account, b.Password)
	return s.signed(ctx, in.InLanguage, "set up", signed, err)
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
	InLanguage
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
		return nil, s.accessError(in.InLanguage, "add account", err)
	}
	made, _, err := s.opt.Registry.Account(ctx, b.Name)
	if err != nil {
		return nil, s.accessError(in.InLanguage, "add account", err)
	}
	return &accountOutput{account(&made)}, nil
}

func (s *Server) setAccount(ctx context.Context, in *struct {
	InLanguage
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
		return nil, s.accessError(in.InLanguage, "set account", err)
	}
	return &accountOutput{account(&is)}, nil
}

func (s *Server) removeAccount(ctx context.Context, in *struct {
	InLanguage
	Name string `path:"name"`
},
) (*struct{}, error) {
	if err := s.opt.Registry.RemoveAccount(ctx, access.From(ctx).Actor, in.Name); err != nil {
		return nil, s.accessError(in.InLanguage, "remove account", err)
	}
	return nil, nil
}
