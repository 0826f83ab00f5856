package api

import (
	"context"
	"fmt"
	"mime"
	"net/http"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/siaga-id/siaga/gateway/access"
)

// roleKey is where an operation's metadata say who may do it.
const roleKey = "role"

// read is an operation that only tells something, to viewers.
func (s *Server) read(path, id, summary string) huma.Operation {
	return s.change(access.Viewer, http.MethodGet, path, id, summary)
}

// change is an operation for those of a role; access.Nobody: for everybody. What
// has no role is nobody's.
func (s *Server) change(role access.Role, method, path, id, summary string) huma.Operation {
	body := int64(maxBody)
	if role == access.Nobody {
		body = maxOpenBody
	}
	return huma.Operation{
		Method: method, Path: path, OperationID: id, Summary: summary, MaxBodyBytes: body,
		Metadata: map[string]any{roleKey: role},
	}
}

// describeRole tells in the OpenAPI document who may do an operation.
func describeRole(_ *huma.OpenAPI, op *huma.Operation) {
	role, ok := op.Metadata[roleKey].(access.Role)
	if !ok {
		return
	}
	op.Extensions = map[string]any{"x-role": role.String()}
	op.Security = []map[string][]string{{"session": {}}, {"token": {}}}
	switch role {
	case access.Nobody:
		op.Security = []map[string][]string{}
	case access.Viewer:
		op.Description = strings.TrimSpace(op.Description + " Needs the role viewer, or none where the wall is open.")
	case access.Ingester:
		op.Description = strings.TrimSpace(op.Description + " Needs a token of the scope ingest, or none from the center's own machine.")
		op.Security = []map[string][]string{{"token": {}}}
	default:
		op.Description = strings.TrimSpace(op.Description + " Needs the role " + role.String() + ".")
	}
}

// openAPI is huma's configuration without what reaches beyond this server (its
// page of documentation loads scripts from elsewhere) or adds to bodies.
func openAPI(version string) huma.Config {
	c := huma.DefaultConfig("Siaga", version)
	c.OpenAPIPath = openAPIPath
	c.DocsPath, c.SchemasPath = "", ""
	c.CreateHooks = nil
	c.OnAddOperation = append(c.OnAddOperation, describeRole)
	c.Components.SecuritySchemes = map[string]*huma.SecurityScheme{
		"session": {Type: "apiKey", In: "cookie", Name: access.CookieName, Description: "a person's, by POST /api/v1/session"},
		"token":   {Type: "http", Scheme: "bearer", Description: "a program's, by POST /api/v1/tokens or `siaga token create`"},
	}
	return c
}

const openAPIPath = "/api/v1/openapi"

// identify puts into the context who makes a request of the API. What everybody
// gets, the wall's files and health, is not worth asking for.
func (s *Server) identify(next http.Handler) http.Handler {
	described := s.only(access.Viewer, next) // the paths that huma adds by itself
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !strings.HasPrefix(r.URL.Path, "/api/") && r.URL.Path != "/metrics" {
			next.ServeHTTP(w, r)
			return
		}
		w.Header().Set("Cache-Control", "no-store")
		w.Header().Set("Vary", "Cookie, Authorization")
		id, err := s.opt.Access.Identify(r)
		if err != nil {
			s.opt.Logger.Error("answer request", "what", "find out who makes it", "err", err)
			http.Error(w, "cannot find out who you are now", http.StatusServiceUnavailable)
			return
		}
		r = r.WithContext(access.With(r.Context(), id))
		if strings.HasPrefix(r.URL.Path, openAPIPath) {
			described.ServeHTTP(w, r)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// denied is why somebody may not do something: a status, and words.
func denied(id access.Identity, need access.Role) (status int, why string) {
	if id.Kind == access.Anonymous {
		return http.StatusUnauthorized, fmt.Sprintf("this needs the role %s: sign in, or show an access token", need)
	}
	is := id.Role
	if id.Ingests {
		is = access.Ingester
	}
	return http.StatusForbidden, fmt.Sprintf("this needs the role %s, and you have the role %s", need, is)
}

// challenge says how to show who one is (RFC 6750 §3).
const challenge = `Bearer realm="siaga"`

// only lets those of a role pass.
func (s *Server) only(need access.Role, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id := access.From(r.Context())
		if id.May(need) {
			next.ServeHTTP(w, r)
			return
		}
		status, why := denied(id, need)
		s.refused(r.Context(), reasonRole, id, r.Method+" "+r.URL.Path, why)
		if status == http.StatusUnauthorized {
			w.Header().Set("WWW-Authenticate", challenge)
		}
		http.Error(w, why, status)
	})
}

