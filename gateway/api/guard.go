package api

import (
	"context"
	"crypto/tls"
	"net"
	"net/http"

	"github.com/siaga-id/siaga/internal/webguard"
)

// The wall gets everything from this server and may be framed by nobody. Its
// map and charts set styles on elements, hence unsafe-inline for those.
const contentPolicy = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; " +
	"img-src 'self' data: blob:; font-src 'self'; connect-src 'self'; worker-src 'self'; manifest-src 'self'; " +
	"base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

func (s *Server) guard(next http.Handler) http.Handler {
	return webguard.Guard(webguard.Options{
		ContentPolicy: contentPolicy, Hosts: s.opt.Hosts,
		WrongHost: "this server does not answer for that host name; add it to the configured hosts",
		Refused:   s.refusedByGuard,
	}, next)
}

// The keys of what a request's context holds beside who makes it.
type (
	connKey struct{} // of a connection that made its handshake before it came here
	tlsKey  struct{} // of a request's TLS state
)

// secured is a connection whose TLS is not net/http's.
type secured interface{ TLS() tls.ConnectionState }

// rememberTLS is http.Server.ConnContext.
func rememberTLS(ctx context.Context, c net.Conn) context.Context {
	if s, ok := c.(secured); ok {
		return context.WithValue(ctx, connKey{}, s)
	}
	return ctx
}

// strictTransport tells browsers to come by TLS for half a year (RFC 6797).
const strictTransport = "max-age=15552000"

// overTLS tells handlers by which TLS a request came, whoever made its handshake,
// and browsers to come by it again.
func overTLS(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		state := r.TLS
		if s, ok := r.Context().Value(connKey{}).(secured); ok && state == nil {
			own := s.TLS()
			state = &own
		}
		if state != nil {
			w.Header().Set("Strict-Transport-Security", strictTransport)
			r = r.WithContext(context.WithValue(r.Context(), tlsKey{}, state))
			r.TLS = state
		}
		next.ServeHTTP(w, r)
	})
}

// tlsOf returns the TLS state of the request of ctx, nil where it came without.
func tlsOf(ctx context.Context) *tls.ConnectionState {
	state, _ := ctx.Value(tlsKey{}).(*tls.ConnectionState)
	return state
}
