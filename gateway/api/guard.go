package api

import (
	"crypto/subtle"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"
)

// The wall gets everything from this server and may be framed by nobody. Its
// map and charts set styles on elements, hence unsafe-inline for those.
const contentPolicy = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; " +
	"img-src 'self' data: blob:; font-src 'self'; connect-src 'self'; worker-src 'self'; manifest-src 'self'; " +
	"base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// guard lets only requests pass that a page of another origin cannot make, and
// sets the headers that keep our own pages to themselves.
func guard(hosts []string, next http.Handler) http.Handler {
	// Refuses changes that a browser says are another origin's.
	next = http.NewCrossOriginProtection().Handler(next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", contentPolicy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("X-Frame-Options", "DENY")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
		if !ownHost(r.Host, hosts) {
			http.Error(w, "this server does not answer for that host name; add it to the configured hosts", http.StatusMisdirectedRequest)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// ownHost reports whether a request's Host can be meant for us. A name could be
// made to resolve to this machine by whoever owns it, so that a browser takes
// his page and us for one origin; an address could not.
func ownHost(host string, hosts []string) bool {
	name := host
	if h, _, err := net.SplitHostPort(host); err == nil {
		name = h
	}
	name = strings.ToLower(strings.TrimSuffix(strings.TrimPrefix(name, "["), "]"))
	if _, err := netip.ParseAddr(name); err == nil {
		return true
	}
	return name == "localhost" || slices.Contains(hosts, name)
}

// trusted lets those pass that know the token or are on this machine; others are
// told no.
func (s *Server) trusted(api huma.API, no string) func(huma.Context, func(huma.Context)) {
	return func(ctx huma.Context, next func(huma.Context)) {
		token, ok := strings.CutPrefix(ctx.Header("Authorization"), "Bearer ")
		if ok && s.opt.ReportToken != "" && subtle.ConstantTimeCompare([]byte(token), []byte(s.opt.ReportToken)) == 1 {
			next(ctx)
			return
		}
		if addr, err := netip.ParseAddrPort(ctx.RemoteAddr()); err == nil && addr.Addr().Unmap().IsLoopback() && !ok {
			next(ctx)
			return
		}
		if err := huma.WriteErr(api, ctx, http.StatusForbidden, no); err != nil {
			s.opt.Logger.Debug("write answer", "err", err)
		}
	}
}