// authorize lets those of an operation's role pass.
func (s *Server) authorize(api huma.API) func(huma.Context, func(huma.Context)) {
	refuse := func(ctx huma.Context, status int, why string) {
		if status == http.StatusUnauthorized {
			ctx.SetHeader("WWW-Authenticate", challenge)
		}
		if err := huma.WriteErr(api, ctx, status, why); err != nil {
			s.opt.Logger.Debug("write answer", "err", err)
		}
	}
	return func(ctx huma.Context, next func(huma.Context)) {
		op, id := ctx.Operation(), access.From(ctx.Context())
		need, ok := op.Metadata[roleKey].(access.Role)
		switch {
		case !ok:
			refuse(ctx, http.StatusForbidden, "this is nobody's to do")
		case !id.May(need):
			status, why := denied(id, need)
			s.refused(ctx.Context(), reasonRole, id, op.OperationID, why)
			refuse(ctx, status, why)
		case id.Kind != access.Program && id.Kind != access.System && anyPageCanSend(op.Method, ctx.Header("Content-Type")):
			s.refused(ctx.Context(), reasonForm, id, op.OperationID, "sent as any page can")
			refuse(ctx, http.StatusUnsupportedMediaType, "say Content-Type: application/json")
		default:
			next(ctx)
			if ctx.Status() == http.StatusRequestEntityTooLarge {
				s.refused(ctx.Context(), reasonBody, id, op.OperationID, "the body is too long")
			}
		}
	}
}

// did writes down a change that the registry does not write down itself.
func (s *Server) did(ctx context.Context, action, object string, after any) {
	// Also where he who asked has gone: it is done.
	if err := s.opt.Registry.AddAudit(context.WithoutCancel(ctx), access.From(ctx).Actor, action, object, after, ""); err != nil {
		s.opt.Logger.Error("write audit log", "action", action, "object", object, "who", access.From(ctx).Name, "err", err)
	}
}

// anyPageCanSend reports whether a page of another origin could make a browser
// send this, with its cookies, without asking first (Fetch standard, CORS-safelisted
// methods and content types). It is a second lock behind the guard's, for browsers
// that do not say where a request comes from.
func anyPageCanSend(method, contentType string) bool {
	if method != http.MethodPost {
		return false // what reads changes nothing, and other methods are asked for first
	}
	media, _, err := mime.ParseMediaType(contentType)
	if err != nil {
		return true
	}
	switch media {
	case "application/x-www-form-urlencoded", "multipart/form-data", "text/plain":
		return true
	}
	return false
}

// allowedEvery is how often it is looked whether who follows a stream still may.
const allowedEvery = 15 * time.Second

// whileAllowed ends what goes on for long when who asked for it may no longer:
// he signed out, or his account was disabled, or his token revoked.
func (s *Server) whileAllowed(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id := access.From(r.Context())
		if id.Kind == access.Anonymous || id.Kind == access.System {
			next.ServeHTTP(w, r)
			return
		}
		ctx, cancel := context.WithCancel(r.Context())
		done := make(chan struct{})
		defer func() { cancel(); <-done }()
		go func() {
			defer close(done)
			again := time.NewTicker(allowedEvery)
			defer again.Stop()
			for {
				select {
				case <-ctx.Done():
					return
				case <-again.C:
					// An error says nothing about him.
					if now, err := s.opt.Access.Identify(r); err == nil && (now.Name != id.Name || !now.May(access.Viewer)) {
						cancel()
						return
					}
				}
			}
		}()
		next.ServeHTTP(w, r.WithContext(ctx))
	})
}
